#pragma once

#include <optional>
#include <string>
#include <vector>

#include "Eigen/Core"
#include "algorithms/background.h"
#include "algorithms/gp/gp_features.h"
#include "algorithms/gp/gp_model.h"
#include "algorithms/space/search_space.h"

namespace apogee {

// What prior studies say of the points of this space: for each study, the mean
// of a Gaussian process on its trials, as labels (label_scale.h).
class PriorModels {
 public:
  // Both outlive it. Of each study, trials count that could be mapped by more
  // than half (named_points.h): the best and some that are spread over the
  // rest. Studies with few of them, or without any difference between them, are
  // left out. The first ten others count.
  PriorModels(const SearchSpace* space, const GpFeatures* features,
              const std::vector<PriorStudy>& priors);

  // How many studies count.
  int size() const { return static_cast<int>(studies_.size()); }
  // The best points of each study, by turns.
  const std::vector<Point>& best() const { return best_; }
  // One row per study, one column for each column of `places`. Fits the models
  // when it is asked for the first time.
  Eigen::MatrixXd Means(const Eigen::MatrixXd& places) const;

 private:
  struct Study {
    std::vector<Point> points;
    Eigen::VectorXd labels;
  };
  void Fit() const;

  const GpFeatures* features_;
  std::vector<Study> studies_;
  std::vector<Point> best_;
  // Only a cache: follows from `studies_`.
  mutable std::vector<GpModel> models_;
};

}  // namespace apogee
