#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "algorithms/algorithm.h"
#include "algorithms/gp/gp_trials.h"
#include "algorithms/guided/label_scale.h"
#include "algorithms/outcome.h"
#include "algorithms/regressor/regressor.h"

namespace apogee {

// The finished trials of a study with one objective, as sources of predictions
// use them.
class StudyRecord {
 public:
  // `space` outlives it. `maximize` says what the objective was before it
  // became one to be maximized.
  StudyRecord(const SearchSpace* space, std::vector<Goal> goals,
              bool maximize = true);

  void Add(const Observation& observation) { trials_.Add(observation); }

  const SearchSpace& space() const { return *space_; }
  const GpTrials& trials() const { return trials_; }
  // Which metric is the objective.
  size_t objective() const { return objective_; }
  // The objective's; of the trials that are kept.
  const LabelScale& scale() const;
  // How many feasible trials are kept.
  size_t feasible() const { return Values().size(); }
  // The label of the best trial that kept all constraints.
  std::optional<double> best_label() const;
  // The points of the best trials, best first.
  std::vector<Point> Best(size_t count) const;
  // Trials by name, those that say most, in the unit of the metric.
  std::vector<NamedTrial> Named(size_t count) const;
  // Between values to be maximized and those in the unit of the metric.
  double Sign() const { return maximize_ ? 1 : -1; }

 private:
  // The objective of each feasible trial.
  std::vector<double> Values() const;

  const SearchSpace* space_;
  bool maximize_;
  size_t objective_ = 0;
  GpTrials trials_;
  // Only a cache: follows from `trials_`.
  mutable LabelScale scale_;
  mutable int64_t scaled_ = 0;
};

}  // namespace apogee
