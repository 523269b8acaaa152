#include <algorithm>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "algorithms/choice_space.h"
#include "algorithms/controller.h"
#include "algorithms/cost_table.h"
#include "algorithms/outcome.h"
#include "algorithms/registry.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

using google::protobuf::Value;

std::vector<int> AllDimensions(const SearchSpace& space) {
  std::vector<int> dimensions(space.size());
  std::iota(dimensions.begin(), dimensions.end(), 0);
  return dimensions;
}

struct CostLimit {
  CostTable table;
  double max;
  // Meets the limit.
  Point cheapest;
};

class PolicyGradientAlgorithm : public Algorithm {
 public:
  PolicyGradientAlgorithm(const Problem& problem, ChoiceSpace choices,
                          const PolicyGradientOptions& options,
                          std::optional<CostLimit> limit)
      : space_(problem.space),
        goals_(problem.goals),
        choices_(std::move(choices)),
        limit_(std::move(limit)),
        controller_(
            MakePolicyGradientController(choices_.variables(), options)) {}

  absl::Status Observe(absl::Span<const Observation> finished) override {
    for (const Observation& trial : finished) {
      controller_->Learn(choices_.OptionsOf(trial.point), Judge(goals_, trial));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<Suggestion>> Suggest(
      const Ask& ask) const override {
    std::vector<Suggestion> answer;
    for (int i = 0; i < ask.count; ++i) {
      RandomStream random = ask.rng.At(ask.ordinal + i);
      answer.push_back({limit_.has_value() ? DrawAffordable(random)
                                           : Normalized(Draw(random)),
                        ""});
    }
    return answer;
  }

 private:
  // A coordinate for every dimension, active or not.
  Point Draw(RandomStream& random) const {
    Point point(space_->size());
    choices_.Place(controller_->Draw(random), random, point);
    return point;
  }

  Point Normalized(Point point) const {
    space_->Normalize(point);
    return point;
  }

  // Drawn until affordable. Where that is too rare, coordinates of the last
  // draw give way to the cheapest, one after the other.
  Point DrawAffordable(RandomStream& random) const {
    const auto is_affordable = [&](const Point& point) {
      return limit_->table.Of(point) <= limit_->max;
    };
    constexpr int kMaxDraws = 200;
    Point drawn;
    Point point;
    for (int i = 0; i < kMaxDraws; ++i) {
      drawn = Draw(random);
      point = Normalized(drawn);
      if (is_affordable(point)) return point;
    }
    std::vector<size_t> order(drawn.size());
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), random);
    for (const size_t i : order) {
      if (!IsActive(limit_->cheapest[i])) continue;
      drawn[i] = limit_->cheapest[i];
      point = Normalized(drawn);
      if (is_affordable(point)) return point;
    }
    return point;
  }

  const SearchSpace* space_;
  std::vector<Goal> goals_;
  ChoiceSpace choices_;
  std::optional<CostLimit> limit_;
  std::unique_ptr<Controller> controller_;
};

absl::StatusOr<std::unique_ptr<Algorithm>> Create(const Problem& problem) {
  const SearchSpace& space = *problem.space;
  const OptionValues& options = problem.options;
  ChoiceSpace choices(&space, AllDimensions(space), options.Int("bins"));
  std::optional<CostLimit> limit;
  const double max_cost = options.Double("max_cost");
  if (const Value& cost = options.Json("cost"); !cost.has_null_value()) {
    ASSIGN_OR_RETURN(CostTable table, CostTable::Create(&space, cost));
    Point cheapest = table.Cheapest();
    Point point = cheapest;
    space.Normalize(point);
    const double least = table.Of(point);
    if (least > max_cost) {
      return absl::InvalidArgumentError(
          absl::StrCat("option \"max_cost\" is ", max_cost,
                       ", but the cheapest values cost ", least,
                       "; it must be at least that"));
    }
    limit = {std::move(table), max_cost, std::move(cheapest)};
  } else if (max_cost != 0) {
    return absl::InvalidArgumentError(
        "option \"max_cost\" needs the option \"cost\", which says what each "
        "value costs");
  }
  return std::make_unique<PolicyGradientAlgorithm>(
      problem, std::move(choices),
      PolicyGradientOptions{
          .batch = static_cast<int>(options.Int("batch")),
          .learning_rate = options.Double("learning_rate"),
          .entropy = options.Double("entropy"),
          .use_order = options.String("numbers") == "ordered"},
      std::move(limit));
}

Value Null() {
  Value null;
  null.set_null_value(google::protobuf::NULL_VALUE);
  return null;
}

}  // namespace

AlgorithmInfo PolicyGradient() {
  AlgorithmInfo info;
  info.summary =
      "Learns a probability for each value, by itself for each parameter.";
  info.description =
      "REINFORCE on ranks: values that did well are drawn more often. For "
      "architectures and other choices among lists, with thousands of trials "
      "and any number of workers; it never waits for a trial, and a late one "
      "teaches as much as any other. With `cost` and `max_cost` every "
      "suggestion keeps to a cost that is known before the trial, such as a "
      "number of weights: points are drawn until one does (TabNAS). The share "
      "of draws that do, which the paper estimates to correct its steps, is "
      "the same for all trials of a step; here a step compares them with each "
      "other, so it cancels out.\n"
      "Numbers are cut into `bins` stretches, so it finds the region of a good "
      "number and not the number: use ES_ENAS where most parameters are "
      "doubles. Parameters are learned one by one; what only pays together is "
      "found late. Not for studies of less than a hundred trials.\n"
      "Williams, \"Simple statistical gradient-following algorithms for "
      "connectionist reinforcement learning\", 1992; Yang et al., \"TabNAS: "
      "rejection sampling for neural architecture search on tabular "
      "datasets\", NeurIPS 2022.";
  info.cheap = true;
  info.options = {
      {.name = "batch",
       .default_value = int64_t{8},
       .min = 2,
       .max = 10'000,
       .description = "finished trials per step"},
      {.name = "learning_rate",
       .default_value = 0.2,
       .min = 1e-6,
       .max = 10,
       .description = "step of the log-probabilities"},
      {.name = "entropy",
       .default_value = 0.05,
       .min = 0,
       .max = 10,
       .description = "weight of staying undecided"},
      {.name = "bins",
       .default_value = int64_t{10},
       .min = 1,
       .max = 1'000,
       .description = "stretches that a double, or a number of more values "
                      "than that, is cut into"},
      {.name = "numbers",
       .default_value = std::string("ordered"),
       .choices = {"ordered", "categories"},
       .description = "whether values of a number share what they learn with "
                      "their neighbours"},
      {.name = "cost",
       .default_value = Null(),
       .description = "what each value costs: {\"table\": {parameter: {value: "
                      "cost}}}; parameters left out cost nothing"},
      {.name = "max_cost",
       .default_value = 0.0,
       .min = -1e300,
       .max = 1e300,
       .description = "most that the values of a point may cost together"},
  };
  info.create = Create;
  return info;
}

}  // namespace apogee
