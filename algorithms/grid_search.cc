#include <utility>

#include "algorithms/grid_options.h"
#include "algorithms/ordinal_algorithm.h"
#include "algorithms/registry.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

class GridSearchAlgorithm : public OrdinalAlgorithm {
 public:
  explicit GridSearchAlgorithm(Grid grid) : grid_(std::move(grid)) {}

 private:
  std::optional<Point> PointAt(int64_t ordinal,
                               const Rng& /*rng*/) const override {
    const absl::uint128 index = static_cast<absl::uint128>(ordinal);
    if (index >= grid_.size()) return std::nullopt;
    return grid_.At(index);
  }

  Grid grid_;
};

}  // namespace

AlgorithmInfo GridSearch() {
  AlgorithmInfo info;
  info.summary = "Tries every combination, in order, and ends.";
  info.description =
      "Every combination of values exactly once: all values of integer, "
      "discrete and categorical parameters (wide integers are thinned), evenly "
      "spread ones of doubles. In a flat space the first parameter changes "
      "fastest. In a conditional space only distinct configurations count: "
      "inactive parameters do not multiply the grid. Ends when all are done.\n"
      "For small spaces that must be covered completely. Not for more than a "
      "few parameters: the grid grows with each of them, and what was not "
      "reached when the budget ends is a whole corner of the space "
      "(SHUFFLED_GRID_SEARCH avoids that).";
  info.several_objectives = true;
  info.learns = false;
  info.cheap = true;
  info.options = GridOptionSpecs();
  info.create =
      [](const Problem& problem) -> absl::StatusOr<std::unique_ptr<Algorithm>> {
    ASSIGN_OR_RETURN(Grid grid, MakeGrid(problem));
    return std::make_unique<GridSearchAlgorithm>(std::move(grid));
  };
  return info;
}

}  // namespace apogee
