#pragma once

#include "algorithms/regressor/regressor.h"
#include "algorithms/space/search_space.h"

namespace apogee {

// The active parameters of a point, by name.
NamedPoint ToNamed(const SearchSpace& space, const Point& point);

// A point of another study as one of this space.
struct MappedPoint {
  Point point;
  // How many of its active parameters have the value of the original, as a
  // share of all.
  double share;
};

// By name: a number becomes the nearest feasible one, and counts for `share`
// where it lies within the bounds; a category must be one of this space.
// Parameters that are missing or do not fit get their default or the middle;
// those that this space lacks are forgotten. The point is normalized.
MappedPoint MapPoint(const SearchSpace& space, const NamedPoint& original);

}  // namespace apogee
