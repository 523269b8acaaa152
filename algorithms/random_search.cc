#include "algorithms/ordinal_algorithm.h"
#include "algorithms/registry.h"

namespace apogee {
namespace {

class RandomSearchAlgorithm : public OrdinalAlgorithm {
 public:
  explicit RandomSearchAlgorithm(const SearchSpace* space) : space_(space) {}

 private:
  std::optional<Point> PointAt(int64_t ordinal, const Rng& rng) const override {
    RandomStream random = rng.At(ordinal);
    Point point(space_->size());
    for (int i = 0; i < space_->size(); ++i) {
      point[i] = space_->Quantile(i, random.Uniform());
    }
    space_->Normalize(point);
    return point;
  }

  const SearchSpace* space_;
};

}  // namespace

AlgorithmInfo RandomSearch() {
  AlgorithmInfo info;
  info.summary = "Draws every point at random.";
  info.description =
      "Each parameter is drawn by itself: even along its scale for doubles and "
      "integers, every value as likely as the others for discrete and "
      "categorical parameters. It never ends, never gets stuck, suits any "
      "space and any number of workers, and is the yardstick for all others.\n"
      "Not for spaces where a trial costs much: QUASI_RANDOM_SEARCH covers the "
      "space better for the same number of trials.\n"
      "Bergstra and Bengio, \"Random search for hyper-parameter "
      "optimization\", JMLR 2012.";
  info.several_objectives = true;
  info.learns = false;
  info.cheap = true;
  info.create =
      [](const Problem& problem) -> absl::StatusOr<std::unique_ptr<Algorithm>> {
    return std::make_unique<RandomSearchAlgorithm>(problem.space);
  };
  return info;
}

}  // namespace apogee
