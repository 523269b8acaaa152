#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "algorithms/space/search_space.h"
#include "base/rng.h"

namespace apogee {

// One decision among `options` alternatives, 1 or more.
struct Variable {
  int options;
  // The alternatives stand in an order: neighbours are alike.
  bool ordered;
};

// The option of a variable that did not take part.
inline constexpr int kNoOption = -1;

// Dimensions of a search space seen as decisions among few alternatives, one
// variable per dimension. A dimension of up to `max_options` values, and any
// categorical one, has an option for each value; other numeric ones are cut
// into `max_options` stretches, each as likely as the others. Immutable.
class ChoiceSpace {
 public:
  // `space` outlives this object. max_options >= 1.
  ChoiceSpace(const SearchSpace* space, std::vector<int> dimensions,
              int64_t max_options);

  absl::Span<const int> dimensions() const { return dimensions_; }
  absl::Span<const Variable> variables() const { return variables_; }
  // Whether each option of the variable is a value of its own.
  bool IsListed(int variable) const;

  // The options that lie in `point`; kNoOption for inactive dimensions.
  std::vector<int> OptionsOf(const Point& point) const;
  // Sets the coordinates of the dimensions, by chance within a stretch. For
  // kNoOption the coordinate becomes kInactive.
  void Place(absl::Span<const int> options, RandomStream& random,
             Point& point) const;

 private:
  const SearchSpace* space_;
  std::vector<int> dimensions_;
  std::vector<Variable> variables_;
};

}  // namespace apogee
