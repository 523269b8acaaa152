#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "algorithms/background.h"
#include "base/rng.h"
#include "google/protobuf/repeated_field.h"
#include "vizier/study.pb.h"

namespace apogee {

using Parameters = google::protobuf::RepeatedPtrField<vizier::Trial::Parameter>;

// What a trial came to, in the units of the problem. Both lists hold one value
// per metric of the spec, or nothing when the trial is infeasible.
struct Evaluation {
  // What the search is told.
  std::vector<double> measured;
  // The same without noise: what counts.
  std::vector<double> exact;
  // Something that the search does not see, such as a test accuracy.
  double report = std::numeric_limits<double>::quiet_NaN();
};

// How good a run is so far.
struct Score {
  // What is missing to the best there is: 0 at best, infinite while nothing
  // feasible has been found, unless the problem says otherwise.
  double regret = std::numeric_limits<double>::infinity();
  // The problem's own figure: an objective, a hypervolume.
  double value = std::numeric_limits<double>::quiet_NaN();
  // Evaluation::report of the trial that a user would take.
  double report = std::numeric_limits<double>::quiet_NaN();
};

// Judges one run.
class Scorer {
 public:
  virtual ~Scorer() = default;
  // A trial that was measured.
  virtual void Add(const Evaluation& evaluation) = 0;
  virtual Score Get() const = 0;
  // The best trade-offs found so far, in the units of the problem; empty for
  // problems with one objective.
  virtual std::vector<std::vector<double>> Front() const { return {}; }
};

// Something to search whose answer is known. Immutable; its functions may be
// called by several threads.
struct TestProblem {
  // Parameters and metrics.
  vizier::StudySpec spec;
  // Draws from `noise` and from nothing else.
  std::function<Evaluation(const Parameters&, RandomStream& noise)> evaluate;
  std::function<std::unique_ptr<Scorer>()> new_scorer;
  // The best trade-offs there are, for plots; may be empty.
  std::vector<std::vector<double>> best_front = {};
  // What algorithms that use such things are told of other studies; may be
  // null.
  std::shared_ptr<const Background> background = nullptr;
};

// For writing specs. Categories are named "0", "1", ...
void AddDouble(vizier::StudySpec& spec, absl::string_view name, double min,
               double max);
void AddInteger(vizier::StudySpec& spec, absl::string_view name, int64_t min,
                int64_t max);
void AddCategorical(vizier::StudySpec& spec, absl::string_view name,
                    int choices);
void AddObjective(vizier::StudySpec& spec, absl::string_view name,
                  bool minimize);
// A metric that may be `most` at most.
void AddLimit(vizier::StudySpec& spec, absl::string_view name, double most);

// The parameters as numbers, in order: the value, or the index of a category
// of AddCategorical.
std::vector<double> Numbers(const Parameters& parameters);

}  // namespace apogee
