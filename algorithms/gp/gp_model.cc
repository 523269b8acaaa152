#include "algorithms/gp/gp_model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "algorithms/math/dense.h"

namespace apogee {

using Eigen::ArrayXd;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// Noise that is added so that rounding does no harm, as a share of the signal
// variance: the first that is enough.
constexpr std::array<double, 3> kJitters = {1e-9, 1e-5, 1e-1};
// Rows that fit before memory is moved.
constexpr Index kRoom = 64;
// Places that are worked on at a time, so that they stay in the cache.
constexpr Index kBlock = 256;

}  // namespace

void Matern(double signal, Eigen::Ref<MatrixXd> numbers, MatrixXd* slopes) {
  if (slopes != nullptr) slopes->resize(numbers.rows(), numbers.cols());
  // A column stays in the cache.
  ArrayXd scaled(numbers.rows());
  ArrayXd decay(numbers.rows());
  for (Index i = 0; i < numbers.cols(); ++i) {
    auto column = numbers.col(i).array();
    scaled = (5 * column).sqrt();
    decay = signal * (-scaled).exp();
    if (slopes != nullptr) {
      slopes->col(i).array() = -(5.0 / 6) * (1 + scaled) * decay;
    }
    column = (1 + scaled + (5.0 / 3) * column) * decay;
  }
}

void SquaredDistances(const Eigen::Ref<const MatrixXd>& a,
                      const Eigen::Ref<const MatrixXd>& b,
                      Eigen::Ref<MatrixXd> out) {
  TransposedProduct(a, b, out);
  const ArrayXd norms = a.colwise().squaredNorm();
  for (Index i = 0; i < b.cols(); ++i) {
    auto column = out.col(i).array();
    column = (norms + (b.col(i).squaredNorm() - 2 * column)).max(0);
  }
}

std::optional<GpModel> GpModel::Create(const GpParameters& parameters,
                                       const std::vector<int>& groups,
                                       const MatrixXd& rows) {
  GpModel model;
  model.signal_ = std::exp(parameters.log_signal);
  model.noise_ = std::exp(parameters.log_noise);
  model.scales_.resize(static_cast<Index>(groups.size()));
  for (size_t i = 0; i < groups.size(); ++i) {
    model.scales_[static_cast<Index>(i)] =
        std::exp(-0.5 * parameters.log_squared_lengths[groups[i]]);
  }
  model.rows_ = model.scales_.asDiagonal() * rows;
  model.size_ = rows.cols();
  MatrixXd covariance(rows.cols(), rows.cols());
  model.Covariances(model.rows_, covariance);
  for (const double jitter : kJitters) {
    model.factor_ = covariance;
    model.factor_.diagonal().array() += model.noise_ + jitter * model.signal_;
    if (!FactorInPlace(model.factor_) || !model.factor_.allFinite()) continue;
    model.noise_ += jitter * model.signal_;
    return model;
  }
  return std::nullopt;
}

void GpModel::Covariances(const Eigen::Ref<const MatrixXd>& scaled,
                          Eigen::Ref<MatrixXd> out) const {
  SquaredDistances(rows_.leftCols(size_), scaled, out);
  Matern(signal_, out);
}

void GpModel::Append(const VectorXd& row) {
  const VectorXd scaled = scales_.asDiagonal() * row;
  VectorXd covariance(size_);
  Covariances(scaled, covariance);
  SolveLower(factor_, covariance);
  if (size_ == factor_.cols()) {
    const Index room = size_ + std::max(kRoom, size_ / 8);
    factor_.conservativeResize(room, room);
    rows_.conservativeResize(Eigen::NoChange, room);
  }
  const double rest = signal_ + noise_ - covariance.squaredNorm();
  factor_.row(size_).head(size_) = covariance;
  factor_(size_, size_) = std::sqrt(std::max(rest, noise_));
  rows_.col(size_) = scaled;
  ++size_;
}

void GpModel::SetLabels(const VectorXd& labels) {
  labelled_ = labels.size();
  weights_ = labels;
  SolveLower(factor_, weights_);
  SolveLowerTransposed(factor_, weights_);
}

GpPrediction GpModel::Predict(const MatrixXd& places) const {
  const Index count = places.cols();
  GpPrediction prediction = {VectorXd(count), VectorXd(count), VectorXd(count)};
  const MatrixXd scaled = scales_.asDiagonal() * places;
  MatrixXd room(size_, std::min(kBlock, count));
  for (Index from = 0; from < count; from += kBlock) {
    const Index some = std::min(kBlock, count - from);
    auto half = room.leftCols(some);
    Covariances(scaled.middleCols(from, some), half);
    prediction.mean.segment(from, some) =
        half.topRows(labelled_).transpose() * weights_;
    SolveLower(factor_, half);
    const VectorXd known = half.topRows(labelled_).colwise().squaredNorm();
    const VectorXd more =
        half.bottomRows(size_ - labelled_).colwise().squaredNorm();
    prediction.labelled_variance.segment(from, some) =
        (signal_ - known.array()).max(0);
    prediction.variance.segment(from, some) =
        (signal_ - known.array() - more.array()).max(0);
  }
  return prediction;
}

VectorXd GpModel::Means(const MatrixXd& places) const {
  const MatrixXd scaled = scales_.asDiagonal() * places;
  MatrixXd covariances(size_, places.cols());
  Covariances(scaled, covariances);
  return covariances.topRows(labelled_).transpose() * weights_;
}

GpModel::Slopes GpModel::PredictSlopes(const VectorXd& place) const {
  const VectorXd scaled = scales_.asDiagonal() * place;
  const auto rows = rows_.leftCols(size_);
  VectorXd covariance = (rows.colwise() - scaled).colwise().squaredNorm();
  MatrixXd slopes;
  Matern(signal_, covariance, &slopes);
  VectorXd solved = covariance;
  SolveLower(factor_, solved);
  VectorXd labelled = solved.head(labelled_);
  Slopes result;
  result.mean = covariance.head(labelled_).dot(weights_);
  result.variance = std::max(0.0, signal_ - solved.squaredNorm());
  result.labelled_variance = std::max(0.0, signal_ - labelled.squaredNorm());
  SolveLowerTransposed(factor_, solved);
  // The derivative of the i-th covariance is 2 slope_i (place - row_i), in
  // scaled numbers.
  const VectorXd pull = 2 * slopes;
  const auto gradient = [&](const VectorXd& weights) -> VectorXd {
    const VectorXd weighted = pull.head(weights.size()).cwiseProduct(weights);
    return scales_.cwiseProduct(scaled * weighted.sum() -
                                rows.leftCols(weights.size()) * weighted);
  };
  result.mean_gradient = gradient(weights_);
  result.variance_gradient = -2 * gradient(solved);
  if (labelled_ == size_) {
    result.labelled_variance_gradient = result.variance_gradient;
  } else {
    SolveLowerTransposed(factor_, labelled);
    result.labelled_variance_gradient = -2 * gradient(labelled);
  }
  return result;
}

}  // namespace apogee
