#include <algorithm>

#include "algorithms/math/halton.h"
#include "algorithms/ordinal_algorithm.h"
#include "algorithms/registry.h"

namespace apogee {
namespace {

// Sets the digit permutations apart from the points' own random streams.
constexpr uint64_t kScramblePurpose = 1;

class QuasiRandomSearchAlgorithm : public OrdinalAlgorithm {
 public:
  explicit QuasiRandomSearchAlgorithm(const SearchSpace* space)
      : space_(space),
        has_default_(
            std::any_of(space->dimensions().begin(), space->dimensions().end(),
                        [](const Dimension& dimension) {
                          return IsActive(dimension.default_coordinate);
                        })) {}

 private:
  std::optional<Point> PointAt(int64_t ordinal, const Rng& rng) const override {
    if (ordinal == 0 && has_default_) return space_->DefaultPoint();
    const int even = std::min(space_->size(), ScrambledHalton::kMaxDimensions);
    if (!halton_.has_value() || halton_seed_ != rng.seed()) {
      halton_.emplace(even, rng.Fork(kScramblePurpose));
      halton_seed_ = rng.seed();
    }
    RandomStream random = rng.At(ordinal);
    Point point(space_->size());
    for (int i = 0; i < space_->size(); ++i) {
      const double u = i < even ? halton_->At(i, ordinal) : random.Uniform();
      point[i] = space_->Quantile(i, u);
    }
    space_->Normalize(point);
    return point;
  }

  const SearchSpace* space_;
  bool has_default_;
  // Only a cache: follows from the seed of the question.
  mutable std::optional<ScrambledHalton> halton_;
  mutable uint64_t halton_seed_ = 0;
};

}  // namespace

AlgorithmInfo QuasiRandomSearch() {
  AlgorithmInfo info;
  info.summary = "Covers the space evenly, without learning from results.";
  info.description =
      "A scrambled Halton sequence: like random search, but each new point "
      "keeps away from the earlier ones, so a few dozen trials already show "
      "the whole space. The first point is the declared default (the middle "
      "for parameters without one) if any parameter declares one. It never "
      "ends and suits any space and any number of workers.\n"
      "Not for finding a narrow optimum: it does not look closer where results "
      "are good. Parameters after the first 100 are drawn at random.\n"
      "Halton, \"On the efficiency of certain quasi-random sequences of "
      "points\", 1960; Owen, \"A randomized Halton algorithm in R\", 2017.";
  info.several_objectives = true;
  info.learns = false;
  info.cheap = true;
  info.create =
      [](const Problem& problem) -> absl::StatusOr<std::unique_ptr<Algorithm>> {
    return std::make_unique<QuasiRandomSearchAlgorithm>(problem.space);
  };
  return info;
}

}  // namespace apogee
