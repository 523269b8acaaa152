#include "algorithms/default_algorithm.h"

#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace apogee {
namespace {

// What Gaussian processes can model in time.
constexpr int64_t kModelledTrials = 1000;
constexpr int kModelledParameters = 200;
// Parameters whose covariances can be learned from thousands of trials.
constexpr int kCovariantParameters = 100;

bool HasDoubles(const SearchSpace& space) {
  return absl::c_any_of(space.dimensions(), [](const Dimension& each) {
    return each.kind == Dimension::Kind::kDouble;
  });
}

absl::string_view Choose(const Problem& problem, int64_t trials) {
  if (problem.objectives() == 0) return "QUASI_RANDOM_SEARCH";
  const int parameters = problem.space->size();
  if (std::max(problem.budget, trials) <= kModelledTrials &&
      parameters <= kModelledParameters) {
    return "GP_UCB_PE";
  }
  if (problem.objectives() > 1) return "NSGA2";
  if (!HasDoubles(*problem.space)) return "EAGLE_STRATEGY";
  return parameters <= kCovariantParameters ? "CMA_ES" : "ES_ENAS";
}

}  // namespace

const std::vector<std::string>& OpenChoiceNames() {
  static const auto& names =
      *new std::vector<std::string>{"DEFAULT", "ALGORITHM_UNSPECIFIED"};
  return names;
}

bool IsOpenChoice(absl::string_view algorithm) {
  return algorithm.empty() ||
         absl::c_linear_search(OpenChoiceNames(), algorithm);
}

const RegisteredAlgorithm& ChooseAlgorithm(const Problem& problem,
                                           int64_t trials) {
  const RegisteredAlgorithm* const chosen =
      FindAlgorithm(Choose(problem, trials));
  APOGEE_CHECK(chosen != nullptr);
  return *chosen;
}

std::string OpenChoiceDescription() {
  return absl::StrCat(
      "The choice is made once, when the study is created, and stored with it; "
      "`apogee study show` tells it. The first line that fits:\n"
      "  QUASI_RANDOM_SEARCH  no metric without a threshold\n"
      "  GP_UCB_PE            no budget or at most ",
      kModelledTrials, " trials, and at most ", kModelledParameters,
      " parameters\n"
      "  NSGA2                several objectives\n"
      "  EAGLE_STRATEGY       no parameter of type double\n"
      "  CMA_ES               at most ",
      kCovariantParameters,
      " parameters\n"
      "  ES_ENAS              any other\n"
      "Trials that an imported study brings along count like a budget. Who "
      "wants thousands of trials, or has trials of a second, says so by a "
      "budget or names an algorithm. The options of such a study are those of "
      "the algorithm that is chosen.");
}

}  // namespace apogee
