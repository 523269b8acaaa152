#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "algorithms/antithetic_pairs.h"
#include "algorithms/choice_space.h"
#include "algorithms/controller.h"
#include "algorithms/math/evolution_strategy.h"
#include "algorithms/number_space.h"
#include "algorithms/outcome.h"
#include "algorithms/outcome_scores.h"
#include "algorithms/registry.h"

namespace apogee {
namespace {

// Sets the directions apart from the points' own random streams.
constexpr uint64_t kDirectionPurpose = 1;
// The centre itself is looked at once in this many pairs' worth of trials.
constexpr int64_t kCenterInterval = 4;
// A half is lost when this many times as many trials have finished since it
// was issued as are pending now.
constexpr int64_t kPatience = 10;
constexpr char kCenterMemo[] = "center";

// Of the centre, in units of sigma, in the plus variant.
constexpr double kStep = 0.5;

// Numbers with fewer values are decisions.
constexpr int64_t kMinOrdered = 8;

bool IsClimbed(const Dimension& dimension) {
  return !dimension.IsCategorical() &&
         (dimension.cardinality == 0 || dimension.cardinality >= kMinOrdered);
}

std::vector<int> Dimensions(const SearchSpace& space, bool climbed) {
  std::vector<int> dimensions;
  for (int i = 0; i < space.size(); ++i) {
    if (IsClimbed(space.dimension(i)) == climbed) dimensions.push_back(i);
  }
  return dimensions;
}

struct Settings {
  std::string controller;
  int pairs;
  bool separate;
  EvolutionStrategy::Options strategy;
};

class EsEnasAlgorithm : public Algorithm {
 public:
  EsEnasAlgorithm(const Problem& problem, Settings settings)
      : space_(problem.space),
        goals_(problem.goals),
        settings_(std::move(settings)),
        climbed_(space_, Dimensions(*space_, true)),
        decided_(space_, Dimensions(*space_, false), kMinOrdered),
        strategy_(climbed_.Defaults(), settings_.strategy) {
    const absl::Span<const Variable> variables = decided_.variables();
    if (settings_.controller == "policy_gradient") {
      controller_ =
          MakePolicyGradientController(variables, {.batch = 2 * settings_.pairs,
                                                   .learning_rate = 0.1,
                                                   .entropy = 0.05});
    } else if (settings_.controller == "regularized_evolution") {
      controller_ = MakeEvolutionController(variables, 50);
    } else {
      controller_ = MakeRandomController(variables);
    }
  }

  absl::Status Observe(absl::Span<const Observation> finished) override {
    for (const Observation& trial : finished) {
      ++finished_;
      if (trial.memo == kCenterMemo) continue;
      const Outcome outcome = Judge(goals_, trial);
      const std::optional<HalfMemo> memo = HalfMemo::Parse(trial.memo);
      AntitheticPairs::Result result = {.final = true};
      if (memo.has_value()) {
        result = pairs_.Observe(*memo, trial.point, outcome);
      }
      if (result.final) {
        controller_->Learn(decided_.OptionsOf(trial.point), outcome);
      }
      if (result.pair.has_value()) {
        Climb({result.id, finished_ - memo->finished, *std::move(result.pair)});
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<Suggestion>> Suggest(
      const Ask& ask) const override {
    std::vector<AntitheticPairs::Task> tasks =
        pairs_.Tasks(ask.pending, finished_, Patience(ask.pending.size()));
    auto next = tasks.begin();
    std::vector<Suggestion> answer;
    for (int i = 0; i < ask.count; ++i) {
      const int64_t ordinal = ask.ordinal + i;
      RandomStream random = ask.rng.At(ordinal);
      if (climbed_.dimensions().empty() && ordinal > 0) {
        answer.push_back({Decide(random), ""});
        continue;
      }
      if (ordinal % (kCenterInterval * settings_.pairs) == 0) {
        answer.push_back({Center(), kCenterMemo});
        continue;
      }
      const int64_t patience = Patience(ask.pending.size() + i);
      while (next != tasks.end() && next->waited.has_value() &&
             *next->waited <= patience) {
        ++next;
      }
      if (next != tasks.end()) {
        answer.push_back(Serve(*next++, random));
        continue;
      }
      const HalfMemo memo = {.pair = ordinal,
                             .side = 0,
                             .attempt = 1,
                             .seed = ask.rng.Fork(kDirectionPurpose).seed(),
                             .sigma = strategy_.sigma(),
                             .finished = finished_,
                             .version = strategy_.version()};
      Point point = Decide(random);
      Move(memo, Point(space_->size(), kInactive), point);
      tasks = {{.memo = memo, .point = point, .again = false}};
      tasks[0].memo.side = 1;
      next = tasks.begin();
      answer.push_back({std::move(point), memo.ToText()});
    }
    return answer;
  }

 private:
  struct ReadyPair {
    int64_t id;
    // How many trials finished while its last half was on its way.
    int64_t lag;
    AntitheticPairs::Pair pair;
  };

  // How many trials finish before a pending half is taken for lost.
  int64_t Patience(size_t pending) const {
    return kPatience * std::max<int64_t>(static_cast<int64_t>(pending),
                                         int64_t{2} * settings_.pairs);
  }

  // A point with the controller's decisions; the middle in all others.
  Point Decide(RandomStream& random) const {
    Point point(space_->size(), kInactive);
    decided_.Place(controller_->Draw(random), random, point);
    space_->Normalize(point);
    return point;
  }

  // The decisions that look best at the centre of what is climbed.
  Point Center() const {
    Point point(space_->size(), kInactive);
    const std::vector<int> best = controller_->Best();
    for (size_t v = 0; v < best.size(); ++v) {
      const int i = decided_.dimensions()[v];
      point[i] = best[v] == kNoOption ? space_->dimension(i).default_coordinate
                                      : space_->CoordinateOf(i, best[v]);
    }
    climbed_.Place(
        strategy_.center(), [] { return 0.5; }, point);
    space_->Normalize(point);
    return point;
  }

  Suggestion Serve(const AntitheticPairs::Task& task,
                   RandomStream& random) const {
    if (task.again) return {task.point, task.memo.ToText()};
    Point point = settings_.separate ? Decide(random) : task.point;
    Move(task.memo, task.point, point);
    return {std::move(point), task.memo.ToText()};
  }

  // Sets the climbed coordinates of a half. Both halves of a pair round by the
  // same shares, so that they differ by their places alone. Where the centre
  // has moved since the other half was issued, the two lie about where it was:
  // that follows from the other half, unless it was cut off or rounded.
  void Move(const HalfMemo& memo, const Point& other, Point& point) const {
    RandomStream direction = Rng(memo.seed).At(memo.pair);
    const double scale = memo.side == 0 ? memo.sigma : -memo.sigma;
    const absl::Span<const int> dimensions = climbed_.dimensions();
    std::vector<double> places;
    places.reserve(dimensions.size());
    for (size_t k = 0; k < dimensions.size(); ++k) {
      const double x = other[dimensions[k]];
      const double step = scale * direction.Normal();
      const bool exact = climbed_.IsContinuous(k) && x > 0 && x < 1;
      places.push_back(std::clamp(
          exact ? x + 2 * step : strategy_.center()[k] + step, 0.0, 1.0));
    }
    climbed_.Place(
        places, [&] { return direction.Uniform(); }, point);
    space_->Normalize(point);
  }

  // How many pairs make a step: with many trials in flight more than asked
  // for, so that there are seldom more than 8 steps between a pair and the one
  // that it leads to.
  size_t PairsOfStep() const {
    std::vector<int64_t> lags;
    for (const ReadyPair& each : ready_) lags.push_back(each.lag);
    const auto middle =
        lags.begin() + static_cast<std::ptrdiff_t>(lags.size() / 2);
    std::nth_element(lags.begin(), middle, lags.end());
    return static_cast<size_t>(
        std::max<int64_t>(settings_.pairs, *middle / 16));
  }

  void Climb(ReadyPair ready) {
    if (ready.pair.halves[0].outcome.IsInfeasible() ||
        ready.pair.halves[1].outcome.IsInfeasible()) {
      return;
    }
    ready_.push_back(std::move(ready));
    if (ready_.size() < PairsOfStep()) return;
    std::vector<Outcome> outcomes;
    for (const ReadyPair& each : ready_) {
      for (const AntitheticPairs::Half& half : each.pair.halves) {
        outcomes.push_back(half.outcome);
      }
    }
    const std::vector<double> scores = ValueScores(outcomes);
    std::vector<PairResult> results;
    results.reserve(ready_.size());
    for (size_t i = 0; i < ready_.size(); ++i) {
      const AntitheticPairs::Pair& pair = ready_[i].pair;
      results.push_back(
          {.direction = Rng(pair.seed).At(ready_[i].id),
           .slope = (scores[2 * i] - scores[2 * i + 1]) / (2 * pair.sigma),
           .version = pair.version,
           .active = Active(pair)});
    }
    strategy_.Update(results);
    ready_.clear();
  }

  // Which climbed dimensions took part in both halves; empty for all.
  std::vector<bool> Active(const AntitheticPairs::Pair& pair) const {
    std::vector<bool> active;
    if (!space_->IsConditional()) return active;
    for (const int i : climbed_.dimensions()) {
      active.push_back(IsActive(pair.halves[0].point[i]) &&
                       IsActive(pair.halves[1].point[i]));
    }
    return active;
  }

  const SearchSpace* space_;
  std::vector<Goal> goals_;
  Settings settings_;
  // Dimensions that are climbed, and those that the controller decides.
  NumberSpace climbed_;
  ChoiceSpace decided_;
  EvolutionStrategy strategy_;
  std::unique_ptr<Controller> controller_;
  AntitheticPairs pairs_;
  std::vector<ReadyPair> ready_;
  int64_t finished_ = 0;
};

absl::StatusOr<std::unique_ptr<Algorithm>> Create(const Problem& problem) {
  const OptionValues& options = problem.options;
  const bool published = options.String("variant") == "published";
  const int d = static_cast<int>(Dimensions(*problem.space, true).size());
  Settings settings;
  settings.controller = options.String("controller");
  settings.separate = options.String("coupling") == "auto"
                          ? published
                          : options.String("coupling") == "separate";
  settings.pairs = static_cast<int>(options.Int("pairs"));
  if (settings.pairs == 0) {
    settings.pairs = std::clamp(static_cast<int>(std::lround(d / 6.0)), 4, 16);
  }
  using Rule = EvolutionStrategy::Rule;
  settings.strategy = {.rule = !published ? Rule::kAdaptive
                               : options.String("optimizer") == "adam"
                                   ? Rule::kAdam
                                   : Rule::kPlain,
                       .sigma = options.Double("sigma"),
                       .step = published ? options.Double("step") : kStep};
  return std::make_unique<EsEnasAlgorithm>(problem, std::move(settings));
}

}  // namespace

AlgorithmInfo EsEnas() {
  AlgorithmInfo info;
  info.summary =
      "Evolution strategy for the numbers, a controller for the choices.";
  info.description =
      "For spaces of many doubles, up to thousands, with or without choices "
      "beside them: trials come in pairs on two sides of a centre, which moves "
      "towards the better sides, while a controller learns the choices from "
      "the same trials. Doubles and numbers of 8 or more values are climbed; "
      "shorter lists, integers and all categories are chosen. Works with many "
      "workers: 8 for each pair of a step need about 1.7 times the trials that "
      "one needs. A trial that fails is tried once more.\n"
      "Not for studies of less than a few hundred trials, nor for functions "
      "that are rugged wherever one looks. Where a batch of trials has one "
      "that broke a constraint, ranks count instead of values.\n"
      "The default adapts its step size and gives both trials of a pair the "
      "same choices. The published form keeps sigma and draws choices for each "
      "trial.\n"
      "Song et al., \"ES-ENAS: Efficient evolutionary optimization for large "
      "hybrid search spaces\", 2021; Hansen and Ostermeier, \"Completely "
      "derandomized self-adaptation in evolution strategies\", 2001.";
  info.cheap = true;
  info.options = {
      {.name = "controller",
       .default_value = std::string("policy_gradient"),
       .choices = {"policy_gradient", "regularized_evolution", "random"},
       .description = "what chooses the categories and the short lists"},
      {.name = "variant",
       .default_value = std::string("plus"),
       .choices = {"plus", "published"},
       .description = "plus adapts the step size; published keeps sigma and "
                      "steps by `optimizer`"},
      {.name = "coupling",
       .default_value = std::string("auto"),
       .choices = {"auto", "shared", "separate"},
       .description = "whether the two trials of a pair share their choices; "
                      "auto is shared, in the published variant separate"},
      {.name = "pairs",
       .default_value = int64_t{0},
       .min = 0,
       .max = 10'000,
       .description = "pairs of trials per step; 0 is a sixth of the numbers, "
                      "from 4 to 16"},
      {.name = "sigma",
       .default_value = 0.1,
       .min = 1e-6,
       .max = 1,
       .description = "how far trials lie from the centre, as a share of each "
                      "range; what plus begins with and never exceeds"},
      {.name = "optimizer",
       .default_value = std::string("adam"),
       .choices = {"adam", "plain"},
       .description = "of the published variant"},
      {.name = "step",
       .default_value = 0.02,
       .min = 1e-9,
       .max = 10,
       .description = "step of the published variant's optimizer"},
  };
  info.create = Create;
  return info;
}

}  // namespace apogee
