#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "algorithms/regressor/regressor.h"

namespace apogee {

// What a Gaussian process that knows the finished trials of one study says of
// queries: a Predictor of regressor/report.h, by study_predictor.h.
// FAILED_PRECONDITION  fewer than two trials are feasible
absl::StatusOr<std::vector<Prediction>> PredictByGp(
    const StudyText& study, absl::Span<const NamedTrial> finished,
    absl::Span<const NamedPoint> queries);

}  // namespace apogee
