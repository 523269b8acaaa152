#include "algorithms/guided/residual_expert.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "algorithms/gp/gp_fit.h"
#include "base/rng.h"
#include "base/status_macros.h"

namespace apogee {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// How much evidence it takes to change a share.
constexpr double kShareWeight = 0.05;
constexpr int kSweeps = 100;
constexpr Index kCoarseTrials = 64;
// Starts of fits are the same for all studies.
constexpr uint64_t kFitSeed = 3;

}  // namespace

VectorXd OpinionShares(const MatrixXd& means, const VectorXd& labels) {
  const Index count = means.rows();
  const double start = 1.0 / static_cast<double>(count);
  VectorXd shares = VectorXd::Constant(count, start);
  if (labels.size() < 2) return shares;
  // Least squares with a pull to the start, coordinate by coordinate.
  const MatrixXd centered = means.colwise() - means.rowwise().mean();
  MatrixXd gram = centered * centered.transpose();
  gram.diagonal().array() += kShareWeight;
  VectorXd pull = centered * (labels.array() - labels.mean()).matrix();
  pull.array() += kShareWeight * start;
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    for (Index i = 0; i < count; ++i) {
      const double others = gram.row(i).dot(shares) - gram(i, i) * shares[i];
      shares[i] = std::max(0.0, (pull[i] - others) / gram(i, i));
    }
  }
  return shares;
}

absl::StatusOr<ResidualExpert::Rest> ResidualExpert::TakeRest(
    size_t count) const {
  const GpTrials& trials = record_->trials();
  std::vector<Point> points;
  points.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    if (trials.trials()[i].outcome.IsInfeasible()) continue;
    points.push_back(trials.trials()[i].point);
  }
  Rest rest;
  rest.rows = features_->Of(points);
  rest.labels =
      trials.Labels(count).row(static_cast<Index>(record_->objective()));
  ASSIGN_OR_RETURN(const Opinions opinions, ask_(points));
  rest.shares = OpinionShares(opinions.means, rest.labels);
  rest.labels -= opinions.means.transpose() * rest.shares;
  rest.mean = rest.labels.size() == 0 ? 0 : rest.labels.mean();
  rest.labels.array() -= rest.mean;
  return rest;
}

absl::StatusOr<GpParameters> ResidualExpert::Parameters() const {
  const GpTrials& trials = record_->trials();
  if (fit_ == trials.count_at_fit()) return parameters_;
  ASSIGN_OR_RETURN(const Rest rest, TakeRest(trials.fitted()));
  fit_ = trials.count_at_fit();
  parameters_ = rest.labels.size() == 0
                    ? GpFit::Prior(features_->group_count())
                    : FitGp(features_->groups(), rest.rows, rest.labels,
                            kCoarseTrials, Rng(kFitSeed));
  return parameters_;
}

Forecaster ResidualExpert::Prepare(absl::Span<const Pending> pending) const {
  absl::StatusOr<Forecaster> forecaster = Forecasting(pending);
  if (forecaster.ok()) return *std::move(forecaster);
  return [status = forecaster.status()](
             const std::vector<Point>&) -> absl::StatusOr<Forecast> {
    return status;
  };
}

absl::StatusOr<Forecaster> ResidualExpert::Forecasting(
    absl::Span<const Pending> pending) const {
  ASSIGN_OR_RETURN(const Rest rest,
                   TakeRest(record_->trials().trials().size()));
  ASSIGN_OR_RETURN(const GpParameters parameters, Parameters());
  std::optional<GpModel> model =
      GpModel::Create(parameters, features_->groups(), rest.rows);
  if (!model) {
    model = GpModel::Create(GpFit::Prior(features_->group_count()),
                            features_->groups(), rest.rows);
  }
  if (!model) {
    return absl::FailedPreconditionError(
        "the results do not allow a Gaussian process");
  }
  model->SetLabels(rest.labels);
  for (const Pending& each : pending) model->Append(features_->Of(each.point));
  return [this, shares = rest.shares, mean = rest.mean,
          model = std::make_shared<const GpModel>(*std::move(model))](
             const std::vector<Point>& points) -> absl::StatusOr<Forecast> {
    ASSIGN_OR_RETURN(Opinions opinions, ask_(points));
    const GpPrediction at = model->Predict(features_->Of(points));
    const double noise = model->noise_variance();
    return Forecast{
        (at.mean + opinions.means.transpose() * shares).array() + mean,
        at.variance.cwiseSqrt(), (at.variance.array() + noise).sqrt(),
        std::move(opinions.log_feasible)};
  };
}

}  // namespace apogee
