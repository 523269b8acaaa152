#include "algorithms/gp/gp_model.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "algorithms/math/dense.h"

namespace apogee {

using Eigen::ArrayXXd;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// Noise that is added so that rounding does no harm, as a share of the signal
// variance; ten thousand times as much while that is not enough.
constexpr double kJitter = 1e-9;
constexpr double kMaxJitter = 1e-1;
// Rows that fit before memory is moved.
constexpr Index kRoom = 64;
// Places that are worked on at a time, so that they stay in the cache.
constexpr Index kBlock = 256;

}  // namespace

ArrayXXd Matern(const ArrayXXd& squared_distances, ArrayXXd* slope) {
  const ArrayXXd scaled = (5 * squared_distances).sqrt();
  const ArrayXXd decay = (-scaled).exp();
  if (slope != nullptr) *slope = -(5.0 / 6) * (1 + scaled) * decay;
  return (1 + scaled + (5.0 / 3) * squared_distances) * decay;
}

MatrixXd SquaredDistances(const MatrixXd& a, const MatrixXd& b) {
  MatrixXd distances = TransposedProduct(a, b);
  distances *= -2;
  const VectorXd a_norms = a.colwise().squaredNorm();
  const VectorXd b_norms = b.colwise().squaredNorm();
  distances.colwise() += a_norms;
  distances.rowwise() += b_norms.transpose();
  return distances.cwiseMax(0);
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
  model.rows_ = model.Scale(rows);
  model.size_ = rows.cols();
  const MatrixXd covariance = model.Covariances(model.rows_);
  for (double jitter = kJitter; jitter <= kMaxJitter; jitter *= 1e4) {
    model.factor_ = covariance;
    model.factor_.diagonal().array() += model.noise_ + jitter * model.signal_;
    if (!FactorInPlace(model.factor_) || !model.factor_.allFinite()) continue;
    model.noise_ += jitter * model.signal_;
    return model;
  }
  return std::nullopt;
}

MatrixXd GpModel::Scale(const MatrixXd& places) const {
  return scales_.asDiagonal() * places;
}

MatrixXd GpModel::Covariances(const MatrixXd& scaled) const {
  if (rows_.cols() == size_) {
    return signal_ * Matern(SquaredDistances(rows_, scaled)).matrix();
  }
  return signal_ *
         Matern(SquaredDistances(rows_.leftCols(size_), scaled)).matrix();
}

void GpModel::Append(const VectorXd& row) {
  const VectorXd scaled = scales_.asDiagonal() * row;
  VectorXd covariance = Covariances(scaled);
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

VectorXd GpModel::Mean(const MatrixXd& places) const {
  const MatrixXd scaled = Scale(places);
  return signal_ *
         Matern(SquaredDistances(rows_.leftCols(labelled_), scaled))
             .matrix()
             .transpose() *
         weights_;
}

GpPrediction GpModel::Predict(const MatrixXd& places) const {
  const Index count = places.cols();
  GpPrediction prediction = {VectorXd(count), VectorXd(count), VectorXd(count)};
  for (Index from = 0; from < count; from += kBlock) {
    const Index some = std::min(kBlock, count - from);
    MatrixXd half = Covariances(Scale(places.middleCols(from, some)));
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

GpModel::Slopes GpModel::PredictSlopes(const VectorXd& place) const {
  const VectorXd scaled = scales_.asDiagonal() * place;
  const auto rows = rows_.leftCols(size_);
  const VectorXd distances = (rows.colwise() - scaled).colwise().squaredNorm();
  ArrayXXd slope;
  const VectorXd covariance =
      signal_ * Matern(distances.array(), &slope).matrix();
  VectorXd solved = covariance;
  SolveLower(factor_, solved);
  VectorXd labelled = solved.head(labelled_);
  Slopes result;
  result.mean = covariance.head(labelled_).dot(weights_);
  result.variance = std::max(0.0, signal_ - solved.squaredNorm());
  result.labelled_variance = std::max(0.0, signal_ - labelled.squaredNorm());
  SolveLowerTransposed(factor_, solved);
  // The derivative of the i-th covariance is 2 signal slope_i (place - row_i),
  // in scaled numbers.
  const VectorXd pull = 2 * signal_ * slope.matrix();
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
