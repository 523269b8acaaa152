#include <algorithm>
#include <cmath>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "algorithms/math/pairwise_model.h"
#include "algorithms/outcome.h"
#include "algorithms/outcome_scores.h"
#include "algorithms/registry.h"

namespace apogee {
namespace {

// Numbers of a drawn function; more take too long to draw.
constexpr double kMaxSize = 100'000;
// Numeric parameters of more values are searched on a few of them.
constexpr int64_t kMaxValues = 16;

// Annealing of a drawn function.
constexpr int kRuns = 3;
constexpr int kSweeps = 20;
constexpr double kLastTemperature = 0.01;  // of the first

class BocsAlgorithm : public Algorithm {
 public:
  // `levels` are the coordinates that each parameter may take.
  BocsAlgorithm(const Problem& problem, std::vector<std::vector<double>> levels)
      : space_(*problem.space),
        goals_(problem.goals),
        levels_(std::move(levels)),
        max_trials_(static_cast<size_t>(problem.options.Int("max_trials"))),
        initial_trials_(problem.options.Int("initial_trials")) {
    if (initial_trials_ == 0) {
      initial_trials_ = std::clamp(space_.size(), 5, 20);
    }
    for (int i = 0; i < space_.size(); ++i) {
      // The last level of a conditional parameter is to be inactive.
      level_counts_.push_back(static_cast<int>(levels_[i].size()) +
                              (space_.dimension(i).conditions.empty() ? 0 : 1));
    }
  }

  absl::Status Observe(absl::Span<const Observation> finished) override {
    for (const Observation& each : finished) {
      Trial trial = {observed_++, LevelsOf(each.point), Judge(goals_, each)};
      tried_.insert(trial.levels);
      const auto place =
          std::upper_bound(best_.begin(), best_.end(), trial,
                           [](const Trial& a, const Trial& b) {
                             return IsBetter(a.outcome, b.outcome);
                           });
      best_.insert(place, trial);
      if (best_.size() > max_trials_ / 2) best_.pop_back();
      recent_.push_front(std::move(trial));
      if (recent_.size() > max_trials_) recent_.pop_back();
    }
    if (observed_ >= initial_trials_) Fit();
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<Suggestion>> Suggest(
      const Ask& ask) const override {
    absl::flat_hash_set<Levels> pending;
    for (const Pending& each : ask.pending) {
      pending.insert(LevelsOf(each.point));
    }
    std::vector<Suggestion> suggestions;
    for (int i = 0; i < ask.count; ++i) {
      RandomStream random = ask.rng.At(static_cast<uint64_t>(ask.ordinal + i));
      std::vector<int> choices = RandomChoices(random);
      if (model_) choices = Maximize(model_->Sample(random), random);
      Levels levels = LevelsOf(choices);
      // Steps away from what was tried, ever further.
      for (size_t step = 0; step < 32 * choices.size(); ++step) {
        if (!tried_.contains(levels) && !pending.contains(levels)) break;
        const size_t changed = random.Below(choices.size());
        choices[changed] =
            static_cast<int>(random.Below(levels_[changed].size()));
        levels = LevelsOf(choices);
      }
      pending.insert(std::move(levels));
      suggestions.push_back({PointOf(choices), ""});
    }
    return suggestions;
  }

 private:
  struct Trial {
    int64_t number;
    Levels levels;
    Outcome outcome;
  };

  std::vector<int> RandomChoices(RandomStream& random) const {
    std::vector<int> choices;
    choices.reserve(levels_.size());
    for (const std::vector<double>& each : levels_) {
      choices.push_back(static_cast<int>(random.Below(each.size())));
    }
    return choices;
  }

  Point PointOf(const std::vector<int>& choices) const {
    Point point;
    point.reserve(choices.size());
    for (size_t i = 0; i < choices.size(); ++i) {
      point.push_back(levels_[i][choices[i]]);
    }
    space_.Normalize(point);
    return point;
  }

  // What becomes of a choice for every parameter when conditions are applied.
  Levels LevelsOf(const std::vector<int>& choices) const {
    if (!space_.IsConditional()) return choices;
    Levels levels = choices;
    Point point(choices.size(), kInactive);
    for (int i = 0; i < space_.size(); ++i) {
      if (space_.IsActiveIn(point, i)) {
        point[i] = levels_[i][choices[i]];
      } else {
        levels[i] = level_counts_[i] - 1;
      }
    }
    return levels;
  }

  // The nearest ones.
  Levels LevelsOf(const Point& point) const {
    Levels levels;
    levels.reserve(point.size());
    for (size_t i = 0; i < point.size(); ++i) {
      if (!IsActive(point[i])) {
        levels.push_back(level_counts_[i] - 1);
        continue;
      }
      const std::vector<double>& all = levels_[i];
      const auto nearest =
          std::min_element(all.begin(), all.end(), [&](double a, double b) {
            return std::abs(a - point[i]) < std::abs(b - point[i]);
          });
      levels.push_back(static_cast<int>(nearest - all.begin()));
    }
    return levels;
  }

  // To the best trials and, of the others, the latest.
  void Fit() {
    std::vector<Levels> rows;
    std::vector<Outcome> outcomes;
    absl::flat_hash_set<int64_t> used;
    const auto add = [&](const Trial& trial) {
      if (rows.size() >= max_trials_ || !used.insert(trial.number).second) {
        return;
      }
      rows.push_back(trial.levels);
      outcomes.push_back(trial.outcome);
    };
    // In turns, so that any number of the first rows has both.
    for (size_t i = 0; i < recent_.size(); ++i) {
      if (i < best_.size()) add(best_[i]);
      add(recent_[i]);
    }
    model_.emplace(level_counts_, std::move(rows), Merits(outcomes));
  }

  // The choices at which simulated annealing finds the function largest.
  std::vector<int> Maximize(const PairwiseFunction& function,
                            RandomStream& random) const {
    std::vector<int> best;
    double best_value = 0;
    for (int run = 0; run < kRuns; ++run) {
      Annealing state = {.choices = RandomChoices(random), .levels = {}};
      if (run == 0 && !best_.empty()) {
        for (size_t i = 0; i < state.choices.size(); ++i) {
          const int level = best_[0].levels[i];
          if (level < static_cast<int>(levels_[i].size())) {
            state.choices[i] = level;
          }
        }
      }
      state.levels = LevelsOf(state.choices);
      const double start = ValueOf(function, state.levels);
      Anneal(function, random, state);
      if (best.empty() || start + state.best_gain > best_value) {
        best = state.best_choices;
        best_value = start + state.best_gain;
      }
    }
    return best;
  }

  struct Annealing {
    std::vector<int> choices;
    Levels levels;
    // Over the start, now and at best.
    double gain = 0;
    double best_gain = 0;
    std::vector<int> best_choices;
  };

  // Rises from nothing, level by level.
  double ValueOf(const PairwiseFunction& function, const Levels& levels) const {
    Levels x(levels.size(), 0);
    double value = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      value += function.Gain(x, i, levels[i]);
      x[i] = levels[i];
    }
    return value;
  }

  void Anneal(const PairwiseFunction& function, RandomStream& random,
              Annealing& state) const {
    state.best_choices = state.choices;
    const size_t n = state.choices.size();
    double temperature = 0;
    const double cooling =
        std::pow(kLastTemperature,
                 1 / static_cast<double>(kSweeps * std::max<size_t>(n, 1)));
    for (size_t step = 0; step < kSweeps * n; ++step) {
      const size_t i = random.Below(n);
      if (levels_[i].size() < 2) continue;
      const int old_choice = state.choices[i];
      state.choices[i] = static_cast<int>(
          (old_choice + 1 + random.Below(levels_[i].size() - 1)) %
          levels_[i].size());
      const Levels old_levels = state.levels;
      const Levels wanted = LevelsOf(state.choices);
      double gain = 0;
      for (size_t j = 0; j < n; ++j) {
        if (wanted[j] == state.levels[j]) continue;
        gain += function.Gain(state.levels, j, wanted[j]);
        state.levels[j] = wanted[j];
      }
      // Starts at the largest step that was seen.
      temperature =
          std::max(temperature * cooling, step < n ? std::abs(gain) : 0.0);
      if (gain < 0 && random.Uniform() >= std::exp(gain / temperature)) {
        state.choices[i] = old_choice;
        state.levels = old_levels;
        continue;
      }
      state.gain += gain;
      if (state.gain > state.best_gain) {
        state.best_gain = state.gain;
        state.best_choices = state.choices;
      }
    }
  }

  const SearchSpace& space_;
  const std::vector<Goal> goals_;
  // Of each parameter: the coordinates it may take, and how many levels it has
  // in the model.
  const std::vector<std::vector<double>> levels_;
  std::vector<int> level_counts_;
  const size_t max_trials_;
  int64_t initial_trials_;

  int64_t observed_ = 0;
  // Best first, and latest first.
  std::vector<Trial> best_;
  std::deque<Trial> recent_;
  absl::flat_hash_set<Levels> tried_;
  std::optional<PairwiseModel> model_;
};

absl::StatusOr<std::unique_ptr<Algorithm>> Create(const Problem& problem) {
  const SearchSpace& space = *problem.space;
  const int64_t wanted = problem.options.Int("levels");
  std::vector<std::vector<double>> levels;
  std::vector<int> counts;
  for (int i = 0; i < space.size(); ++i) {
    const Dimension& dimension = space.dimension(i);
    std::vector<double>& values = levels.emplace_back();
    const bool listed =
        dimension.IsCategorical() ||
        (dimension.cardinality > 0 && dimension.cardinality <= kMaxValues);
    if (!listed && wanted == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("BOCS searches categories and numbers of at most ",
                       kMaxValues, " values, and parameter \"", space.name(i),
                       "\" has more; set option levels to 2 or more to search "
                       "it on a few of "
                       "them, or take another algorithm"));
    }
    const int64_t count = listed ? dimension.cardinality : wanted;
    if (PairwiseFunction::Size({static_cast<int>(count), 2}) > kMaxSize) {
      counts.push_back(static_cast<int>(kMaxSize));
      continue;
    }
    for (int64_t v = 0; v < count; ++v) {
      values.push_back(listed
                           ? space.CoordinateOf(i, v)
                           : space.Quantile(i, (static_cast<double>(v) + 0.5) /
                                                   static_cast<double>(count)));
    }
    // A range of a single value has only one.
    values.erase(std::unique(values.begin(), values.end()), values.end());
    counts.push_back(static_cast<int>(values.size()) + 1);
  }
  if (PairwiseFunction::Size(counts) > kMaxSize) {
    return absl::InvalidArgumentError(absl::StrCat(
        "BOCS fits one number for each pair of values of two parameters, and "
        "this study has more than ",
        kMaxSize, " such pairs; take another algorithm"));
  }
  return std::make_unique<BocsAlgorithm>(problem, std::move(levels));
}

}  // namespace

AlgorithmInfo Bocs() {
  AlgorithmInfo info;
  info.summary =
      "Fits all pairs of switches or categories, and tries where a likely fit "
      "is largest.";
  info.description =
      "For up to about 60 switches or categories whose trials cost so much "
      "that "
      "only a few hundred can be had. A linear model with a number for each "
      "value and each pair of values of two parameters is fitted to the "
      "results; for each suggestion such a model is drawn from what is likely "
      "after the results, and the point where it is largest is found by "
      "simulated annealing. Draws differ, so any number of workers is fine. "
      "Points that were tried or are pending are left out.\n"
      "The prior is normal, with one variance for single values and one for "
      "pairs that are fitted to the results, in place of the paper's "
      "horseshoe: it takes a millisecond instead of seconds. The best trials "
      "and the "
      "latest of the others are fitted, 200 in all by default.\n"
      "Not for doubles, which are searched on 8 values each (take CMA_ES), nor "
      "where groups of three or more parameters matter (HARMONICA finds a few "
      "of those). A suggestion takes a few milliseconds for 60 switches.\n"
      "Baptista and Poloczek, \"Bayesian optimization of combinatorial "
      "structures\", ICML 2018.";
  info.options = {
      {.name = "initial_trials",
       .default_value = int64_t{0},
       .min = 0,
       .max = 10'000,
       .description = "Finished trials before the first fit; 0 stands for the "
                      "number of parameters, at least 5 and at most 20."},
      {.name = "max_trials",
       .default_value = int64_t{200},
       .min = 10,
       .max = 1000,
       .description = "Trials that are fitted. Time grows with its cube."},
      {.name = "levels",
       .default_value = int64_t{8},
       .min = 0,
       .max = 16,
       .description = "Evenly spaced values on which doubles, and numbers of "
                      "more than 16 values, are searched; 0 refuses them."},
  };
  info.create = Create;
  return info;
}

}  // namespace apogee
