#include "algorithms/grid_options.h"

#include <cstdint>

namespace apogee {

std::vector<OptionSpec> GridOptionSpecs() {
  return {
      {.name = "double_points",
       .default_value = int64_t{10},
       .min = 1,
       .max = 10'000,
       .description =
           "grid values of each double, even on its scale from end to end"},
      {.name = "integer_points",
       .default_value = int64_t{100},
       .min = 1,
       .max = 10'000,
       .description = "most grid values of an integer; wider ranges are "
                      "thinned to so many, even on their scale"},
  };
}

absl::StatusOr<Grid> MakeGrid(const Problem& problem) {
  return Grid::Create(problem.space, {problem.options.Int("double_points"),
                                      problem.options.Int("integer_points")});
}

}  // namespace apogee
