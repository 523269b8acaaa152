#include "algorithms/gp/gp_acquisition.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "base/rng.h"

namespace apogee {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// Deviations that a place may be above its mean to be as good as the best, and
// what it costs not to be.
constexpr double kExploreOptimism = 0.5;
constexpr double kExplorePenalty = 10;
// Directions in which the volume of several objectives is measured.
constexpr int kDirections = 256;
// A gain that counts as little, for labels between -0.5 and 0.5.
constexpr double kLittle = 0.02;
// Constraints are not known better than this.
constexpr double kLeastSd = 1e-3;
// The step of a difference quotient.
constexpr double kStep = 1e-6;

// ln(1 + e^x), without overflow.
double SoftPlus(double x) { return x > 30 ? x : std::log1p(std::exp(x)); }

// The logarithm of the probability that a metric is at least 0.
double LogProbability(const Belief& belief) {
  const double z = belief.mean / std::max(belief.sd, kLeastSd);
  // The tail's leading term, where the probability itself is too small.
  if (z < -30) return -0.5 * z * z - std::log(-z) - 0.918938533204672742;
  return std::log(0.5 * std::erfc(-z * M_SQRT1_2));
}

// ln(softplus(x)), also where that is too small for itself.
double LogSoftPlus(double x) { return x < -30 ? x : std::log(SoftPlus(x)); }

}  // namespace

GpAcquisition::GpAcquisition(Kind kind, double optimism,
                             absl::Span<const GpModel> models,
                             absl::Span<const Goal> goals, const MatrixXd& rows,
                             const MatrixXd& labels)
    : kind_(kind), optimism_(optimism), models_(models), goals_(goals) {
  for (size_t i = 0; i < goals.size(); ++i) {
    if (!goals[i].threshold) objectives_.push_back(i);
  }
  if (kind == Kind::kExplore) {
    for (size_t i = 0; i < models.size(); ++i) {
      thresholds_.push_back(0);
      if (goals[i].threshold || rows.cols() == 0) continue;
      const GpPrediction prediction = models[i].Predict(rows);
      Index best = 0;
      (prediction.mean + optimism_ * prediction.labelled_variance.cwiseSqrt())
          .maxCoeff(&best);
      thresholds_.back() = prediction.mean[best];
    }
    return;
  }
  std::vector<Index> safe;
  for (Index row = 0; row < labels.cols(); ++row) {
    bool keeps = true;
    for (size_t i = 0; i < static_cast<size_t>(labels.rows()); ++i) {
      keeps &= !goals[i].threshold || labels(static_cast<Index>(i), row) >= 0;
    }
    if (keeps) safe.push_back(row);
  }
  any_safe_ = !safe.empty();
  MatrixXd values(static_cast<Index>(objectives_.size()), labels.cols());
  for (Index i = 0; i < values.rows(); ++i) {
    values.row(i) =
        labels.row(static_cast<Index>(objectives_[static_cast<size_t>(i)]));
  }
  if (objectives_.size() > 1) {
    PrepareVolume(values, safe);
    best_ = reached_.mean();
  } else if (any_safe_) {
    best_ = values.row(0)(safe).maxCoeff();
  }
}

void GpAcquisition::PrepareVolume(const MatrixXd& values,
                                  const std::vector<Index>& safe) {
  directions_.resize(values.rows(), kDirections);
  RandomStream random = Rng(1).At(0);
  for (double& each : directions_.reshaped()) {
    each = std::max(1e-3, std::abs(random.Normal()));
  }
  directions_.colwise().normalize();
  worst_ = VectorXd::Zero(values.rows());
  if (values.cols() > 0) {
    const VectorXd low = values.rowwise().minCoeff();
    const VectorXd high = values.rowwise().maxCoeff();
    worst_ = low - 0.01 * (high - low);
  }
  reached_ = VectorXd::Zero(kDirections);
  for (const Index row : safe) {
    for (Index k = 0; k < kDirections; ++k) {
      reached_[k] = std::max(reached_[k], Reach(values.col(row), k));
    }
  }
}

double GpAcquisition::Reach(const VectorXd& values, Index direction) const {
  const double reach =
      ((values - worst_).array().max(0) / directions_.col(direction).array())
          .minCoeff();
  double volume = reach;
  for (Index i = 1; i < values.size(); ++i) volume *= reach;
  return volume;
}

double GpAcquisition::Volume(const VectorXd& values) const {
  double sum = 0;
  for (Index k = 0; k < kDirections; ++k) {
    sum += std::max(Reach(values, k), reached_[k]);
  }
  return sum / kDirections;
}

double GpAcquisition::Explore(absl::Span<const Belief> beliefs) const {
  double sd = 0;
  double shortfall = 0;
  for (const size_t i : objectives_) sd += beliefs[i].sd;
  for (size_t i = 0; i < beliefs.size(); ++i) {
    shortfall += std::min(0.0, beliefs[i].mean +
                                   kExploreOptimism * beliefs[i].labelled_sd -
                                   thresholds_[i]);
  }
  return sd / static_cast<double>(objectives_.size()) +
         kExplorePenalty * shortfall / static_cast<double>(beliefs.size());
}

double GpAcquisition::Combine(absl::Span<const Belief> beliefs) const {
  if (kind_ == Kind::kExplore) return Explore(beliefs);
  double value = 0;
  if (objectives_.size() == 1) {
    const Belief& belief = beliefs[objectives_[0]];
    value = belief.mean + optimism_ * belief.sd;
  } else {
    VectorXd hopes(static_cast<Index>(objectives_.size()));
    for (Index i = 0; i < hopes.size(); ++i) {
      const Belief& belief = beliefs[objectives_[static_cast<size_t>(i)]];
      hopes[i] = belief.mean + optimism_ * belief.sd;
    }
    value = Volume(hopes);
  }
  if (objectives_.size() == beliefs.size()) return value;
  double score =
      any_safe_ ? LogSoftPlus((value - best_) / kLittle) : kLittle * value;
  for (size_t i = 0; i < beliefs.size(); ++i) {
    if (goals_[i].threshold) score += LogProbability(beliefs[i]);
  }
  return score;
}

VectorXd GpAcquisition::Score(const MatrixXd& places) const {
  std::vector<GpPrediction> predictions;
  predictions.reserve(models_.size());
  for (const GpModel& model : models_) {
    predictions.push_back(model.Predict(places));
  }
  VectorXd scores(places.cols());
  std::vector<Belief> beliefs(models_.size());
  for (Index i = 0; i < places.cols(); ++i) {
    for (size_t k = 0; k < predictions.size(); ++k) {
      beliefs[k] = {predictions[k].mean[i],
                    std::sqrt(predictions[k].variance[i]),
                    std::sqrt(predictions[k].labelled_variance[i])};
    }
    scores[i] = Combine(beliefs);
  }
  return scores;
}

double GpAcquisition::Score(const VectorXd& place, VectorXd& gradient) const {
  std::vector<GpModel::Slopes> slopes;
  std::vector<Belief> beliefs;
  for (const GpModel& model : models_) {
    slopes.push_back(model.PredictSlopes(place));
    const GpModel::Slopes& each = slopes.back();
    beliefs.push_back({each.mean, std::sqrt(each.variance),
                       std::sqrt(each.labelled_variance)});
  }
  const double score = Combine(beliefs);
  gradient = VectorXd::Zero(place.size());
  // By each number of a belief, whose own gradients are known.
  const auto add = [&](double& number, const VectorXd& its_gradient) {
    const double was = number;
    number = was + kStep;
    const double up = Combine(beliefs);
    number = was - kStep;
    const double down = Combine(beliefs);
    number = was;
    gradient += (up - down) / (2 * kStep) * its_gradient;
  };
  for (size_t k = 0; k < beliefs.size(); ++k) {
    Belief& belief = beliefs[k];
    add(belief.mean, slopes[k].mean_gradient);
    const auto half = [](double sd) { return 0.5 / std::max(sd, 1e-9); };
    add(belief.sd, half(belief.sd) * slopes[k].variance_gradient);
    add(belief.labelled_sd,
        half(belief.labelled_sd) * slopes[k].labelled_variance_gradient);
  }
  return score;
}

}  // namespace apogee
