#include "algorithms/gp/study_predictor.h"

#include <cstddef>

#include "absl/status/status.h"
#include "algorithms/regressor/outcome_warp.h"
#include "base/status_macros.h"

namespace apogee {

using Eigen::Index;
using Eigen::VectorXd;

absl::StatusOr<std::vector<Prediction>> PredictInStudy(
    const StudyModel& model, const StudyText& study,
    absl::Span<const NamedTrial> finished,
    absl::Span<const NamedPoint> queries) {
  NamedRows rows;
  std::vector<const NamedPoint*> known;
  std::vector<const NamedPoint*> asked;
  std::vector<double> values;
  known.reserve(finished.size());
  asked.reserve(queries.size());
  values.reserve(finished.size());
  for (const NamedTrial& trial : finished) {
    if (!trial.value) continue;
    rows.Span(trial.point);
    known.push_back(&trial.point);
    values.push_back(*trial.value);
  }
  for (const NamedPoint& query : queries) {
    rows.Span(query);
    asked.push_back(&query);
  }
  if (values.size() < 2) {
    return absl::FailedPreconditionError(
        "fewer than two feasible trials to learn from; finish more");
  }
  const OutcomeWarp warp(values, study.maximize);
  VectorXd labels(static_cast<Index>(values.size()));
  for (size_t i = 0; i < values.size(); ++i) {
    labels[static_cast<Index>(i)] = warp.Warp(values[i]);
  }
  const std::vector<int> groups = rows.Finish();
  ASSIGN_OR_RETURN(const Belief belief,
                   model(rows, groups, known, labels, asked));
  const double feasible =
      static_cast<double>(values.size()) / static_cast<double>(finished.size());
  std::vector<Prediction> predictions(queries.size());
  for (size_t i = 0; i < queries.size(); ++i) {
    const auto at = static_cast<Index>(i);
    predictions[i].p_feasible = feasible;
    for (size_t q = 0; q < kQuantiles.size(); ++q) {
      // Small values of a metric to be minimized are large warped ones.
      const double z =
          study.maximize ? kNormalQuantiles[q] : -kNormalQuantiles[q];
      predictions[i].quantiles[q] =
          warp.Unwarp(belief.mean[at] + z * belief.deviation[at]);
    }
  }
  return predictions;
}

}  // namespace apogee
