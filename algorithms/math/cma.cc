#include "algorithms/math/cma.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "Eigen/Eigenvalues"

namespace apogee {

using Eigen::MatrixXd;
using Eigen::VectorXd;

std::vector<double> ParentWeights(int population) {
  std::vector<double> weights(population / 2);
  double sum = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    weights[i] =
        std::log((population + 1) / 2.0) - std::log(static_cast<double>(i) + 1);
    sum += weights[i];
  }
  for (double& each : weights) each /= sum;
  return weights;
}

Cma::Cma(VectorXd mean, const VectorXd& sd, int population, Shape shape)
    : shape_(shape),
      weights_(population),
      parents_(population / 2),
      mean_(std::move(mean)),
      stretch_(VectorXd::Ones(mean_.size())),
      path_(VectorXd::Zero(mean_.size())),
      sigma_path_(VectorXd::Zero(mean_.size())) {
  const auto d = static_cast<double>(mean_.size());
  const std::vector<double> parents = ParentWeights(population);
  auto positive = weights_.head(parents_);
  auto negative = weights_.tail(population - parents_);
  positive = VectorXd::Map(parents.data(), parents_);
  for (int i = parents_; i < population; ++i) {
    weights_[i] = std::log((population + 1) / 2.0) - std::log(i + 1.0);
  }
  const double mu = 1 / positive.squaredNorm();
  const double mu_negative =
      negative.sum() * negative.sum() / negative.squaredNorm();
  effective_parents_ = mu;

  const double faster = shape == Shape::kSeparable ? (d + 2) / 3 : 1;
  rank_one_rate_ = std::min(0.5, faster * 2 / ((d + 1.3) * (d + 1.3) + mu));
  rank_mu_rate_ =
      std::min(1 - rank_one_rate_ - 1e-8,
               faster * 2 * (mu - 2 + 1 / mu) / ((d + 2) * (d + 2) + mu));
  path_rate_ = (4 + mu / d) / (d + 4 + 2 * mu / d);
  sigma_path_rate_ = (mu + 2) / (d + mu + 5);
  sigma_damping_ = 1 + 2 * std::max(0.0, std::sqrt((mu - 1) / (d + 1)) - 1) +
                   sigma_path_rate_;
  usual_length_ = std::sqrt(d) * (1 - 1 / (4 * d) + 1 / (21 * d * d));

  // So much that C stays positive definite.
  negative *=
      std::min({1 + rank_one_rate_ / rank_mu_rate_,
                1 + 2 * mu_negative / (mu + 2),
                (1 - rank_one_rate_ - rank_mu_rate_) / (d * rank_mu_rate_)}) /
      -negative.sum();

  const VectorXd variances = sd.array().square();
  if (shape_ == Shape::kSeparable) {
    covariance_ = variances;
  } else {
    covariance_ = variances.asDiagonal();
  }
  Decompose();
}

VectorXd Cma::Sample(RandomStream& random) const {
  VectorXd y(mean_.size());
  for (double& each : y) each = random.Normal();
  y = y.cwiseProduct(lengths_);
  if (shape_ == Shape::kFull) y = (axes_ * y).eval();
  return mean_ + sigma_ * stretch_.cwiseProduct(y);
}

void Cma::Update(const MatrixXd& ranked, const MatrixXd& informed) {
  const MatrixXd steps = (sigma_ * stretch_).cwiseInverse().asDiagonal() *
                         (ranked.colwise() - mean_);
  const auto positive = weights_.head(parents_);
  const VectorXd step = steps.leftCols(parents_) * positive;
  mean_ +=
      sigma_ * (steps.cwiseProduct(informed).leftCols(parents_) * positive);
  ++generation_;

  sigma_path_ = (1 - sigma_path_rate_) * sigma_path_ +
                std::sqrt(sigma_path_rate_ * (2 - sigma_path_rate_) *
                          effective_parents_) *
                    Whiten(step);
  const double length = sigma_path_.norm();
  const double started = 1 - std::pow(1 - sigma_path_rate_,
                                      2.0 * static_cast<double>(generation_));
  const double d = static_cast<double>(mean_.size());
  // While the path is too long, C is not stretched along it as well.
  const bool usual =
      length / std::sqrt(started) < (1.4 + 2 / (d + 1)) * usual_length_;
  const double share = path_rate_ * (2 - path_rate_);
  path_ *= 1 - path_rate_;
  if (usual) path_ += std::sqrt(share * effective_parents_) * step;
  UpdateCovariance(steps, usual ? 1 : 1 - share);

  sigma_ *= std::exp(std::min(
      1.0, sigma_path_rate_ / sigma_damping_ * (length / usual_length_ - 1)));
  const double rest = 1 / (10 * d * (rank_one_rate_ + rank_mu_rate_));
  if (static_cast<double>(generation_ - decomposed_) > rest) Decompose();
}

void Cma::UpdateCovariance(const MatrixXd& steps, double path_share) {
  VectorXd weights = weights_;
  const Eigen::Index others = weights.size() - parents_;
  const VectorXd lengths =
      Whiten(steps.rightCols(others)).colwise().squaredNorm();
  weights.tail(others).array() *=
      static_cast<double>(mean_.size()) / (lengths.array() + 1e-8);

  covariance_ *=
      1 - rank_one_rate_ * path_share - rank_mu_rate_ * weights_.sum();
  if (shape_ == Shape::kSeparable) {
    covariance_ += rank_one_rate_ * path_.cwiseAbs2() +
                   rank_mu_rate_ * (steps.cwiseAbs2() * weights);
  } else {
    covariance_ +=
        rank_one_rate_ * path_ * path_.transpose() +
        rank_mu_rate_ * (steps * weights.asDiagonal()) * steps.transpose();
  }
}

void Cma::Widen() {
  sigma_ *= std::exp(0.2 + sigma_path_rate_ / sigma_damping_);
}

double Cma::Sd(int i, bool stretched) const {
  const double variance =
      shape_ == Shape::kSeparable ? covariance_(i, 0) : covariance_(i, i);
  return sigma_ * std::sqrt(variance) * (stretched ? stretch_[i] : 1);
}

void Cma::SetMarginal(int i, double mean, double sd) {
  mean_[i] = mean;
  stretch_[i] = sd / Sd(i, false);
}

void Cma::Decompose() {
  decomposed_ = generation_;
  VectorXd variances;
  if (shape_ == Shape::kSeparable) {
    variances = covariance_;
  } else {
    const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(covariance_);
    if (solver.info() == Eigen::Success) {
      axes_ = solver.eigenvectors();
      variances = solver.eigenvalues();
    }
  }
  if (variances.size() == 0 || !variances.allFinite() ||
      !(variances.minCoeff() > 0)) {
    condition_ = std::numeric_limits<double>::infinity();
    return;
  }
  lengths_ = variances.cwiseSqrt();
  condition_ = variances.maxCoeff() / variances.minCoeff();
}

MatrixXd Cma::Whiten(const MatrixXd& y) const {
  const auto shrink = lengths_.cwiseInverse().asDiagonal();
  if (shape_ == Shape::kSeparable) return shrink * y;
  return axes_ * (shrink * (axes_.transpose() * y));
}

}  // namespace apogee
