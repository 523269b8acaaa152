#include "algorithms/choice_space.h"

#include <algorithm>
#include <utility>

namespace apogee {

ChoiceSpace::ChoiceSpace(const SearchSpace* space, std::vector<int> dimensions,
                         int64_t max_options)
    : space_(space), dimensions_(std::move(dimensions)) {
  for (const int i : dimensions_) {
    const Dimension& dimension = space_->dimension(i);
    const bool listed =
        dimension.IsCategorical() ||
        (dimension.cardinality > 0 && dimension.cardinality <= max_options);
    variables_.push_back({.options = static_cast<int>(
                              listed ? dimension.cardinality : max_options),
                          .ordered = !dimension.IsCategorical()});
  }
}

bool ChoiceSpace::IsListed(int variable) const {
  return space_->dimension(dimensions_[variable]).cardinality ==
         variables_[variable].options;
}

std::vector<int> ChoiceSpace::OptionsOf(const Point& point) const {
  std::vector<int> options(dimensions_.size(), kNoOption);
  for (size_t v = 0; v < dimensions_.size(); ++v) {
    const int i = dimensions_[v];
    if (!IsActive(point[i])) continue;
    if (IsListed(static_cast<int>(v))) {
      options[v] = static_cast<int>(space_->ValueIndexOf(i, point[i]));
      continue;
    }
    // The last stretch that does not begin above the coordinate.
    int option = variables_[v].options - 1;
    while (option > 0 &&
           space_->Quantile(i, static_cast<double>(option) /
                                   variables_[v].options) > point[i]) {
      --option;
    }
    options[v] = option;
  }
  return options;
}

void ChoiceSpace::Place(absl::Span<const int> options, RandomStream& random,
                        Point& point) const {
  for (size_t v = 0; v < dimensions_.size(); ++v) {
    const int i = dimensions_[v];
    if (options[v] == kNoOption) {
      point[i] = kInactive;
    } else if (IsListed(static_cast<int>(v))) {
      point[i] = space_->CoordinateOf(i, options[v]);
    } else {
      point[i] = space_->Quantile(
          i, (options[v] + random.Uniform()) / variables_[v].options);
    }
  }
}

}  // namespace apogee
