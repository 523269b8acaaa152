#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "algorithms/point_set.h"
#include "algorithms/registry.h"
#include "algorithms/standing.h"
#include "algorithms/variation.h"

namespace apogee {
namespace {

// How often a child that is known already is changed once more.
constexpr int kMaxChanges = 64;

size_t PopulationOf(const Problem& problem) {
  const int64_t given = problem.options.Int("population");
  if (given > 0) return static_cast<size_t>(given);
  if (problem.budget == 0) return 40;
  return static_cast<size_t>(std::clamp<int64_t>(problem.budget / 10, 20, 100));
}

class Nsga2Algorithm : public Algorithm {
 public:
  explicit Nsga2Algorithm(const Problem& problem)
      : space_(problem.space),
        goals_(problem.goals),
        size_(PopulationOf(problem)),
        crossover_(problem.options.Double("crossover")),
        crossover_eta_(problem.options.Double("crossover_eta")),
        mutation_eta_(problem.options.Double("mutation_eta")) {}

  absl::Status Observe(absl::Span<const Observation> finished) override {
    for (const Observation& observation : finished) {
      known_.Add(observation.point);
      next_parents_.reset();
      Outcome outcome = Judge(goals_, observation);
      if (!outcome.IsInfeasible()) {
        children_.push_back({observation.point, std::move(outcome), {}});
      }
      if (++results_ < size_) continue;
      parents_ = Survivors();
      children_.clear();
      results_ = 0;
      ++generation_;
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<Suggestion>> Suggest(
      const Ask& ask) const override {
    PointSetOverlay known(known_, ask.pending);
    size_t issued = results_;
    for (const Pending& each : ask.pending) {
      int64_t generation;
      issued +=
          absl::SimpleAtoi(each.memo, &generation) && generation == generation_;
    }
    std::vector<Suggestion> suggestions;
    for (int i = 0; i < ask.count; ++i) {
      RandomStream random = ask.rng.At(static_cast<uint64_t>(ask.ordinal) + i);
      const bool is_full = issued++ >= size_;
      const std::vector<Member>& parents = is_full ? NextParents() : parents_;
      Point point = parents.empty() ? RandomPoint(*space_, random)
                                    : Child(parents, random);
      for (int k = 0; k < kMaxChanges && known.Contains(point); ++k) {
        Mutate(random, point);
      }
      known.Add(point);
      suggestions.push_back(
          {std::move(point), absl::StrCat(generation_ + (is_full ? 1 : 0))});
    }
    return suggestions;
  }

 private:
  struct Member {
    Point point;
    Outcome outcome;
    Standing standing;
  };

  // The best of parents and children.
  std::vector<Member> Survivors() const {
    std::vector<const Member*> pool;
    for (const Member& member : parents_) pool.push_back(&member);
    for (const Member& member : children_) pool.push_back(&member);
    std::vector<const Outcome*> outcomes;
    outcomes.reserve(pool.size());
    for (const Member* member : pool) outcomes.push_back(&member->outcome);
    const std::vector<Standing> standings = Stand(outcomes);
    std::vector<size_t> order(pool.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return IsBetter(standings[a], standings[b]);
    });
    if (order.size() > size_) order.resize(size_);
    std::vector<Member> survivors;
    survivors.reserve(order.size());
    for (const size_t i : order) {
      survivors.push_back({pool[i]->point, pool[i]->outcome, standings[i]});
    }
    return survivors;
  }

  // Parents of the next generation as far as this one has ended.
  const std::vector<Member>& NextParents() const {
    if (!next_parents_.has_value()) next_parents_ = Survivors();
    return *next_parents_;
  }

  // The better of two.
  static const Member& Winner(const std::vector<Member>& members,
                              RandomStream& random) {
    const Member& a = members[random.Below(members.size())];
    const Member& b = members[random.Below(members.size())];
    return IsBetter(b.standing, a.standing) ? b : a;
  }

  Point Child(const std::vector<Member>& parents, RandomStream& random) const {
    Point child = Winner(parents, random).point;
    if (random.Uniform() < crossover_) {
      child = Crossover(*space_, child, Winner(parents, random).point,
                        crossover_eta_, random);
    }
    Mutate(random, child);
    return child;
  }

  // Changes one parameter on the average.
  void Mutate(RandomStream& random, Point& point) const {
    const std::vector<int> dimensions = Changeable(*space_, point);
    for (const int i : dimensions) {
      if (random.Below(dimensions.size()) == 0) {
        point[i] = PolynomialStep(*space_, i, point[i], mutation_eta_, random);
      }
    }
    Complete(*space_, random, point);
  }

  const SearchSpace* space_;
  std::vector<Goal> goals_;
  size_t size_;
  double crossover_;
  double crossover_eta_;
  double mutation_eta_;

  PointSet known_;
  int64_t generation_ = 0;
  // Those of this generation, empty for the first.
  std::vector<Member> parents_;
  // Feasible results since it began.
  std::vector<Member> children_;
  // All results since it began.
  size_t results_ = 0;
  // Only a cache.
  mutable std::optional<std::vector<Member>> next_parents_;
};

}  // namespace

AlgorithmInfo Nsga2() {
  AlgorithmInfo info;
  info.summary =
      "Evolves a population towards the whole front of several objectives.";
  info.description =
      "NSGA-II: each generation's children, made by crossover and mutation of "
      "parents that won a tournament, are put together with the parents; whom "
      "fewest dominate survive, and on the same front those with the most "
      "room. Suits two or three objectives, any space and some hundred trials "
      "or more; numeric parameters are crossed by SBX and changed by "
      "polynomial mutation, categories are exchanged and drawn anew. Trials "
      "that break a constraint are dominated by all that break it less. "
      "Infeasible ones have no children, and known points are not "
      "repeated.\n"
      "The first generation is random. A generation ends when as many trials "
      "as the population is large have finished since it began, whoever asked "
      "for them. When all its points are given out and more are wanted, the "
      "next generation is begun with whom would survive now; so workers never "
      "wait, and one that is lost delays nobody. Asked one "
      "point after the other, or a generation at a time, this is the "
      "algorithm of the paper.\n"
      "Not for four objectives and more, where hardly anybody dominates "
      "another, and not for fewer trials than some generations have.\n"
      "Deb et al., \"A fast and elitist multiobjective genetic algorithm: "
      "NSGA-II\", IEEE Transactions on Evolutionary Computation 2002.";
  info.several_objectives = true;
  info.cheap = true;
  info.options = {
      {.name = "population",
       .default_value = int64_t{0},
       .min = 0,
       .max = 500,
       .description = "points of a generation; 0 is a tenth of the study's "
                      "trials, within 20 to 100, and 40 if nobody limits them"},
      {.name = "crossover",
       .default_value = 0.9,
       .min = 0,
       .max = 1,
       .description = "share of children that have two parents"},
      {.name = "crossover_eta",
       .default_value = 15.0,
       .min = 0,
       .max = 1000,
       .description = "how near a numeric value stays to that of a parent"},
      {.name = "mutation_eta",
       .default_value = 20.0,
       .min = 0,
       .max = 1000,
       .description = "how small the changes of numeric values are"},
  };
  info.create = CreateAlways<Nsga2Algorithm>;
  return info;
}

}  // namespace apogee
