#pragma once

#include <optional>
#include <vector>

#include "Eigen/Core"
#include "absl/types/span.h"
#include "algorithms/algorithm.h"
#include "algorithms/gp/gp_features.h"
#include "algorithms/gp/gp_model.h"

namespace apogee {

// For sources that can not take in a trial without its result: by how much less
// to hope for around such trials. It is the doubt that a Gaussian process loses
// there which knows nothing else.
class RunningTrials {
 public:
  // `features` outlives it.
  explicit RunningTrials(const GpFeatures* features);

  void Add(const Point& point);
  // At each point, a difference of labels.
  Eigen::VectorXd Discount(const std::vector<Point>& points) const;

 private:
  const GpFeatures* features_;
  std::optional<GpModel> model_;
};

}  // namespace apogee
