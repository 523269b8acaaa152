#include <utility>

#include "algorithms/grid_options.h"
#include "algorithms/math/permutation.h"
#include "algorithms/ordinal_algorithm.h"
#include "algorithms/registry.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

// Sets the order of the points apart from other uses of the seed.
constexpr uint64_t kShufflePurpose = 1;

class ShuffledGridSearchAlgorithm : public OrdinalAlgorithm {
 public:
  explicit ShuffledGridSearchAlgorithm(Grid grid) : grid_(std::move(grid)) {}

 private:
  std::optional<Point> PointAt(int64_t ordinal, const Rng& rng) const override {
    const absl::uint128 index = static_cast<absl::uint128>(ordinal);
    if (index >= grid_.size()) return std::nullopt;
    // Draws from a grid this large do not repeat.
    if (grid_.size() >= Grid::kHuge) return grid_.Sample(rng.At(ordinal));
    const Permutation order(grid_.size(), rng.Fork(kShufflePurpose));
    return grid_.At(order(index));
  }

  Grid grid_;
};

}  // namespace

AlgorithmInfo ShuffledGridSearch() {
  AlgorithmInfo info;
  info.summary = "Tries every combination once, in random order, and ends.";
  info.description =
      "The points of GRID_SEARCH in an order that follows from the study's "
      "seed, each exactly once, so that a search that is cut short has seen "
      "all of the space a little instead of one corner completely. Uses no "
      "memory for the grid; one of more than 2^96 points is sampled, with a "
      "negligible chance of a repeated point.\n"
      "For spaces of discrete choices where repeating a point is a waste. Not "
      "for spaces of many doubles, where QUASI_RANDOM_SEARCH tries more "
      "different values of each.";
  info.several_objectives = true;
  info.learns = false;
  info.cheap = true;
  info.options = GridOptionSpecs();
  info.create =
      [](const Problem& problem) -> absl::StatusOr<std::unique_ptr<Algorithm>> {
    ASSIGN_OR_RETURN(Grid grid, MakeGrid(problem));
    return std::make_unique<ShuffledGridSearchAlgorithm>(std::move(grid));
  };
  return info;
}

}  // namespace apogee
