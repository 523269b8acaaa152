#include "algorithms/gp/gp_predictor.h"

#include <cmath>
#include <optional>

#include "Eigen/Core"
#include "absl/status/status.h"
#include "algorithms/gp/gp_fit.h"
#include "algorithms/gp/gp_model.h"
#include "algorithms/gp/study_predictor.h"
#include "base/rng.h"

namespace apogee {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

// Any two words are at a squared distance of 1; what a point lacks is in the
// middle.
constexpr NamedRows::Marks kMarks = {M_SQRT1_2, 0, .5};
// What the prior of GpFit expects labels to deviate by.
constexpr double kLabelDeviation = .25;
// Starts of fits are the same for all studies.
constexpr uint64_t kFitSeed = 1;

absl::StatusOr<Belief> ByProcess(const NamedRows& rows,
                                 const std::vector<int>& groups,
                                 absl::Span<const NamedPoint* const> known,
                                 const VectorXd& labels,
                                 absl::Span<const NamedPoint* const> asked) {
  const MatrixXd places = rows.Of(known, kMarks);
  const VectorXd scaled = kLabelDeviation * labels;
  std::optional<GpModel> model = GpModel::Create(
      FitGp(groups, places, scaled, places.cols(), Rng(kFitSeed)), groups,
      places);
  if (!model) {
    const int group_count = groups.empty() ? 0 : groups.back() + 1;
    model = GpModel::Create(GpFit::Prior(group_count), groups, places);
  }
  if (!model) {
    return absl::InternalError(
        "the trials allow no Gaussian process; this is a bug");
  }
  model->SetLabels(scaled);
  const GpPrediction at = model->Predict(rows.Of(asked, kMarks));
  return Belief{
      at.mean / kLabelDeviation,
      (at.variance.array() + model->noise_variance()).sqrt() / kLabelDeviation};
}

}  // namespace

absl::StatusOr<std::vector<Prediction>> PredictByGp(
    const StudyText& study, absl::Span<const NamedTrial> finished,
    absl::Span<const NamedPoint> queries) {
  return PredictInStudy(ByProcess, study, finished, queries);
}

}  // namespace apogee
