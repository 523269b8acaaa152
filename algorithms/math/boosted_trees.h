#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "Eigen/Core"
#include "absl/status/statusor.h"

namespace apogee {

// A function of numbers, learned from points by gradient-boosted trees (Chen
// and Guestrin, "XGBoost: a scalable tree boosting system", 2016). It is the
// mean of several ensembles, each learned without one part of the points: how
// far they differ says how well the function is known, and what was measured
// at the points left out says what else there is. Numbers may be missing: NaN.
class BoostedTrees {
 public:
  struct Prediction {
    Eigen::VectorXd mean;
    // The standard deviation of the function.
    Eigen::VectorXd sd;
  };

  // One column per point, one target for each, two or more of them. Follows
  // from its arguments alone.
  static absl::StatusOr<BoostedTrees> Fit(const Eigen::MatrixXd& points,
                                          const Eigen::VectorXd& targets,
                                          uint64_t seed);

  // One column per point, with as many numbers as those learned from.
  absl::StatusOr<Prediction> Predict(const Eigen::MatrixXd& points) const;

  // The variance of a measurement around the function.
  double noise_variance() const { return noise_variance_; }

 private:
  struct Free {
    void operator()(void* booster) const;
  };

  // What each ensemble says: one row for each, one column per point.
  absl::StatusOr<Eigen::MatrixXd> Outputs(const Eigen::MatrixXd& points) const;

  std::vector<std::unique_ptr<void, Free>> boosters_;
  double mean_ = 0;
  double noise_variance_ = 0;
};

}  // namespace apogee
