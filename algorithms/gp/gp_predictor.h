#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "algorithms/regressor/regressor.h"

namespace apogee {

// What a Gaussian process that knows the finished trials of one study, and no
// other, says of queries (a Predictor of regressor/report.h): what regressors
// that learn from many studies are compared with. It takes the range of a
// number from the trials and queries at hand, and its logarithm where it spans
// powers of ten. FAILED_PRECONDITION  fewer than two trials are feasible
absl::StatusOr<std::vector<Prediction>> PredictByGp(
    const StudyText& study, absl::Span<const NamedTrial> finished,
    absl::Span<const NamedPoint> queries);

}  // namespace apogee
