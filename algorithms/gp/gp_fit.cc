#include "algorithms/gp/gp_fit.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include "algorithms/math/dense.h"
#include "algorithms/math/lbfgs.h"

namespace apogee {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
// Descents from drawn starts, and losses that each descent may take.
constexpr int kDrawnStarts = 3;
constexpr int kCoarseLosses = 60;
constexpr int kFineLosses = 15;
constexpr double kTolerance = 1e-6;
// Of a variance, as a share of the signal variance, that only rounding needs.
constexpr double kJitter = 1e-9;

// A log-normal prior within bounds; the same as OSS Vizier's.
struct Prior {
  double mode;
  double min;
  double max;

  double Penalty(double log_value) const {
    const double ratio = log_value - std::log(mode);
    return 0.01 * ratio * ratio;
  }
  double PenaltySlope(double log_value) const {
    return 0.02 * (log_value - std::log(mode));
  }
};
constexpr Prior kSignal = {0.039, 1e-3, 10};
constexpr Prior kNoise = {0.0039, 1e-10, 1};
constexpr Prior kLength = {0.5, 1e-2, 1e2};

const Prior& PriorOf(Index i) {
  return i == 0 ? kSignal : i == 1 ? kNoise : kLength;
}

// log_signal, log_noise, log_squared_lengths.
VectorXd ToVector(const GpParameters& parameters) {
  VectorXd vector(2 + parameters.log_squared_lengths.size());
  vector << parameters.log_signal, parameters.log_noise,
      parameters.log_squared_lengths;
  return vector;
}

GpParameters FromVector(const VectorXd& vector) {
  return {vector[0], vector[1], vector.tail(vector.size() - 2)};
}

}  // namespace

GpFit::GpFit(const std::vector<int>& groups, MatrixXd rows, VectorXd labels)
    : groups_(groups), rows_(std::move(rows)), labels_(std::move(labels)) {}

GpParameters GpFit::Prior(int group_count) {
  return {std::log(kSignal.mode), std::log(kNoise.mode),
          VectorXd::Zero(group_count)};
}

double GpFit::Loss(const GpParameters& parameters, VectorXd* gradient) const {
  const double signal = std::exp(parameters.log_signal);
  const double noise = std::exp(parameters.log_noise) + kJitter * signal;
  VectorXd scales(rows_.rows());
  for (Index i = 0; i < rows_.rows(); ++i) {
    scales[i] = std::exp(
        -0.5 * parameters.log_squared_lengths[groups_[static_cast<size_t>(i)]]);
  }
  const MatrixXd scaled = scales.asDiagonal() * rows_;
  MatrixXd covariance(rows_.cols(), rows_.cols());
  MatrixXd slopes;
  SquaredDistances(scaled, scaled, covariance);
  Matern(signal, covariance, gradient ? &slopes : nullptr);
  MatrixXd factor = covariance;
  factor.diagonal().array() += noise;
  if (!FactorInPlace(factor)) return kInfinity;
  VectorXd weights = labels_;
  SolveLower(factor, weights);
  double loss =
      0.5 * weights.squaredNorm() + factor.diagonal().array().log().sum();
  const VectorXd vector = ToVector(parameters);
  for (Index i = 0; i < vector.size(); ++i) {
    loss += PriorOf(i).Penalty(vector[i]);
  }
  if (gradient == nullptr || !std::isfinite(loss)) return loss;

  SolveLowerTransposed(factor, weights);
  // Half of this is the derivative by the covariance.
  InvertFactorInPlace(factor);
  factor.noalias() -= weights * weights.transpose();
  const double trace = factor.trace();
  gradient->resize(vector.size());
  (*gradient)[0] =
      0.5 * (factor.cwiseProduct(covariance).sum() + kJitter * signal * trace);
  (*gradient)[1] = 0.5 * std::exp(parameters.log_noise) * trace;
  // By a squared length: -1/2 sum_ab h_ab (x_a - x_b)^2 with h symmetric.
  slopes.array() *= factor.array();
  const VectorXd sums = slopes.rowwise().sum();
  MatrixXd mixed(scaled.rows(), scaled.cols());
  Product(scaled, slopes, mixed);
  gradient->tail(parameters.log_squared_lengths.size()).setZero();
  for (Index i = 0; i < rows_.rows(); ++i) {
    const auto row = scaled.row(i);
    (*gradient)[2 + groups_[static_cast<size_t>(i)]] -=
        row.cwiseAbs2().dot(sums.transpose()) - row.dot(mixed.row(i));
  }
  for (Index i = 0; i < gradient->size(); ++i) {
    (*gradient)[i] += PriorOf(i).PenaltySlope(vector[i]);
  }
  return loss;
}

GpParameters GpFit::Descend(const GpParameters& start, int losses) const {
  const VectorXd x = ToVector(start);
  VectorXd min(x.size());
  VectorXd max(x.size());
  for (Index i = 0; i < x.size(); ++i) {
    min[i] = std::log(PriorOf(i).min);
    max[i] = std::log(PriorOf(i).max);
  }
  const auto loss = [&](const VectorXd& place, VectorXd& gradient) {
    return Loss(FromVector(place), &gradient);
  };
  return FromVector(Minimize(loss, x, min, max, losses, kTolerance));
}

GpParameters FitGp(const std::vector<int>& groups, const MatrixXd& rows,
                   const VectorXd& labels, Index coarse, const Rng& rng) {
  const Index some = std::min(coarse, rows.cols());
  const int group_count = groups.empty() ? 0 : groups.back() + 1;
  if (some == 0) return GpFit::Prior(group_count);
  const GpFit fit(groups, rows.leftCols(some), labels.head(some));
  GpParameters best = GpFit::Prior(group_count);
  double best_loss = kInfinity;
  for (int start = 0; start <= kDrawnStarts; ++start) {
    VectorXd x = ToVector(GpFit::Prior(group_count));
    RandomStream random = rng.At(static_cast<uint64_t>(start));
    for (Index i = 0; start > 0 && i < x.size(); ++i) {
      const double min = std::log(PriorOf(i).min);
      x[i] = min + random.Uniform() * (std::log(PriorOf(i).max) - min);
    }
    const GpParameters end = fit.Descend(FromVector(x), kCoarseLosses);
    const double loss = fit.Loss(end, nullptr);
    if (loss < best_loss) {
      best_loss = loss;
      best = end;
    }
  }
  if (some == rows.cols()) return best;
  return GpFit(groups, rows, labels).Descend(best, kFineLosses);
}

}  // namespace apogee
