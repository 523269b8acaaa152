#include "algorithms/gp/gp_surrogate.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "algorithms/gp/gp_fit.h"
#include "base/rng.h"

namespace apogee {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// Trials on which parameters are searched before they are polished on more, and
// how many are enough for that.
constexpr Index kCoarseTrials = 128;
constexpr size_t kFineTrials = 400;
// Starts of fits are the same for all studies.
constexpr uint64_t kFitSeed = 1;

void AppendColumn(const VectorXd& column, MatrixXd& matrix) {
  matrix.conservativeResize(column.size(), matrix.cols() + 1);
  matrix.rightCols(1) = column;
}

// Of the first `among` trials: 1 for each feasible one, -1 for the others.
VectorXd Feasibility(const GpTrials& trials, size_t among) {
  VectorXd labels(static_cast<Index>(among));
  for (size_t i = 0; i < among; ++i) {
    const bool feasible = !trials.trials()[i].outcome.IsInfeasible();
    labels[static_cast<Index>(i)] = feasible ? 1 : -1;
  }
  return labels;
}

}  // namespace

std::optional<GpSurrogate> GpSurrogate::Fit(const GpFeatures* features,
                                            const GpTrials& trials) {
  GpSurrogate surrogate(features);
  surrogate.goals_ = trials.goals();
  const size_t fitted = trials.fitted();
  std::vector<Point> points;
  points.reserve(fitted);
  for (size_t i = 0; i < fitted; ++i) {
    points.push_back(trials.trials()[i].point);
  }
  surrogate.known_ = features->Of(points);
  // Places of feasible trials, and of each trial among those.
  std::vector<Index> feasible;
  std::vector<size_t> place(fitted);
  for (size_t i = 0; i < fitted; ++i) {
    place[i] = feasible.size();
    if (!trials.trials()[i].outcome.IsInfeasible()) {
      feasible.push_back(static_cast<Index>(i));
    }
  }
  surrogate.rows_ = surrogate.known_(Eigen::all, feasible);
  const std::vector<size_t> telling = trials.Telling(kFineTrials, fitted);
  std::vector<size_t> telling_feasible;
  telling_feasible.reserve(telling.size());
  for (const size_t i : telling) {
    if (!trials.trials()[i].outcome.IsInfeasible()) {
      telling_feasible.push_back(place[i]);
    }
  }
  const MatrixXd labels = trials.Labels(fitted);
  for (Index metric = 0; metric < labels.rows(); ++metric) {
    if (!surrogate.AddModel(surrogate.rows_, labels.row(metric),
                            telling_feasible)) {
      return std::nullopt;
    }
  }
  if (feasible.size() < fitted) {
    surrogate.goals_.push_back({.threshold = 0});
    if (!surrogate.AddModel(surrogate.known_, Feasibility(trials, fitted),
                            telling)) {
      return std::nullopt;
    }
  }
  return surrogate;
}

bool GpSurrogate::AddModel(const MatrixXd& rows, const VectorXd& labels,
                           const std::vector<size_t>& telling) {
  const std::vector<Index> some(telling.begin(), telling.end());
  const GpParameters parameters =
      FitGp(features_->groups(), rows(Eigen::all, some), labels(some),
            kCoarseTrials, Rng(kFitSeed));
  std::optional<GpModel> model =
      GpModel::Create(parameters, features_->groups(), rows);
  if (!model) {
    model = GpModel::Create(GpFit::Prior(features_->group_count()),
                            features_->groups(), rows);
    is_fitted_ = false;
  }
  if (!model) return false;
  models_.push_back(*std::move(model));
  return true;
}

void GpSurrogate::Update(const GpTrials& trials) {
  const size_t metrics = trials.goals().size();
  for (auto i = static_cast<size_t>(known_.cols()); i < trials.trials().size();
       ++i) {
    const VectorXd row = features_->Of(trials.trials()[i].point);
    AppendColumn(row, known_);
    const bool feasible = !trials.trials()[i].outcome.IsInfeasible();
    if (feasible) AppendColumn(row, rows_);
    for (size_t k = 0; k < models_.size(); ++k) {
      if (feasible || k >= metrics) models_[k].Append(row);
    }
  }
  labels_ = trials.Labels(trials.trials().size());
  for (size_t k = 0; k < metrics; ++k) {
    models_[k].SetLabels(labels_.row(static_cast<Index>(k)));
  }
  if (models_.size() > metrics) {
    models_.back().SetLabels(Feasibility(trials, trials.trials().size()));
  }
}

void GpSurrogate::AddPending(const Point& point) {
  const VectorXd row = features_->Of(point);
  AppendColumn(row, known_);
  AppendColumn(row, rows_);
  for (GpModel& model : models_) model.Append(row);
}

}  // namespace apogee
