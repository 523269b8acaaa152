#pragma once

#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "vizier/study.pb.h"

namespace apogee {

// What the trials of a study cost, as architecture searches see it: by the
// prices of parameter values in the options of its algorithm, {"cost":
// {"table": {parameter: {value: cost}}}}, or else by a metric to be minimized,
// the first with a threshold or the second objective.
class TrialCost {
 public:
  // FAILED_PRECONDITION  the study has no such thing
  static absl::StatusOr<TrialCost> Of(const vizier::StudySpec& spec);

  // Nothing when a price or the metric is missing.
  std::optional<double> operator()(const vizier::Trial& trial) const;
  // The metric; empty where prices are known.
  const std::string& metric() const { return metric_; }

 private:
  TrialCost() = default;

  std::map<std::string, std::map<std::string, double>> prices_;
  std::string metric_;
};

}  // namespace apogee
