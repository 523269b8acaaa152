#include "algorithms/gp/gp_search.h"

namespace apogee {

AlgorithmInfo GpUcbPe() {
  AlgorithmInfo info;
  info.summary =
      "GAUSSIAN_PROCESS_BANDIT that also explores: for workers side by side.";
  info.description =
      "As GAUSSIAN_PROCESS_BANDIT, but some trials are pure exploration: the "
      "point of which least is known, among those that may be as good as the "
      "best. That is one in ten when results came since the last suggestion "
      "(seven in ten when noise outweighs what can be learnt), and three in "
      "four when none did, as for the later points of a batch. With many "
      "workers it makes more of each round; with one it leaves valleys that "
      "are not the deepest.\n"
      "Contal et al., \"Parallel Gaussian process optimization with upper "
      "confidence bound and pure exploration\", 2013; Song et al., \"The "
      "Vizier Gaussian process bandit algorithm\", 2024.";
  info.several_objectives = true;
  info.options = GpSearch::Options();
  info.explain = GpSearch::Explain;
  info.create =
      [](const Problem& problem) -> absl::StatusOr<std::unique_ptr<Algorithm>> {
    return std::make_unique<GpSearch>(problem, /*explores=*/true);
  };
  return info;
}

}  // namespace apogee
