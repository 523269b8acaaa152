#include "algorithms/regressor/regressor.h"

#include <cmath>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace apogee {

absl::Status CheckPoint(const NamedPoint& point) {
  absl::flat_hash_set<absl::string_view> names;
  for (const NamedValue& parameter : point) {
    if (!names.insert(parameter.name).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("parameter '", parameter.name,
                       "' has two values in one point; give it one"));
    }
    const double* number = std::get_if<double>(&parameter.value);
    if (number != nullptr && !std::isfinite(*number)) {
      return absl::InvalidArgumentError(
          absl::StrCat("parameter '", parameter.name, "' is ", *number,
                       "; give a finite number"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckStudy(const NamedStudy& study) {
  for (const NamedTrial& trial : study.trials) {
    RETURN_IF_ERROR(CheckPoint(trial.point));
    if (trial.value && !std::isfinite(*trial.value)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "metric '", study.text.metric, "' is ", *trial.value,
          "; give a finite number, or none for an infeasible trial"));
    }
  }
  return absl::OkStatus();
}

}  // namespace apogee
