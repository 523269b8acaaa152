#include "tests/algorithms/simulated_study.h"

#include <algorithm>
#include <limits>

#include "tests/testing/matchers.h"

namespace apogee {

std::vector<Observation> RunStudy(Algorithm& algorithm,
                                  const SimulatedStudy& study,
                                  const Evaluate& evaluate) {
  const Rng rng(study.seed);
  RandomStream random = rng.Fork(99).At(0);
  // Lost trials first.
  std::vector<Pending> pending;
  size_t lost = 0;
  int64_t ordinal = 0;
  std::vector<Observation> finished;
  while (finished.size() < static_cast<size_t>(study.trials)) {
    if (pending.size() < lost + static_cast<size_t>(study.workers)) {
      auto suggestions = algorithm.Suggest({1, ordinal, pending, rng});
      EXPECT_OK(suggestions);
      if (!suggestions.ok() || suggestions->empty()) break;
      const bool is_lost = random.Uniform() < study.lost;
      const auto place = pending.begin() + static_cast<int64_t>(lost);
      pending.insert(is_lost ? place : pending.end(),
                     {++ordinal, std::move((*suggestions)[0].point),
                      std::move((*suggestions)[0].memo)});
      lost += is_lost ? 1 : 0;
      continue;
    }
    const auto trial =
        pending.begin() +
        static_cast<int64_t>(lost + random.Below(pending.size() - lost));
    const bool fails = random.Uniform() < study.infeasible;
    finished.push_back({trial->trial_id, trial->point,
                        fails ? std::vector<double>() : evaluate(trial->point),
                        trial->memo});
    pending.erase(trial);
    EXPECT_OK(algorithm.Observe({&finished.back(), 1}));
  }
  return finished;
}

double BestSafe(const std::vector<Observation>& finished) {
  double best = -std::numeric_limits<double>::infinity();
  for (const Observation& each : finished) {
    if (each.IsFeasible() &&
        std::all_of(each.metrics.begin() + 1, each.metrics.end(),
                    [](double metric) { return metric >= 0; })) {
      best = std::max(best, each.metrics[0]);
    }
  }
  return best;
}

}  // namespace apogee
