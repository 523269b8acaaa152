#include "algorithms/number_space.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace apogee {

NumberSpace::NumberSpace(const SearchSpace* space, std::vector<int> dimensions)
    : space_(space), dimensions_(std::move(dimensions)) {}

bool NumberSpace::IsContinuous(size_t number) const {
  return space_->dimension(dimensions_[number]).cardinality == 0;
}

std::vector<double> NumberSpace::Defaults() const {
  std::vector<double> places;
  places.reserve(dimensions_.size());
  for (const int i : dimensions_) {
    const Dimension& dimension = space_->dimension(i);
    if (!IsActive(dimension.default_coordinate)) {
      places.push_back(0.5);
    } else if (dimension.kind == Dimension::Kind::kDiscrete) {
      places.push_back(static_cast<double>(space_->ValueIndexOf(
                           i, dimension.default_coordinate)) /
                       static_cast<double>(dimension.cardinality - 1));
    } else {
      places.push_back(dimension.default_coordinate);
    }
  }
  return places;
}

void NumberSpace::Place(absl::Span<const double> places,
                        absl::FunctionRef<double()> next_share,
                        Point& point) const {
  for (size_t k = 0; k < dimensions_.size(); ++k) {
    point[dimensions_[k]] =
        IsContinuous(k) ? places[k]
                        : Coordinate(dimensions_[k], places[k], next_share());
  }
}

double NumberSpace::Coordinate(int i, double place, double share) const {
  const Dimension& dimension = space_->dimension(i);
  if (dimension.kind == Dimension::Kind::kDiscrete) {
    const double index = place * static_cast<double>(dimension.cardinality - 1);
    return space_->CoordinateOf(i, std::min(static_cast<int64_t>(index + share),
                                            dimension.cardinality - 1));
  }
  int64_t low = space_->ValueIndexOf(i, place);
  if (low > 0 && space_->CoordinateOf(i, low) > place) --low;
  if (low == dimension.cardinality - 1) return 1;
  const double from = space_->CoordinateOf(i, low);
  const double to = space_->CoordinateOf(i, low + 1);
  return (place - from) / (to - from) + share >= 1 ? to : from;
}

}  // namespace apogee
