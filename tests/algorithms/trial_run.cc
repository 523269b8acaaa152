#include "tests/algorithms/trial_run.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "tests/testing/matchers.h"

namespace apogee {

std::vector<Observation> RunTrials(Algorithm& algorithm, uint64_t seed,
                                   int trials, const Evaluation& evaluate,
                                   const Workers& workers) {
  const Rng rng(seed);
  RandomStream random = rng.Fork(1000).At(0);
  std::vector<Pending> pending;
  std::vector<Observation> finished;
  // The trials that will end; the lost ones stay pending.
  std::vector<int64_t> running;
  for (int i = 0; i < trials; ++i) {
    const auto suggestions = algorithm.Suggest({1, i, pending, rng});
    EXPECT_OK(suggestions);
    if (!suggestions.ok() || suggestions->empty()) break;
    pending.push_back(
        {i + 1, suggestions->at(0).point, suggestions->at(0).memo});
    if (random.Uniform() >= workers.lost) running.push_back(i + 1);
    if (static_cast<int>(running.size()) < workers.count) continue;

    const auto chosen = running.begin() + static_cast<std::ptrdiff_t>(
                                              random.Below(running.size()));
    const auto trial = std::find_if(
        pending.begin(), pending.end(),
        [&](const Pending& each) { return each.trial_id == *chosen; });
    Observation observation = {trial->trial_id, trial->point, {}, trial->memo};
    if (random.Uniform() >= workers.infeasible) {
      observation.metrics = evaluate(trial->point);
    }
    running.erase(chosen);
    pending.erase(trial);
    EXPECT_OK(algorithm.Observe({&observation, 1}));
    finished.push_back(std::move(observation));
  }
  return finished;
}

double Best(const std::vector<Observation>& finished) {
  double best = -std::numeric_limits<double>::infinity();
  for (const Observation& each : finished) {
    if (each.IsFeasible()) best = std::max(best, each.metrics[0]);
  }
  return best;
}

}  // namespace apogee
