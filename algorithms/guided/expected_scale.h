#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "algorithms/guided/label_scale.h"
#include "algorithms/guided/study_record.h"
#include "algorithms/regressor/regressor.h"

namespace apogee {

std::vector<NamedPoint> ToNamed(const SearchSpace& space,
                                const std::vector<Point>& points);

// The scale of what a regressor expects of points all over the space, given
// these trials.
absl::StatusOr<LabelScale> ExpectedScale(
    const Regressor& regressor, const StudyText& text,
    const StudyRecord& record, const std::vector<NamedTrial>& context);

// The logarithm of the chance that a trial is feasible.
double LogFeasible(const Prediction& prediction);

}  // namespace apogee
