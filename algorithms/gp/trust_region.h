#pragma once

#include <utility>
#include <vector>

#include "Eigen/Core"
#include "algorithms/gp/gp_features.h"
#include "algorithms/space/search_space.h"

namespace apogee {

// A part of the space near some points: a place is inside when one of them
// differs by no more than the radius in every number. Categories, and numbers
// of so few values that each step is far, do not count.
//
// Keeps the search near known points until there are enough of them for a model
// to speak of what is far away: the radius grows with the number of results,
// until there are no limits any more. (OSS Vizier's.)
class TrustRegion {
 public:
  // `known` has one column per known point; there were `results` results.
  TrustRegion(const SearchSpace& space, const GpFeatures& features,
              const Eigen::MatrixXd& known, int64_t results);

  // Of this radius around the points, one column each.
  static TrustRegion Around(const SearchSpace& space,
                            const GpFeatures& features,
                            const Eigen::MatrixXd& points, double radius);

  bool IsLimited() const { return known_.size() > 0; }
  // How far each column of `places` is outside; 0 for those inside.
  Eigen::VectorXd Excess(const Eigen::MatrixXd& places) const;
  // A box that holds `place` and is inside, if that is: the least and the
  // largest value of each number.
  std::pair<Eigen::VectorXd, Eigen::VectorXd> Box(
      const Eigen::VectorXd& place) const;

 private:
  TrustRegion() = default;
  void Limit(const SearchSpace& space, const GpFeatures& features,
             const Eigen::MatrixXd& known);
  // Distances of one place to all known ones.
  Eigen::VectorXd Distances(const Eigen::VectorXd& place) const;
  Eigen::VectorXd Counted(const Eigen::VectorXd& place) const;

  double radius_ = 0;
  // The numbers that count.
  std::vector<int> counted_;
  Eigen::MatrixXd known_;
};

}  // namespace apogee
