#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "algorithms/regressor/regressor.h"

namespace apogee {

// What boosted trees that know the finished trials of one study say of queries:
// a Predictor of regressor/report.h, by gp/study_predictor.h.
// FAILED_PRECONDITION  fewer than two trials are feasible
absl::StatusOr<std::vector<Prediction>> PredictByTrees(
    const StudyText& study, absl::Span<const NamedTrial> finished,
    absl::Span<const NamedPoint> queries);

}  // namespace apogee
