#include "server/training/model_reports.h"

#include <utility>

#include "algorithms/gp/gp_predictor.h"
#include "algorithms/guided/trees_predictor.h"
#include "algorithms/regressor/report.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

Predictor By(const Regressor& regressor) {
  return [&regressor](const StudyText& study,
                      absl::Span<const NamedTrial> finished,
                      absl::Span<const NamedPoint> queries) {
    return regressor.Predict(study, finished, queries);
  };
}

}  // namespace

absl::Status AddModelReports(const TrainedRegressors& models,
                             absl::Span<const NamedStudy> held_out,
                             apogee::v1::TrainingReport& report) {
  const std::pair<const char*, Predictor> predictors[] = {
      {"text", By(*models.text)},
      {"context", By(*models.context)},
      {"process", PredictByGp},
      {"trees", PredictByTrees}};
  for (const auto& [name, predictor] : predictors) {
    const absl::StatusOr<Report> one = ReportOn(predictor, held_out);
    if (absl::IsFailedPrecondition(one.status())) return absl::OkStatus();
    RETURN_IF_ERROR(one.status());
    apogee::v1::ModelReport& model = *report.add_models();
    model.set_model(name);
    for (const Report::Row& row : one->rows) {
      apogee::v1::ModelReport::Row& added = *model.add_rows();
      added.set_finished(static_cast<int64_t>(row.finished));
      added.set_studies(row.studies);
      added.mutable_score()->set_error(row.score.error);
      added.mutable_score()->set_rank_correlation(row.score.rank_correlation);
    }
    model.mutable_below()->Add(one->below.begin(), one->below.end());
  }
  return absl::OkStatus();
}

}  // namespace apogee
