#pragma once

#include <functional>
#include <vector>

#include "Eigen/Core"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "algorithms/gp/named_rows.h"
#include "algorithms/regressor/regressor.h"

namespace apogee {

// What a model says of measurements.
struct Belief {
  Eigen::VectorXd mean;
  Eigen::VectorXd deviation;
};

// Learns what was measured at the points of one study, as labels with mean 0
// and deviation 1, the larger the better, and says what to expect at others.
// `groups` is what NamedRows::Finish gave.
using StudyModel = std::function<absl::StatusOr<Belief>(
    const NamedRows& rows, const std::vector<int>& groups,
    absl::Span<const NamedPoint* const> known, const Eigen::VectorXd& labels,
    absl::Span<const NamedPoint* const> asked)>;

// What a model that knows the finished trials of one study, and no other, says
// of queries: what regressors that learn from many studies are compared with.
// FAILED_PRECONDITION  fewer than two trials are feasible
absl::StatusOr<std::vector<Prediction>> PredictInStudy(
    const StudyModel& model, const StudyText& study,
    absl::Span<const NamedTrial> finished,
    absl::Span<const NamedPoint> queries);

}  // namespace apogee
