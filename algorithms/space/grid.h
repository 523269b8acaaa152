#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/status/statusor.h"
#include "algorithms/space/search_space.h"
#include "base/rng.h"

namespace apogee {

// Every combination of grid values of a search space, each distinct feasible
// point exactly once, addressed by number and never held in memory. Immutable.
//
// In a flat space the number is a mixed-radix number whose first dimension
// turns fastest. Below a conditional parent, each of its values owns a block as
// large as the number of points of the children it activates, so points are
// found by subtracting blocks. A dimension with several parents ties them
// together: all ancestors of such dimensions are counted by dynamic programming
// over which tied dimensions have been activated so far, and turn slowest.
class Grid {
 public:
  struct Options {
    // Values of a double, even on its scale from end to end.
    int64_t double_points;
    // Integers with more values are thinned to at most so many, even on their
    // scale.
    int64_t integer_points;
  };

  // `space` outlives the grid. Where there are linear constraints all points
  // are looked at once, and only those that keep them count. INVALID_ARGUMENT
  // too many dimensions with several parents to count; too
  //                   many points to look at, or none that keeps the
  //                   constraints
  static absl::StatusOr<Grid> Create(const SearchSpace* space,
                                     const Options& options);

  // A size of at least this is only known to be that large.
  static constexpr absl::uint128 kHuge =
      absl::MakeUint128(uint64_t{1} << 32, 0);

  // Number of points, at most kHuge.
  absl::uint128 size() const { return size_; }
  // index < size().
  Point At(absl::uint128 index) const {
    if (!kept_.empty()) index = kept_[static_cast<size_t>(index)];
    return Walk(index, nullptr);
  }
  // A random point. When the grid is huge, two draws are the same with a
  // probability of about 1 / kHuge.
  Point Sample(RandomStream random) const { return Walk(0, &random); }

 private:
  // The grid values of one dimension.
  struct Axis {
    int64_t points = 0;
    // Value indices of a thinned integer, otherwise empty.
    std::vector<int64_t> thinned;
    // For each grid value the dimensions it activates; empty for a leaf.
    std::vector<std::vector<int>> children;
    // For each grid value the points of its simple children; empty for a leaf.
    std::vector<absl::uint128> weights;
    // Sum of the weights.
    absl::uint128 sum = 0;
    // Has several parents, or a descendant that has.
    bool tied = false;
  };
  // The tied dimensions that have been activated and not yet been given a
  // value, rising.
  using Activated = std::vector<int>;

  explicit Grid(const SearchSpace* space) : space_(space) {}
  static Axis MakeAxis(const SearchSpace& space, int dimension,
                       const Options& options);
  void LinkChildren();
  void CountSimple();
  absl::Status CountTied();
  absl::Status KeepConstraints();
  absl::uint128 Weight(const Axis& axis, int64_t value) const;
  Activated Next(const Activated& activated, int dimension,
                 int64_t value) const;
  bool TakesPart(const Activated& activated, int dimension) const;
  double Coordinate(int dimension, int64_t value) const;

  Point Walk(absl::uint128 index, RandomStream* random) const;
  void PlaceTied(absl::uint128 index, RandomStream* random, Point& point) const;
  void PlaceSimple(int dimension, absl::uint128 index, RandomStream* random,
                   Point& point) const;
  void PlaceChildren(int dimension, int64_t value, absl::uint128& index,
                     RandomStream* random, Point& point) const;

  const SearchSpace* space_;
  std::vector<Axis> axes_;
  std::vector<int> tied_;
  // For each tied dimension in turn, the ways to go on from what has been
  // activated; one more at the end.
  std::vector<std::map<Activated, absl::uint128>> ways_;
  absl::uint128 size_ = 1;
  // Under constraints, the points that count, by their number among all.
  std::vector<int64_t> kept_;
};

}  // namespace apogee
