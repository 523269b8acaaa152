#include <deque>
#include <utility>

#include "algorithms/point_set.h"
#include "algorithms/registry.h"
#include "algorithms/standing.h"
#include "algorithms/variation.h"

namespace apogee {
namespace {

// How often a child that is known already is changed once more.
constexpr int kMaxChanges = 64;

class RegularizedEvolutionAlgorithm : public Algorithm {
 public:
  explicit RegularizedEvolutionAlgorithm(const Problem& problem)
      : space_(problem.space),
        goals_(problem.goals),
        capacity_(static_cast<size_t>(problem.options.Int("population"))),
        tournament_(static_cast<size_t>(problem.options.Int("tournament"))),
        gaussian_(problem.options.String("mutation") == "gaussian"),
        step_(problem.options.Double("step")),
        deduplicate_(problem.options.Bool("deduplicate")) {}

  absl::Status Observe(absl::Span<const Observation> finished) override {
    for (const Observation& observation : finished) {
      ++finished_;
      if (deduplicate_) known_.Add(observation.point);
      Outcome outcome = Judge(goals_, observation);
      if (outcome.IsInfeasible()) continue;
      population_.push_back({observation.point, std::move(outcome)});
      if (population_.size() > capacity_) population_.pop_front();
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<Suggestion>> Suggest(
      const Ask& ask) const override {
    PointSetOverlay known(known_, ask.pending);
    std::vector<Suggestion> suggestions;
    for (int i = 0; i < ask.count; ++i) {
      RandomStream random = ask.rng.At(static_cast<uint64_t>(ask.ordinal) + i);
      Point point = IsStart(ask.pending.size() + i)
                        ? RandomPoint(*space_, random)
                        : Mutate(Parent(random), random);
      if (deduplicate_) {
        for (int k = 0; k < kMaxChanges && known.Contains(point); ++k) {
          point = Mutate(std::move(point), random);
        }
        known.Add(point);
      }
      suggestions.push_back({std::move(point), ""});
    }
    return suggestions;
  }

 private:
  struct Member {
    Point point;
    Outcome outcome;
  };

  // Whether too little is known to choose parents, or enough has not been tried
  // yet. Trials that never end do not prolong the start.
  bool IsStart(size_t pending) const {
    return finished_ + pending < capacity_ || population_.empty() ||
           (finished_ < capacity_ && population_.size() < tournament_);
  }

  // The best of a random sample.
  const Point& Parent(RandomStream& random) const {
    std::vector<const Member*> sample;
    std::vector<const Outcome*> outcomes;
    for (size_t i = 0; i < tournament_; ++i) {
      sample.push_back(&population_[random.Below(population_.size())]);
      outcomes.push_back(&sample.back()->outcome);
    }
    const std::vector<Standing> standings = Stand(outcomes);
    size_t best = 0;
    for (size_t i = 1; i < sample.size(); ++i) {
      if (IsBetter(standings[i], standings[best])) best = i;
    }
    return sample[best]->point;
  }

  // Changes one parameter.
  Point Mutate(Point point, RandomStream& random) const {
    const std::vector<int> dimensions = Changeable(*space_, point);
    if (dimensions.empty()) return point;
    const int i = dimensions[random.Below(dimensions.size())];
    point[i] = gaussian_ ? GaussianStep(*space_, i, point[i], step_, random)
                         : Redraw(*space_, i, point[i], random);
    Complete(*space_, random, point);
    return point;
  }

  const SearchSpace* space_;
  std::vector<Goal> goals_;
  size_t capacity_;
  size_t tournament_;
  bool gaussian_;
  double step_;
  bool deduplicate_;

  size_t finished_ = 0;
  PointSet known_;
  // The last feasible trials, the oldest first.
  std::deque<Member> population_;
};

}  // namespace

AlgorithmInfo RegularizedEvolution() {
  AlgorithmInfo info;
  info.summary =
      "Changes one parameter of a good recent trial at a time; old trials die.";
  info.description =
      "Aging evolution: the last trials form a population, each new point is "
      "the best of a few drawn from it with one parameter changed, and whoever "
      "joins pushes out the oldest. Because nobody lives long, a result that "
      "was good by luck is soon forgotten. It starts with random points, "
      "needs nothing but an order of results, suits conditional spaces of many "
      "categorical and integer parameters (network architectures above all) "
      "and any number of workers, who never wait for each other.\n"
      "Several objectives: the best of a sample is one that none of the "
      "others dominates, the one with the most room on its front. "
      "Constraints: a trial that breaks one loses to all that keep them and to "
      "those that break them less, and its objective does not count. So a "
      "limit that the worker measures (step time, memory, parameters) is a "
      "metric with a threshold, and a worker that sees it broken may end the "
      "trial there: it reports that metric, and any number as the objective, "
      "for a trial that lacks a metric counts as infeasible. A trial that was "
      "stopped early counts by the last measurement it reported. Infeasible "
      "trials are not repeated and have no children.\n"
      "Not for purely numeric spaces (a model or CMA-ES is better there), and "
      "not for a few dozen trials: it learns only when the population is "
      "full, so the population should be a tenth of the trials or less.\n"
      "Real et al., \"Regularized evolution for image classifier architecture "
      "search\", AAAI 2019.";
  info.several_objectives = true;
  info.cheap = true;
  info.options = {
      {.name = "population",
       .default_value = int64_t{30},
       .min = 2,
       .max = 100'000,
       .description = "how many of the last trials may have children"},
      {.name = "tournament",
       .default_value = int64_t{10},
       .min = 1,
       .max = 1000,
       .description = "how many are drawn for the best of them to be a parent"},
      {.name = "mutation",
       .default_value = std::string("uniform"),
       .choices = {"gaussian", "uniform"},
       .description = "a numeric parameter takes any other value, or a step"},
      {.name = "step",
       .default_value = 0.1,
       .min = 1e-6,
       .max = 1,
       .description =
           "standard deviation of gaussian steps, as a share of the scale"},
      {.name = "deduplicate",
       .default_value = true,
       .description = "known points are changed again until they are new"},
  };
  info.create = CreateAlways<RegularizedEvolutionAlgorithm>;
  return info;
}

}  // namespace apogee
