#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "algorithms/point_set.h"
#include "algorithms/registry.h"
#include "algorithms/variation.h"

namespace apogee {
namespace {

// What a failure leaves of a firefly's perturbation, and where it is removed
// for having too little, as a share of what it started with.
constexpr double kPenalty = 0.9;
constexpr double kStuck = 0.1;
// A move that led nowhere new is perturbed again, each time more.
constexpr int kMaxChanges = 64;
constexpr double kGrowth = 1.5;
constexpr double kMaxPerturbation = 0.5;
// Chance of a new category per perturbation.
constexpr double kCategoricalFactor = 2.5;
constexpr size_t kMaxPool = 200;

// Distances are told apart by kind, so that many parameters of one kind do not
// hide those of another.
constexpr size_t kDouble = 0;
constexpr size_t kOrdered = 1;
constexpr size_t kCategorical = 2;
constexpr size_t kKinds = 3;
size_t KindOf(const Dimension& dimension) {
  if (dimension.IsCategorical()) return kCategorical;
  return dimension.cardinality > 0 ? kOrdered : kDouble;
}
// How quickly attraction fades, relative to that of doubles.
constexpr std::array<double, kKinds> kVisibility = {1, 1, 0.2};

class EagleStrategyAlgorithm : public Algorithm {
 public:
  explicit EagleStrategyAlgorithm(const Problem& problem)
      : space_(problem.space),
        goals_(problem.goals),
        capacity_(static_cast<size_t>(problem.options.Int("pool"))),
        gravity_(problem.options.Double("gravity")),
        repulsion_(problem.options.Double("repulsion")),
        visibility_(problem.options.Double("visibility")),
        perturbation_(problem.options.Double("perturbation")) {
    if (capacity_ == 0) {
      size_t choices = 0;
      for (int i = 0; i < space_->size(); ++i) {
        choices += HasChoice(*space_, i) ? 1 : 0;
      }
      capacity_ = std::min(kMaxPool, 10 + choices / 2);
    }
  }

  absl::Status Observe(absl::Span<const Observation> finished) override {
    for (const Observation& observation : finished) {
      ++results_;
      known_.Add(observation.point);
      const Outcome outcome = Judge(goals_, observation);
      const auto parent = Find(observation.memo);
      if (parent == flies_.end()) {
        Arrive(observation.point, outcome);
        continue;
      }
      parent->last_result = results_;
      if (IsBetter(outcome, parent->outcome)) {
        parent->point = observation.point;
        parent->outcome = outcome;
        continue;
      }
      parent->perturbation *= kPenalty;
      if (parent->perturbation < kStuck * perturbation_ && !IsBest(*parent)) {
        flies_.erase(parent);
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<Suggestion>> Suggest(
      const Ask& ask) const override {
    PointSetOverlay known(known_, ask.pending);
    std::vector<int64_t> running(flies_.size());
    size_t arriving = 0;
    for (const Pending& each : ask.pending) {
      const auto fly = Find(each.memo);
      if (fly == flies_.end()) {
        ++arriving;
      } else {
        ++running[static_cast<size_t>(fly - flies_.begin())];
      }
    }
    std::vector<Suggestion> suggestions;
    for (int i = 0; i < ask.count; ++i) {
      RandomStream random = ask.rng.At(static_cast<uint64_t>(ask.ordinal) + i);
      Suggestion suggestion;
      double perturbation = perturbation_;
      // Arrivals that never come do not hold the pool below one half.
      if (flies_.size() + arriving < capacity_ ||
          flies_.size() < (capacity_ + 1) / 2) {
        ++arriving;
        suggestion.point = RandomPoint(*space_, random);
      } else {
        const size_t turn = Turn(running);
        ++running[turn];
        const Fly& fly = flies_[turn];
        perturbation = fly.perturbation;
        suggestion.memo = absl::StrCat(fly.id);
        suggestion.point = fly.point;
        Attract(fly, random, suggestion.point);
        Perturb(perturbation, random, suggestion.point);
      }
      for (int k = 0; k < kMaxChanges && known.Contains(suggestion.point);
           ++k) {
        perturbation = std::min(kGrowth * perturbation, kMaxPerturbation);
        Perturb(perturbation, random, suggestion.point);
      }
      known.Add(suggestion.point);
      suggestions.push_back(std::move(suggestion));
    }
    return suggestions;
  }

 private:
  struct Fly {
    int64_t id;
    // The best that it found.
    Point point;
    Outcome outcome;
    double perturbation;
    // How many results there were when it had its last.
    int64_t last_result;
  };

  // The firefly whose move a memo says it is.
  std::vector<Fly>::const_iterator Find(const std::string& memo) const {
    int64_t id;
    if (!absl::SimpleAtoi(memo, &id)) return flies_.end();
    // Ids rise.
    const auto fly = std::lower_bound(
        flies_.begin(), flies_.end(), id,
        [](const Fly& each, int64_t wanted) { return each.id < wanted; });
    return fly != flies_.end() && fly->id == id ? fly : flies_.end();
  }
  std::vector<Fly>::iterator Find(const std::string& memo) {
    return flies_.begin() + (std::as_const(*this).Find(memo) - flies_.begin());
  }

  bool IsBest(const Fly& fly) const {
    return std::none_of(flies_.begin(), flies_.end(), [&](const Fly& each) {
      return IsBetter(each.outcome, fly.outcome);
    });
  }

  // A point that is no firefly's move joins the pool or, when that is full,
  // replaces the nearest if it is better.
  void Arrive(const Point& point, const Outcome& outcome) {
    if (outcome.IsInfeasible()) return;
    if (flies_.size() < capacity_) {
      flies_.push_back({next_id_++, point, outcome, perturbation_, results_});
      return;
    }
    const auto total = [&](const Fly& fly) {
      const auto distances = Distances(fly.point, point);
      return std::accumulate(distances.begin(), distances.end(), 0.0);
    };
    const auto nearest = std::min_element(
        flies_.begin(), flies_.end(),
        [&](const Fly& a, const Fly& b) { return total(a) < total(b); });
    if (!IsBetter(outcome, nearest->outcome)) return;
    nearest->point = point;
    nearest->outcome = outcome;
  }

  // Mean square distances over the parameters of each kind, 0 to 1. What is
  // active in one of the points only is as far as can be.
  std::array<double, kKinds> Distances(const Point& a, const Point& b) const {
    std::array<double, kKinds> sums = {};
    std::array<int, kKinds> counts = {};
    for (int i = 0; i < space_->size(); ++i) {
      if (!IsActive(a[i]) && !IsActive(b[i])) continue;
      const size_t kind = KindOf(space_->dimension(i));
      ++counts[kind];
      if (!IsActive(a[i]) || !IsActive(b[i])) {
        sums[kind] += 1;
      } else if (kind == kCategorical) {
        sums[kind] += a[i] == b[i] ? 0 : 1;
      } else {
        sums[kind] += (a[i] - b[i]) * (a[i] - b[i]);
      }
    }
    for (size_t kind = 0; kind < kKinds; ++kind) {
      if (counts[kind] > 0) sums[kind] /= counts[kind];
    }
    return sums;
  }

  // The firefly that has waited longest; a running move counts for one round.
  size_t Turn(const std::vector<int64_t>& running) const {
    const auto round = static_cast<int64_t>(flies_.size());
    size_t turn = 0;
    for (size_t i = 1; i < flies_.size(); ++i) {
      if (flies_[i].last_result + round * running[i] <
          flies_[turn].last_result + round * running[turn]) {
        turn = i;
      }
    }
    return turn;
  }

  // Moves a point towards the fireflies that shine brighter than `fly`, and a
  // little away from the others, in random order.
  void Attract(const Fly& fly, RandomStream& random, Point& point) const {
    std::vector<const Fly*> others;
    for (const Fly& each : flies_) {
      if (each.id != fly.id) others.push_back(&each);
    }
    for (size_t i = others.size(); i > 1; --i) {
      std::swap(others[i - 1], others[random.Below(i)]);
    }
    for (const Fly* other : others) {
      const double force =
          IsBetter(other->outcome, fly.outcome) ? gravity_ : -repulsion_;
      if (force == 0) continue;
      std::array<double, kKinds> pull = Distances(point, other->point);
      for (size_t kind = 0; kind < kKinds; ++kind) {
        pull[kind] = force * std::exp(-10 * visibility_ * kVisibility[kind] *
                                      pull[kind]);
      }
      for (int i = 0; i < space_->size(); ++i) {
        const double goal = other->point[i];
        if (!IsActive(goal)) continue;
        const Dimension& dimension = space_->dimension(i);
        const double share = pull[KindOf(dimension)];
        if (!IsActive(point[i])) {
          if (space_->IsActiveIn(point, i)) point[i] = goal;
        } else if (!dimension.IsCategorical()) {
          point[i] = std::clamp(point[i] + share * (goal - point[i]), 0.0, 1.0);
        } else if (random.Uniform() < share) {
          point[i] = goal;
        }
      }
    }
  }

  // Shakes all coordinates: numbers by up to `perturbation` of their scale, or
  // to a next value; categories change with a chance that follows from it.
  void Perturb(double perturbation, RandomStream& random, Point& point) const {
    std::vector<double> noise(point.size());
    double largest = 0;
    for (double& each : noise) {
      // Laplace distribution.
      each = std::log1p(-random.Uniform()) * (random.Below(2) == 0 ? 1 : -1);
      largest = std::max(largest, std::abs(each));
    }
    for (int i = 0; i < space_->size(); ++i) {
      if (!IsActive(point[i]) || !HasChoice(*space_, i)) continue;
      const Dimension& dimension = space_->dimension(i);
      const double share = largest > 0 ? noise[i] / largest : 0;
      if (dimension.IsCategorical()) {
        const double chance =
            std::abs(share) * kCategoricalFactor * perturbation;
        if (random.Uniform() < chance) {
          point[i] = Redraw(*space_, i, point[i], random);
        }
        continue;
      }
      const auto values = static_cast<double>(dimension.cardinality);
      const double reach =
          values > 0 ? std::max(perturbation, 1 / (values - 1)) : perturbation;
      point[i] = std::clamp(point[i] + share * reach, 0.0, 1.0);
    }
    Complete(*space_, random, point);
  }

  const SearchSpace* space_;
  std::vector<Goal> goals_;
  size_t capacity_;
  double gravity_;
  double repulsion_;
  double visibility_;
  double perturbation_;

  PointSet known_;
  int64_t results_ = 0;
  int64_t next_id_ = 1;
  // By id.
  std::vector<Fly> flies_;
};

}  // namespace

AlgorithmInfo EagleStrategy() {
  AlgorithmInfo info;
  info.summary = "Fireflies that fly towards brighter ones and shake.";
  info.description =
      "The firefly algorithm under the name that OSS Vizier gives it (it has "
      "no Levy flights). A pool of fireflies, random points at first, each "
      "remember the best they found. In turn each one moves: the brighter "
      "others draw it, the nearer the stronger, the darker ones push it away "
      "a little, and at the end it is shaken. If the new point is better the "
      "firefly stays there; if not, it is shaken less the next time, and one "
      "that has failed too often and is not the best is removed for a new "
      "random one. Attraction fades with distance, so several clusters can "
      "live side by side: for landscapes with several tops, numeric or mixed, "
      "and hundreds of trials or more.\n"
      "Categories are taken over with a chance instead of a move; a parameter "
      "that only one of two fireflies has makes them as far apart as can be. "
      "Trials that break a constraint are darker than all that keep it. "
      "Infeasible trials count as failed moves. Known points are not "
      "repeated. Workers never wait; a lost one delays the firefly it was "
      "sent by for one round.\n"
      "Not for fewer trials than a few times the pool, nor for smooth spaces "
      "with one top, where CMA-ES or LOCAL_SEARCH is quicker.\n"
      "Yang, \"Firefly algorithms for multimodal optimization\", SAGA 2009; "
      "Yang and Deb, \"Eagle strategy using Levy walk and firefly algorithms "
      "for stochastic optimization\", 2010.";
  info.cheap = true;
  info.options = {
      {.name = "pool",
       .default_value = int64_t{0},
       .min = 0,
       .max = kMaxPool,
       .description = "fireflies; 0 is 10 + n/2 for n parameters"},
      {.name = "gravity",
       .default_value = 0.5,
       .min = 0,
       .max = 1,
       .description = "how far a brighter one draws that is quite near"},
      {.name = "repulsion",
       .default_value = 0.02,
       .min = 0,
       .max = 1,
       .description = "how far a darker one pushes that is quite near"},
      {.name = "visibility",
       .default_value = 1.0,
       .min = 0,
       .max = 100,
       .description = "how quickly both fade with distance"},
      {.name = "perturbation",
       .default_value = 0.1,
       .min = 1e-6,
       .max = kMaxPerturbation,
       .description = "how far a new firefly shakes, as a share of the scale"},
  };
  info.create = CreateAlways<EagleStrategyAlgorithm>;
  return info;
}

}  // namespace apogee
