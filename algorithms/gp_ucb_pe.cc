#include "algorithms/gp/gp_search.h"

namespace apogee {

AlgorithmInfo GpUcbPe() {
  AlgorithmInfo info;
  info.summary = "TODO";
  info.description = "TODO";
  info.several_objectives = true;
  info.options = GpSearch::Options();
  info.create =
      [](const Problem& problem) -> absl::StatusOr<std::unique_ptr<Algorithm>> {
    return std::make_unique<GpSearch>(problem, /*explores=*/true);
  };
  return info;
}

}  // namespace apogee
