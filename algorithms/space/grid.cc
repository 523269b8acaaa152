#include "algorithms/space/grid.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

// Steps of counting tied dimensions before giving up.
constexpr int64_t kMaxCountingSteps = 100'000;

// Both at most kHuge.
absl::uint128 Multiply(absl::uint128 a, absl::uint128 b) {
  if (a == 0 || b == 0) return 0;
  return b > Grid::kHuge / a ? Grid::kHuge : a * b;
}

// In [0, n).
absl::uint128 Below(absl::uint128 n, RandomStream& random) {
  if (absl::Uint128High64(n) == 0) return random.Below(absl::Uint128Low64(n));
  // Draws as many bits as n has, until they are below n.
  const absl::uint128 last = n - 1;
  uint64_t mask = absl::Uint128High64(last);
  for (int shift = 1; shift < 64; shift *= 2) mask |= mask >> shift;
  absl::uint128 draw;
  do {
    const uint64_t high = random.Next() & mask;
    draw = absl::MakeUint128(high, random.Next());
  } while (draw > last);
  return draw;
}

// Splits the last digit, in [0, base), off a mixed-radix number.
absl::uint128 TakeDigit(absl::uint128& number, absl::uint128 base) {
  const absl::uint128 digit = number % base;
  number /= base;
  return digit;
}

}  // namespace

absl::StatusOr<Grid> Grid::Create(const SearchSpace* space,
                                  const Options& options) {
  Grid grid(space);
  for (int i = 0; i < space->size(); ++i) {
    grid.axes_.push_back(MakeAxis(*space, i, options));
  }
  grid.LinkChildren();
  grid.CountSimple();
  RETURN_IF_ERROR(grid.CountTied());
  if (space->IsConstrained()) RETURN_IF_ERROR(grid.KeepConstraints());
  return grid;
}

absl::Status Grid::KeepConstraints() {
  constexpr int64_t kMostPoints = 100'000;
  if (size_ > kMostPoints) {
    return absl::InvalidArgumentError(absl::StrCat(
        "under constraints a grid may have ", kMostPoints,
        " points before they are applied, and this one has more: take fewer "
        "grid values, or a search that is no grid"));
  }
  for (int64_t i = 0; i < static_cast<int64_t>(size_); ++i) {
    if (space_->KeepsConstraints(
            Walk(static_cast<absl::uint128>(i), nullptr))) {
      kept_.push_back(i);
    }
  }
  if (kept_.empty()) {
    return absl::InvalidArgumentError(
        "no point of the grid keeps the constraints: take more grid values, or "
        "a search that is no grid");
  }
  size_ = kept_.size();
  return absl::OkStatus();
}

Grid::Axis Grid::MakeAxis(const SearchSpace& space, int dimension,
                          const Options& options) {
  Axis axis;
  const Dimension& values = space.dimension(dimension);
  if (values.kind == Dimension::Kind::kDouble) {
    // The one value of a single-value range lies in the middle.
    const bool single = space.Quantile(dimension, 0) == 0.5;
    axis.points = single ? 1 : options.double_points;
  } else if (values.kind == Dimension::Kind::kInteger &&
             values.cardinality > options.integer_points) {
    for (int64_t i = 0; i < options.integer_points; ++i) {
      const double coordinate =
          options.integer_points == 1
              ? 0.5
              : static_cast<double>(i) /
                    static_cast<double>(options.integer_points - 1);
      const int64_t value = space.ValueIndexOf(dimension, coordinate);
      if (axis.thinned.empty() || axis.thinned.back() != value) {
        axis.thinned.push_back(value);
      }
    }
    axis.points = static_cast<int64_t>(axis.thinned.size());
  } else {
    axis.points = values.cardinality;
  }
  return axis;
}

double Grid::Coordinate(int dimension, int64_t value) const {
  const Axis& axis = axes_[dimension];
  if (!axis.thinned.empty()) value = axis.thinned[value];
  if (space_->dimension(dimension).kind != Dimension::Kind::kDouble) {
    return space_->CoordinateOf(dimension, value);
  }
  return axis.points == 1 ? 0.5
                          : static_cast<double>(value) /
                                static_cast<double>(axis.points - 1);
}

void Grid::LinkChildren() {
  for (int child = 0; child < space_->size(); ++child) {
    for (const auto& condition : space_->dimension(child).conditions) {
      Axis& parent = axes_[condition.parent];
      parent.children.resize(parent.points);
      for (int64_t value : condition.values) {
        if (!parent.thinned.empty()) {
          const auto it = std::lower_bound(parent.thinned.begin(),
                                           parent.thinned.end(), value);
          if (it == parent.thinned.end() || *it != value) continue;
          value = it - parent.thinned.begin();
        }
        parent.children[value].push_back(child);
      }
    }
  }
}

void Grid::CountSimple() {
  for (int i = space_->size() - 1; i >= 0; --i) {
    Axis& axis = axes_[i];
    axis.tied = space_->dimension(i).conditions.size() > 1;
    axis.sum = axis.points;
    if (!axis.children.empty()) axis.sum = 0;
    for (const std::vector<int>& children : axis.children) {
      absl::uint128 weight = 1;
      for (const int child : children) {
        axis.tied = axis.tied || axes_[child].tied;
        if (!axes_[child].tied) {
          weight = Multiply(weight, std::min(axes_[child].sum, kHuge));
        }
      }
      axis.weights.push_back(weight);
      axis.sum += weight;
    }
  }
  for (int i = 0; i < space_->size(); ++i) {
    if (axes_[i].tied) {
      tied_.push_back(i);
    } else if (space_->dimension(i).conditions.empty()) {
      size_ = Multiply(size_, std::min(axes_[i].sum, kHuge));
    }
  }
}

absl::uint128 Grid::Weight(const Axis& axis, int64_t value) const {
  return axis.weights.empty() ? 1 : axis.weights[value];
}

bool Grid::TakesPart(const Activated& activated, int dimension) const {
  return space_->dimension(dimension).conditions.empty() ||
         std::binary_search(activated.begin(), activated.end(), dimension);
}

Grid::Activated Grid::Next(const Activated& activated, int dimension,
                           int64_t value) const {
  Activated next = activated;
  const Axis& axis = axes_[dimension];
  if (!axis.children.empty() && TakesPart(activated, dimension)) {
    for (const int child : axis.children[value]) {
      if (axes_[child].tied) next.push_back(child);
    }
  }
  std::sort(next.begin(), next.end());
  next.erase(std::unique(next.begin(), next.end()), next.end());
  next.erase(std::remove(next.begin(), next.end(), dimension), next.end());
  return next;
}

absl::Status Grid::CountTied() {
  // What can have been activated before each tied dimension.
  ways_.resize(tied_.size() + 1);
  ways_[0][{}] = 0;
  int64_t steps = 0;
  for (size_t i = 0; i < tied_.size(); ++i) {
    for (const auto& [activated, unknown] : ways_[i]) {
      const bool active = TakesPart(activated, tied_[i]);
      const int64_t values = active ? axes_[tied_[i]].points : 1;
      steps += values;
      if (steps > kMaxCountingSteps) {
        return absl::InvalidArgumentError(
            "the grid can not be counted: too many parameters stand under "
            "several parents; use an algorithm that needs no grid");
      }
      for (int64_t value = 0; value < values; ++value) {
        ways_[i + 1][Next(activated, tied_[i], value)] = 0;
      }
    }
  }
  // And from the end back, how to go on from there.
  ways_.back()[{}] = 1;
  for (int i = static_cast<int>(tied_.size()) - 1; i >= 0; --i) {
    const Axis& axis = axes_[tied_[i]];
    for (auto& [activated, count] : ways_[i]) {
      if (!TakesPart(activated, tied_[i])) {
        count = ways_[i + 1].at(activated);
        continue;
      }
      for (int64_t value = 0; value < axis.points; ++value) {
        count += Multiply(Weight(axis, value),
                          ways_[i + 1].at(Next(activated, tied_[i], value)));
      }
      count = std::min(count, kHuge);
    }
  }
  size_ = Multiply(size_, ways_[0].at({}));
  return absl::OkStatus();
}

Point Grid::Walk(absl::uint128 index, RandomStream* random) const {
  Point point(space_->size(), kInactive);
  for (int i = 0; i < space_->size(); ++i) {
    if (axes_[i].tied || !space_->dimension(i).conditions.empty()) continue;
    PlaceSimple(i, TakeDigit(index, std::min(axes_[i].sum, kHuge)), random,
                point);
  }
  PlaceTied(index, random, point);
  return point;
}

void Grid::PlaceSimple(int dimension, absl::uint128 index, RandomStream* random,
                       Point& point) const {
  const Axis& axis = axes_[dimension];
  if (random != nullptr) index = Below(axis.sum, *random);
  int64_t value = 0;
  if (axis.weights.empty()) {
    value = static_cast<int64_t>(absl::Uint128Low64(index));
  } else {
    for (; index >= axis.weights[value]; ++value) index -= axis.weights[value];
  }
  point[dimension] = Coordinate(dimension, value);
  PlaceChildren(dimension, value, index, random, point);
}

void Grid::PlaceChildren(int dimension, int64_t value, absl::uint128& index,
                         RandomStream* random, Point& point) const {
  const Axis& axis = axes_[dimension];
  if (axis.children.empty()) return;
  for (const int child : axis.children[value]) {
    if (axes_[child].tied) continue;
    PlaceSimple(child, TakeDigit(index, std::min(axes_[child].sum, kHuge)),
                random, point);
  }
}

void Grid::PlaceTied(absl::uint128 index, RandomStream* random,
                     Point& point) const {
  Activated activated;
  for (size_t i = 0; i < tied_.size(); ++i) {
    const int dimension = tied_[i];
    if (!TakesPart(activated, dimension)) continue;
    const Axis& axis = axes_[dimension];
    const auto block = [&](int64_t value) {
      return Multiply(Weight(axis, value),
                      ways_[i + 1].at(Next(activated, dimension, value)));
    };
    if (random != nullptr) {
      absl::uint128 sum = 0;
      for (int64_t value = 0; value < axis.points; ++value) sum += block(value);
      index = Below(sum, *random);
    }
    int64_t value = 0;
    for (; index >= block(value); ++value) index -= block(value);
    point[dimension] = Coordinate(dimension, value);
    PlaceChildren(dimension, value, index, random, point);
    activated = Next(activated, dimension, value);
  }
}

}  // namespace apogee
