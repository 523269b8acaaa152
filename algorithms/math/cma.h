#pragma once

#include <cstdint>
#include <vector>

#include "Eigen/Core"
#include "base/rng.h"

namespace apogee {

// What the better half of a generation counts for in its mean, best first.
std::vector<double> ParentWeights(int population);

// The normal distribution that CMA-ES searches with, and its update. Knows
// ranks only, no values.
//
// A sample is mean + sigma * stretch * N(0, C), the stretch being a factor of
// each coordinate (1 unless SetMarginal says otherwise). C is learnt by the
// rank-one, the rank-mu and the negative ("active") update, sigma by the length
// of the cumulated path; all constants are those of Hansen, "The CMA evolution
// strategy: a tutorial", 2016. The separable form keeps the diagonal of C only,
// which learns (dimensions + 2) / 3 times faster (Ros and Hansen, "A simple
// modification in CMA-ES achieving linear time and space complexity", 2008).
//
// Sample: O(d^2), separable O(d). Update: O(population d^2) and now and then an
// eigendecomposition, so that these add up to O(d^2) for each sample.
class Cma {
 public:
  enum class Shape { kFull, kSeparable };

  // `sd`, positive, are the standard deviations at the start. population >= 4.
  Cma(Eigen::VectorXd mean, const Eigen::VectorXd& sd, int population,
      Shape shape);

  int dimensions() const { return static_cast<int>(mean_.size()); }
  const Eigen::VectorXd& mean() const { return mean_; }

  Eigen::VectorXd Sample(RandomStream& random) const;

  // Learns a generation of samples of this distribution: `ranked` has one
  // column for each, best first, and as many as the population. Where
  // `informed` is 0 instead of 1 the coordinate had no influence on the rank:
  // it does not move the mean. Its draw still enters C and the paths, where
  // chance without selection changes nothing on average.
  void Update(const Eigen::MatrixXd& ranked, const Eigen::MatrixXd& informed);
  // Learns that all samples of a generation were equally good: that steps are
  // too small to tell.
  void Widen();

  // Of coordinate i, the stretch being left out if `own` is false.
  double Sd(int i, bool stretched = true) const;
  // Gives coordinate i another mean and standard deviation, by its stretch.
  void SetMarginal(int i, double mean, double sd);

  // Of the largest and the smallest eigenvalue of C; infinite when C is no
  // longer positive definite or not finite.
  double Condition() const { return condition_; }

 private:
  void UpdateCovariance(const Eigen::MatrixXd& steps, double path_share);
  void Decompose();
  // C^(-1/2) y, up to a rotation.
  Eigen::MatrixXd Whiten(const Eigen::MatrixXd& y) const;

  Shape shape_;
  // ParentWeights, then negative ones.
  Eigen::VectorXd weights_;
  int parents_;
  double effective_parents_;
  double rank_one_rate_;
  double rank_mu_rate_;
  double sigma_path_rate_;
  double sigma_damping_;
  double path_rate_;
  double usual_length_;  // of a standard normal vector

  Eigen::VectorXd mean_;
  Eigen::VectorXd stretch_;
  double sigma_ = 1;
  Eigen::MatrixXd covariance_;  // separable: one column, the diagonal
  Eigen::VectorXd path_;
  Eigen::VectorXd sigma_path_;
  int64_t generation_ = 0;
  // C = axes * diag(lengths^2) * axes', as of the last decomposition.
  Eigen::MatrixXd axes_;
  Eigen::VectorXd lengths_;
  double condition_ = 1;
  int64_t decomposed_ = 0;
};

}  // namespace apogee
