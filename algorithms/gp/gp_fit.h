#pragma once

#include <vector>

#include "Eigen/Core"
#include "algorithms/gp/gp_model.h"
#include "base/rng.h"

namespace apogee {

// What a fit makes of the labels of some rows: the parameters under which they
// are likeliest, given a weak log-normal prior.
class GpFit {
 public:
  // `groups` is that of GpFeatures; `rows` has one column per label.
  GpFit(const std::vector<int>& groups, Eigen::MatrixXd rows,
        Eigen::VectorXd labels);

  // What is assumed before anything is known.
  static GpParameters Prior(int group_count);

  // The negative logarithm of prior and likelihood, but for a constant;
  // infinite where it can not be computed. `gradient`, if given, is by
  // log_signal, log_noise and log_squared_lengths in this order. O(n^3).
  double Loss(const GpParameters& parameters, Eigen::VectorXd* gradient) const;

  // Descends from `start` by L-BFGS with at most so many losses; never ends
  // above it.
  GpParameters Descend(const GpParameters& start, int losses) const;

 private:
  std::vector<int> groups_;
  Eigen::MatrixXd rows_;
  Eigen::VectorXd labels_;
};

// The parameters for rows and labels, by several descents on the first rows and
// one more on all of them from where the best ended. `coarse` is how many the
// first rows are; put those first that say most.
GpParameters FitGp(const std::vector<int>& groups, const Eigen::MatrixXd& rows,
                   const Eigen::VectorXd& labels, Eigen::Index coarse,
                   const Rng& rng);

}  // namespace apogee
