#include "tests/bench/search/transfer_problem.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "algorithms/background.h"
#include "algorithms/guided/named_points.h"
#include "algorithms/variation.h"
#include "base/check.h"
#include "base/rng.h"
#include "tests/bench/search/scorers.h"

namespace apogee {
namespace {

// Other tasks, and trials of each.
constexpr size_t kPriors = 8;
constexpr int kTrials = 100;
// Purposes of random numbers.
constexpr uint64_t kOfTrials = 1;
constexpr uint64_t kOfPriors = 2;
constexpr double kRegretOfNothing = 3;

// Random trials of every task.
std::vector<PriorStudy> TryAll(const TaskFamily& family, Hearsay hearsay) {
  const absl::StatusOr<SearchSpace> space =
      SearchSpace::Create(family.spec.parameters());
  APOGEE_CHECK(space.ok());
  std::vector<PriorStudy> studies;
  studies.reserve(family.tasks.size());
  for (size_t task = 0; task < family.tasks.size(); ++task) {
    RandomStream random = Rng(kOfTrials).At(task);
    PriorStudy study = {family.tasks[task].name, {}};
    study.study.text.metric = family.spec.metrics(0).metric_id();
    study.study.text.maximize =
        family.minimize == (hearsay == Hearsay::kFlipped);
    study.study.text.metadata = {{"task", family.tasks[task].name}};
    study.study.trials.reserve(kTrials);
    for (int i = 0; i < kTrials; ++i) {
      const Point point = RandomPoint(*space, random);
      study.study.trials.push_back(
          {ToNamed(*space, point), family.measure(task, space->Decode(point))});
    }
    studies.push_back(std::move(study));
  }
  return studies;
}

// What a study of this task is told: trials of others, drawn by its number.
std::shared_ptr<const Background> BackgroundOf(
    const TaskFamily& family, const std::vector<PriorStudy>& studies,
    size_t task) {
  const auto background = std::make_shared<Background>();
  background->text = studies[task].study.text;
  background->text.maximize = !family.minimize;
  std::vector<size_t> others(studies.size());
  std::iota(others.begin(), others.end(), size_t{0});
  others.erase(others.begin() + static_cast<std::ptrdiff_t>(task));
  RandomStream random = Rng(kOfPriors).At(task);
  for (size_t i = 0; i < std::min(kPriors, others.size()); ++i) {
    std::swap(others[i], others[i + random.Below(others.size() - i)]);
    background->priors.push_back(studies[others[i]]);
  }
  return background;
}

}  // namespace

ProblemChoice TransferProblem(TaskFamily family, Hearsay hearsay) {
  ProblemChoice choice;
  choice.name = absl::StrCat(
      family.name, hearsay == Hearsay::kFlipped ? "/flipped" : "/transfer");
  const auto tasks = std::make_shared<const TaskFamily>(std::move(family));
  const auto studies =
      std::make_shared<const std::vector<PriorStudy>>(TryAll(*tasks, hearsay));
  choice.make = [tasks, studies](const Occasion& occasion) {
    const size_t task =
        static_cast<size_t>(occasion.instance - 1) % tasks->tasks.size();
    const TaskFamily::Task& scale = tasks->tasks[task];
    TestProblem problem;
    problem.spec = tasks->spec;
    problem.evaluate = [tasks, task](const Parameters& parameters,
                                     RandomStream&) {
      const std::optional<double> value = tasks->measure(task, parameters);
      if (!value) return Evaluation();
      return Evaluation{.measured = {*value}, .exact = {*value}};
    };
    const BestScale best = {.minimize = tasks->minimize,
                            .best = scale.best,
                            .unit = std::abs(scale.best - scale.median),
                            .regret_of_nothing = kRegretOfNothing};
    problem.new_scorer = [best] { return BestScorer(best); };
    problem.background = BackgroundOf(*tasks, *studies, task);
    return problem;
  };
  return choice;
}

}  // namespace apogee
