#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "algorithms/cat_cma.h"
#include "algorithms/outcome.h"
#include "algorithms/registry.h"

namespace apogee {
namespace {

// Sets the starts of runs apart from the points' own random streams.
constexpr uint64_t kRestartPurpose = 1;
// The population is doubled at most this often.
constexpr int kMaxDoublings = 9;
// A run that gained no more than this share of what it lacks to an earlier one
// lately is over.
constexpr double kHopeless = 0.01;

// What Observe needs to draw a point again: its distribution is that of the
// generation, its randomness that of the question.
struct Memo {
  int64_t generation;
  uint64_t ordinal;
  uint64_t seed;

  RandomStream Random() const { return Rng(seed).At(ordinal); }
};

std::string ToText(const Memo& memo) {
  return absl::StrCat(memo.generation, " ", memo.ordinal, " ", memo.seed);
}

std::optional<Memo> ParseMemo(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ' ');
  Memo memo;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[0], &memo.generation) ||
      !absl::SimpleAtoi(parts[1], &memo.ordinal) ||
      !absl::SimpleAtoi(parts[2], &memo.seed)) {
    return std::nullopt;
  }
  return memo;
}

// The median of a part of a history.
const Outcome& Median(absl::Span<const Outcome> outcomes) {
  std::vector<const Outcome*> order;
  order.reserve(outcomes.size());
  for (const Outcome& each : outcomes) order.push_back(&each);
  const auto middle =
      order.begin() + static_cast<std::ptrdiff_t>(order.size() / 2);
  std::nth_element(
      order.begin(), middle, order.end(),
      [](const Outcome* a, const Outcome* b) { return IsBetter(*a, *b); });
  return **middle;
}

class CmaEsAlgorithm : public Algorithm {
 public:
  CmaEsAlgorithm(const Problem& problem, const CatCma::Settings& settings)
      : space_(*problem.space),
        goals_(problem.goals),
        settings_(settings),
        tolerance_(problem.options.Double("tolfun")),
        restarts_option_(problem.options.String("restarts")),
        distribution_(problem.space, problem.space->DefaultPoint(), settings) {
    settings_.population = distribution_.population();
  }

  absl::Status Observe(absl::Span<const Observation> finished) override {
    for (const Observation& each : finished) {
      const std::optional<Memo> memo = ParseMemo(each.memo);
      if (!memo || memo->generation != generation_ || is_final_) continue;
      CatCma::Sample sample = distribution_.Draw(memo->Random());
      distribution_.Complete(each.point, sample);
      answers_.push_back({Judge(goals_, each), std::move(sample)});
      if (static_cast<int>(answers_.size()) < distribution_.population()) {
        continue;
      }
      EndGeneration();
      if (IsOver()) Restart(Rng(memo->seed).Fork(kRestartPurpose));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<Suggestion>> Suggest(
      const Ask& ask) const override {
    std::vector<Suggestion> suggestions;
    for (int i = 0; i < ask.count; ++i) {
      const Memo memo = {.generation = generation_,
                         .ordinal = static_cast<uint64_t>(ask.ordinal + i),
                         .seed = ask.rng.seed()};
      const CatCma::Sample sample = distribution_.Draw(memo.Random());
      suggestions.push_back({distribution_.PointOf(sample), ToText(memo)});
    }
    return suggestions;
  }

 private:
  struct Answer {
    Outcome outcome;
    CatCma::Sample sample;
  };

  void EndGeneration() {
    std::stable_sort(answers_.begin(), answers_.end(),
                     [](const Answer& a, const Answer& b) {
                       return IsBetter(a.outcome, b.outcome);
                     });
    best_.push_back(answers_.front().outcome);
    if (!record_ || IsBetter(best_.back(), *record_)) record_ = best_.back();
    median_.push_back(answers_[answers_.size() / 2].outcome);
    if (IsBetter(answers_.front().outcome, answers_.back().outcome)) {
      std::vector<const CatCma::Sample*> ranked;
      for (const Answer& each : answers_) ranked.push_back(&each.sample);
      distribution_.Learn(ranked);
    } else {
      distribution_.LearnNothing();
    }
    answers_.clear();
    ++generation_;
  }

  void Restart(const Rng& rng) {
    if (restarts_option_ == "none") {
      is_final_ = true;
      return;
    }
    RandomStream random = rng.At(static_cast<uint64_t>(++restarts_));
    CatCma::Settings settings = settings_;
    (is_large_ ? large_trials_ : small_trials_) += TrialsOfRun();
    if (is_large_) last_large_trials_ = TrialsOfRun();
    is_large_ = restarts_option_ == "ipop" ||
                (restarts_option_ == "bipop" && large_trials_ <= small_trials_);
    if (is_large_) {
      doublings_ = std::min(doublings_ + 1, kMaxDoublings);
      settings.population <<= doublings_;
    } else if (restarts_option_ == "bipop") {
      settings.population = static_cast<int>(
          settings.population *
          std::exp2((doublings_ - 1) * std::pow(random.Uniform(), 2)));
      settings.step *= std::pow(10, -2 * random.Uniform());
    }
    Point center(space_.size());
    for (int i = 0; i < space_.size(); ++i) {
      center[i] = space_.Quantile(i, random.Uniform());
    }
    distribution_ = CatCma(&space_, center, settings);
    best_.clear();
    median_.clear();
  }

  // Trials that were learned in this run.
  int64_t TrialsOfRun() const {
    return static_cast<int64_t>(best_.size()) * distribution_.population();
  }

  // Whether the run will find nothing better (Hansen's criteria), or is a small
  // one and has had half as many trials as the last large one.
  bool IsOver() const {
    const int wait =
        30 * distribution_.dimensions() / distribution_.population() + 1;
    return distribution_.IsSpent() || IsFlat(10 + wait) ||
           IsStagnant(120 + wait) ||
           (!is_large_ && last_large_trials_ > 0 &&
            TrialsOfRun() >= last_large_trials_ / 2);
  }

  // Whether the best of each of the last generations were all the same, or
  // nearly so and far from what an earlier run found.
  bool IsFlat(size_t generations) const {
    if (best_.size() < generations) return false;
    const auto [best, worst] = std::minmax_element(
        best_.end() - static_cast<std::ptrdiff_t>(generations), best_.end(),
        IsBetter);
    if (!IsBetter(*best, *worst)) return true;
    if (best->violation != worst->violation) return false;
    const double value = best->objectives[0];
    const double lack = record_->violation == best->violation
                            ? record_->objectives[0] - value
                            : 0;
    return value - worst->objectives[0] <=
           std::max({tolerance_, 1e-15 * std::abs(value), kHopeless * lack});
  }

  // Whether the end of the last part of the run was no better than its start.
  bool IsStagnant(size_t generations) const {
    const size_t length =
        std::max(generations, std::min<size_t>(best_.size() / 5, 20'000));
    if (best_.size() < length) return false;
    const auto no_better = [&](const std::vector<Outcome>& history) {
      const auto recent = absl::MakeConstSpan(history).last(length);
      const size_t part = length * 3 / 10;
      return !IsBetter(Median(recent.last(part)), Median(recent.first(part)));
    };
    return no_better(best_) && no_better(median_);
  }

  const SearchSpace& space_;
  const std::vector<Goal> goals_;
  CatCma::Settings settings_;
  const double tolerance_;
  const std::string restarts_option_;

  CatCma distribution_;
  // Counts on through restarts.
  int64_t generation_ = 0;
  int restarts_ = 0;
  // Whether this run is one of those that double the population, and how often
  // they have.
  bool is_large_ = false;
  int doublings_ = 0;
  // Of the runs before this one.
  int64_t large_trials_ = 0;
  int64_t small_trials_ = 0;
  int64_t last_large_trials_ = 0;
  // Whether the search is over for good; the last distribution stays.
  bool is_final_ = false;
  // Of this generation, in the order they came.
  std::vector<Answer> answers_;
  // Of each generation since the last restart.
  std::vector<Outcome> best_;
  std::vector<Outcome> median_;
  // The best ever.
  std::optional<Outcome> record_;
};

absl::StatusOr<std::unique_ptr<Algorithm>> Create(const Problem& problem) {
  CatCma::Settings settings;
  settings.population = static_cast<int>(problem.options.Int("population"));
  settings.step = problem.options.Double("initial_step");
  const std::string& covariance = problem.options.String("covariance");
  if (covariance == "full") {
    settings.covariance = CatCma::Covariance::kFull;
    const int places = CatCma::CountPlaces(*problem.space);
    if (places > CatCma::kMaxFull) {
      return absl::InvalidArgumentError(absl::StrCat(
          "CMA_ES learns all covariances of at most ", CatCma::kMaxFull,
          " numeric parameters, and this study has ", places,
          "; set covariance to \"separable\""));
    }
  } else if (covariance == "separable") {
    settings.covariance = CatCma::Covariance::kSeparable;
  }
  return std::make_unique<CmaEsAlgorithm>(problem, settings);
}

}  // namespace

AlgorithmInfo CmaEs() {
  AlgorithmInfo info;
  info.summary =
      "Adapts a normal distribution to the function: CMA-ES, also for integers "
      "and categories.";
  info.description =
      "For hundreds of trials or more, on functions that are ill-conditioned, "
      "curved or rugged: it learns the scales of all parameters and how they "
      "depend on each other, and looks at the order of results only. Integers "
      "and categories are searched along (CatCMA with margin). The search "
      "starts around the declared defaults (the middle for parameters without "
      "one), and again elsewhere when it has converged, makes no more progress "
      "or settles for less than an earlier start found: in turns with twice "
      "the population of the last large one, and with smaller populations and "
      "steps until these have had as many trials (BIPOP).\n"
      "Results are learnt a generation at a time: as soon as as many trials as "
      "the population has are finished, whichever they are. Trials that are "
      "lost do no harm; those that finish after their generation are not "
      "learnt. So more workers than the population are of no use: with many "
      "workers, set population to about their number. A deleted trial undoes "
      "what was learnt from its generation on.\n"
      "Not for fewer than about 10 trials per parameter. The covariances of up "
      "to 100 numeric parameters are learnt, of more only their scales. "
      "Parameters that are inactive in a trial learn nothing from it. Doubles "
      "that leave their range are smoothly mirrored at its ends.\n"
      "Hansen, \"The CMA evolution strategy: a tutorial\", 2016; Hamano et "
      "al., "
      "\"CatCMA with margin\", GECCO 2025; Hansen, \"Benchmarking a "
      "BI-population CMA-ES on the BBOB-2009 function testbed\", GECCO 2009.";
  info.cheap = true;
  info.options = {
      {.name = "population",
       .default_value = int64_t{0},
       .min = 0,
       .max = 10'000,
       .description = "Trials of a generation, at least 4; 0 stands for 4 + 3 "
                      "ln(parameters)."},
      {.name = "initial_step",
       .default_value = 0.2,
       .min = 1e-6,
       .max = 1,
       .description = "Standard deviation at the start, as a share of each "
                      "parameter's range."},
      {.name = "restarts",
       .default_value = "bipop",
       .choices = {"bipop", "ipop", "same", "none"},
       .description = "What follows when the search has converged: new ones "
                      "with large and small populations (bipop), each with "
                      "twice the population (ipop), with the same, or none."},
      {.name = "covariance",
       .default_value = "auto",
       .choices = {"auto", "full", "separable"},
       .description = "Whether to learn how numeric parameters depend on each "
                      "other (full) or only their scales (separable)."},
      {.name = "tolfun",
       .default_value = 1e-12,
       .min = 0,
       .max = 1e300,
       .description = "A search has converged when the best results of its "
                      "last generations differ by no more than this."},
  };
  info.create = Create;
  return info;
}

}  // namespace apogee
