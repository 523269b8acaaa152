#include "algorithms/gp/gp_features.h"

#include <cmath>
#include <cstddef>

#include "algorithms/variation.h"

namespace apogee {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// Numbers that a dimension takes.
int Width(const Dimension& dimension) {
  return dimension.IsCategorical() && dimension.cardinality > 2
             ? static_cast<int>(dimension.cardinality)
             : 1;
}

}  // namespace

GpFeatures::GpFeatures(const SearchSpace* space) : space_(space) {
  for (int i = 0; i < space->size(); ++i) {
    if (!HasChoice(*space, i)) continue;
    const int group = group_count();
    dimensions_.push_back(i);
    starts_.push_back(size());
    groups_.insert(groups_.end(),
                   static_cast<size_t>(Width(space->dimension(i))), group);
  }
}

VectorXd GpFeatures::Of(const Point& point) const {
  VectorXd vector(size());
  Fill(point, vector);
  return vector;
}

MatrixXd GpFeatures::Of(const std::vector<Point>& points) const {
  MatrixXd vectors(size(), static_cast<Index>(points.size()));
  for (size_t i = 0; i < points.size(); ++i) {
    Fill(points[i], vectors.col(static_cast<Index>(i)));
  }
  return vectors;
}

void GpFeatures::Fill(const Point& point, Eigen::Ref<VectorXd> vector) const {
  for (int group = 0; group < group_count(); ++group) {
    const double coordinate = point[dimensions_[group]];
    const int start = starts_[group];
    const int width = Width(space_->dimension(dimensions_[group]));
    if (width == 1) {
      vector[start] = IsActive(coordinate) ? coordinate : 0.5;
      continue;
    }
    vector.segment(start, width)
        .setConstant(IsActive(coordinate) ? 0 : M_SQRT1_2 / width);
    if (IsActive(coordinate)) {
      vector[start + static_cast<int>(coordinate)] = M_SQRT1_2;
    }
  }
}

}  // namespace apogee
