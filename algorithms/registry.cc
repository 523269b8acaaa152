#include "algorithms/registry.h"

namespace apogee {

#define ALGORITHM(name, file, factory) AlgorithmInfo factory();
#include "algorithms/algorithms.inc"
#undef ALGORITHM

namespace {

constexpr absl::string_view kDefaultAlgorithm = "QUASI_RANDOM_SEARCH";

std::vector<RegisteredAlgorithm> MakeAlgorithms() {
  std::vector<RegisteredAlgorithm> algorithms = {
#define ALGORITHM(name, file, factory) {name, {}, factory()},
#include "algorithms/algorithms.inc"
#undef ALGORITHM
  };
  for (RegisteredAlgorithm& algorithm : algorithms) {
    if (algorithm.name == kDefaultAlgorithm) {
      algorithm.aliases = {"DEFAULT", "ALGORITHM_UNSPECIFIED", ""};
    }
  }
  return algorithms;
}

}  // namespace

absl::Span<const RegisteredAlgorithm> Algorithms() {
  static const auto& algorithms =
      *new std::vector<RegisteredAlgorithm>(MakeAlgorithms());
  return algorithms;
}

const RegisteredAlgorithm* FindAlgorithm(absl::string_view name) {
  for (const RegisteredAlgorithm& algorithm : Algorithms()) {
    if (algorithm.name == name) return &algorithm;
    for (const std::string& alias : algorithm.aliases) {
      if (alias == name) return &algorithm;
    }
  }
  return nullptr;
}

}  // namespace apogee
