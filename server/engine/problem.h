#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "algorithms/registry.h"
#include "algorithms/space/search_space.h"
#include "algorithms/stopping/judge.h"
#include "apogee/v1/options.pb.h"
#include "vizier/study.pb.h"

namespace apogee {

// What a study has beside its spec.
struct StudyGivens {
  // What runs where the spec leaves the choice of the algorithm to the server:
  // the one of this name, or if it is empty, whichever fits a study that has so
  // many trials already.
  std::string algorithm = {};
  int64_t trials = 0;
  // What it knows of other studies; may be null.
  std::shared_ptr<const Background> background = nullptr;
};

// What a study spec means, worked out once. Immutable and thread-safe.
class StudyProblem {
 public:
  // One metric of the study.
  struct Metric {
    std::string id;
    double sign;  // +1 to maximize, -1 to minimize
    Goal goal;    // of sign * value
  };

  // An algorithm that is not one of this process's is no error here: the study
  // may have a Pythia endpoint, now or later.
  // INVALID_ARGUMENT  the spec or its options contradict themselves, or the
  //                   algorithm given is needed and unknown
  static absl::StatusOr<std::shared_ptr<const StudyProblem>> Create(
      const vizier::StudySpec& spec, const StudyGivens& given = {});

  const apogee::v1::StudyOptions& options() const { return options_; }
  const std::vector<Metric>& metrics() const { return metrics_; }
  // Metrics that are not constraints.
  int objectives() const { return objectives_; }
  const StopperOptions& stopper_options() const { return stopper_options_; }
  const Stopper& stopper() const { return *stopper_; }
  const std::string& stopper_name() const { return stopper_name_; }
  // One for each of metrics().
  const std::vector<StoppingMetric>& stopping_metrics() const {
    return stopping_metrics_;
  }
  // About what the parameters of one trial take at most.
  int64_t trial_bytes() const { return trial_bytes_; }

  // The algorithm that this process would run; null when it has none of the
  // spec's name, so that only a Pythia endpoint can.
  const RegisteredAlgorithm* algorithm() const { return algorithm_; }
  // Its name, or the spec's own word when it is null.
  const std::string& algorithm_name() const { return algorithm_name_; }
  // What the algorithm knows of other studies; null where it knows nothing.
  const std::shared_ptr<const Background>& background() const {
    return background_;
  }
  // Not to be called when algorithm() is null.
  const SearchSpace& space() const { return *space_; }
  // Whether a point from elsewhere keeps the study's linear constraints.
  // INVALID_ARGUMENT  it does not; or there are constraints, and it is no point
  //                   of the search space
  absl::Status CheckConstraints(
      const SearchSpace::Parameters& parameters) const;
  std::unique_ptr<Algorithm> MakeAlgorithm() const;

  // The measurement's value for each metric, signed so that more is better;
  // empty when one is missing or not finite.
  std::vector<double> SignedValues(
      const vizier::Measurement& measurement) const;
  // Whether the constraints hold for such values.
  bool IsSafe(absl::Span<const double> signed_values) const;

 private:
  StudyProblem() = default;
  absl::Status SetStopper();
  Problem ForAlgorithm() const;

  apogee::v1::StudyOptions options_;
  std::vector<Metric> metrics_;
  int objectives_ = 0;
  int64_t trial_bytes_ = 0;
  const Stopper* stopper_ = nullptr;
  std::string stopper_name_;
  StopperOptions stopper_options_;
  std::vector<StoppingMetric> stopping_metrics_;
  const RegisteredAlgorithm* algorithm_ = nullptr;
  std::string algorithm_name_;
  std::optional<SearchSpace> space_;
  OptionValues algorithm_options_;
  std::shared_ptr<const Background> background_;
};

// INVALID_ARGUMENT naming the algorithms that there are.
absl::Status UnknownAlgorithm(absl::string_view name);

// Where the study's suggestions come from, "host:port"; empty for this process.
// It is metadata (ns ":service", key "PYTHIA_ENDPOINT") and may change any
// time.
std::string PythiaEndpoint(const vizier::StudySpec& spec);

}  // namespace apogee
