#pragma once

#include <vector>

#include "Eigen/Core"
#include "algorithms/space/search_space.h"

namespace apogee {

// Points as vectors whose squared distances a kernel can weigh.
//
// A number is its coordinate. Of two categories one is 0 and the other 1; of
// more, each has a place of its own, and any two are at a squared distance of
// 1. A parameter that is inactive lies in the middle of all its values, so that
// it adds no distance between points that both lack it. Parameters that have
// only one value are left out.
class GpFeatures {
 public:
  explicit GpFeatures(const SearchSpace* space);

  // How many numbers a vector has.
  int size() const { return static_cast<int>(groups_.size()); }
  // How many parameters there are that have a choice; the numbers of one
  // belong together and share a length scale.
  int group_count() const { return static_cast<int>(dimensions_.size()); }
  // The parameter, 0 .. group_count() - 1, that each number is about; rising.
  const std::vector<int>& groups() const { return groups_; }
  // The dimension of the space that a parameter is.
  int dimension(int group) const { return dimensions_[group]; }
  // Where its numbers begin.
  int start(int group) const { return starts_[group]; }

  Eigen::VectorXd Of(const Point& point) const;
  // One column per point.
  Eigen::MatrixXd Of(const std::vector<Point>& points) const;

 private:
  void Fill(const Point& point, Eigen::Ref<Eigen::VectorXd> vector) const;

  const SearchSpace* space_;
  std::vector<int> dimensions_;
  std::vector<int> starts_;
  std::vector<int> groups_;
};

}  // namespace apogee
