#include "algorithms/gp/gp_fit.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include "algorithms/math/dense.h"
#include "nlopt.h"

namespace apogee {

using Eigen::ArrayXXd;
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

const Prior& PriorOf(size_t i) {
  return i == 0 ? kSignal : i == 1 ? kNoise : kLength;
}

// log_signal, log_noise, log_squared_lengths.
std::vector<double> ToVector(const GpParameters& parameters) {
  std::vector<double> vector = {parameters.log_signal, parameters.log_noise};
  vector.insert(vector.end(), parameters.log_squared_lengths.begin(),
                parameters.log_squared_lengths.end());
  return vector;
}

GpParameters FromVector(const double* vector, size_t size) {
  return {vector[0], vector[1],
          VectorXd::Map(vector + 2, static_cast<Index>(size) - 2)};
}

// What NLopt calls. It can not take infinities; remembers the best by itself.
struct Descent {
  const GpFit* fit;
  double best_loss;
  std::vector<double> best;

  static double Loss(unsigned size, const double* x, double* gradient,
                     void* data) {
    auto& self = *static_cast<Descent*>(data);
    VectorXd slopes;
    const double loss =
        self.fit->Loss(FromVector(x, size), gradient ? &slopes : nullptr);
    if (!std::isfinite(loss)) {
      if (gradient != nullptr) std::fill_n(gradient, size, 0);
      return 1e100;
    }
    if (gradient != nullptr) {
      std::copy(slopes.begin(), slopes.end(), gradient);
    }
    if (loss < self.best_loss) {
      self.best_loss = loss;
      self.best.assign(x, x + size);
    }
    return loss;
  }
};

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
  ArrayXXd slope;
  const MatrixXd shares = Matern(SquaredDistances(scaled, scaled).array(),
                                 gradient ? &slope : nullptr);
  MatrixXd factor = signal * shares;
  factor.diagonal().array() += noise;
  if (!FactorInPlace(factor)) return kInfinity;
  VectorXd weights = labels_;
  SolveLower(factor, weights);
  double loss =
      0.5 * weights.squaredNorm() + factor.diagonal().array().log().sum();
  const std::vector<double> vector = ToVector(parameters);
  for (size_t i = 0; i < vector.size(); ++i) {
    loss += PriorOf(i).Penalty(vector[i]);
  }
  if (gradient == nullptr || !std::isfinite(loss)) return loss;

  SolveLowerTransposed(factor, weights);
  // Half of it is the derivative by the covariance.
  MatrixXd by_covariance = InverseOf(factor);
  by_covariance.noalias() -= weights * weights.transpose();
  gradient->resize(static_cast<Index>(vector.size()));
  (*gradient)[0] = 0.5 * (signal * by_covariance.cwiseProduct(shares).sum() +
                          kJitter * signal * by_covariance.trace());
  (*gradient)[1] = 0.5 * std::exp(parameters.log_noise) * by_covariance.trace();
  // By a squared length: -1/2 sum_ab h_ab (x_a - x_b)^2 with h symmetric.
  const MatrixXd h = signal * by_covariance.cwiseProduct(slope.matrix());
  const VectorXd sums = h.rowwise().sum();
  const MatrixXd mixed = Product(scaled, h);
  gradient->tail(parameters.log_squared_lengths.size()).setZero();
  for (Index i = 0; i < rows_.rows(); ++i) {
    const auto row = scaled.row(i);
    (*gradient)[2 + groups_[static_cast<size_t>(i)]] -=
        row.cwiseAbs2().dot(sums.transpose()) - row.dot(mixed.row(i));
  }
  for (Index i = 0; i < gradient->size(); ++i) {
    (*gradient)[i] += PriorOf(static_cast<size_t>(i))
                          .PenaltySlope(vector[static_cast<size_t>(i)]);
  }
  return loss;
}

GpParameters GpFit::Descend(const GpParameters& start, int losses) const {
  std::vector<double> x = ToVector(start);
  Descent descent = {this, Loss(start, nullptr), x};
  std::vector<double> min;
  std::vector<double> max;
  for (size_t i = 0; i < x.size(); ++i) {
    min.push_back(std::log(PriorOf(i).min));
    max.push_back(std::log(PriorOf(i).max));
    x[i] = std::clamp(x[i], min[i], max[i]);
  }
  nlopt_opt optimizer =
      nlopt_create(NLOPT_LD_LBFGS, static_cast<unsigned>(x.size()));
  nlopt_set_min_objective(optimizer, Descent::Loss, &descent);
  nlopt_set_lower_bounds(optimizer, min.data());
  nlopt_set_upper_bounds(optimizer, max.data());
  nlopt_set_maxeval(optimizer, losses);
  nlopt_set_ftol_rel(optimizer, kTolerance);
  double loss = 0;
  // Whatever it says, the best that it saw counts.
  nlopt_optimize(optimizer, x.data(), &loss);
  nlopt_destroy(optimizer);
  return FromVector(descent.best.data(), descent.best.size());
}

GpParameters FitGp(const std::vector<int>& groups, const MatrixXd& rows,
                   const VectorXd& labels, Index coarse, const Rng& rng) {
  const Index some = std::min(coarse, rows.cols());
  const GpFit fit(groups, rows.leftCols(some), labels.head(some));
  const int group_count = groups.empty() ? 0 : groups.back() + 1;
  GpParameters best = GpFit::Prior(group_count);
  double best_loss = kInfinity;
  for (int start = 0; start <= kDrawnStarts; ++start) {
    std::vector<double> x = ToVector(GpFit::Prior(group_count));
    RandomStream random = rng.At(static_cast<uint64_t>(start));
    for (size_t i = 0; start > 0 && i < x.size(); ++i) {
      const double min = std::log(PriorOf(i).min);
      x[i] = min + random.Uniform() * (std::log(PriorOf(i).max) - min);
    }
    const GpParameters end =
        fit.Descend(FromVector(x.data(), x.size()), kCoarseLosses);
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
