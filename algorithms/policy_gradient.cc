#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "algorithms/choice_space.h"
#include "algorithms/controller.h"
#include "algorithms/outcome.h"
#include "algorithms/registry.h"
#include "base/nearest.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

using google::protobuf::Value;

std::vector<int> AllDimensions(const SearchSpace& space) {
  std::vector<int> dimensions(space.size());
  std::iota(dimensions.begin(), dimensions.end(), 0);
  return dimensions;
}

// What each option costs, known before any trial. Costs add up over the
// dimensions that take part.
class CostTable {
 public:
  // INVALID_ARGUMENT  `table` is not of the form {parameter: {value: cost}},
  //                   leaves out a value, or speaks of one that is none
  static absl::StatusOr<CostTable> Create(const SearchSpace& space,
                                          const ChoiceSpace& choices,
                                          const Value& table) {
    CostTable result;
    for (const Variable& variable : choices.variables()) {
      result.costs_.emplace_back(variable.options);
    }
    if (!table.has_struct_value()) {
      return absl::InvalidArgumentError(
          "option \"cost\" must be an object: {parameter: {value: cost}}");
    }
    for (const auto& [name, values] : table.struct_value().fields()) {
      const std::vector<int> dimensions = space.Find(name);
      if (dimensions.empty()) {
        std::vector<std::string> known;
        known.reserve(space.size());
        for (int i = 0; i < space.size(); ++i) known.push_back(space.name(i));
        return Error(name, absl::StrCat("is not in the search space",
                                        DidYouMean(name, known)));
      }
      for (const int i : dimensions) {
        RETURN_IF_ERROR(result.Fill(space, choices, i, values));
      }
    }
    return result;
  }

  double CostOf(const std::vector<int>& options) const {
    double cost = 0;
    for (size_t v = 0; v < options.size(); ++v) {
      if (options[v] != kNoOption) cost += costs_[v][options[v]];
    }
    return cost;
  }

  // The option of each variable that costs least together with what it
  // activates.
  std::vector<int> Cheapest(const SearchSpace& space) const {
    std::vector<std::vector<double>> total = costs_;
    std::vector<int> cheapest(costs_.size());
    for (size_t v = costs_.size(); v-- > 0;) {
      const auto least = std::min_element(total[v].begin(), total[v].end());
      cheapest[v] = static_cast<int>(least - total[v].begin());
      for (const Dimension::Condition& condition :
           space.dimension(static_cast<int>(v)).conditions) {
        std::vector<double>& parent = total[condition.parent];
        for (const int64_t value : condition.values) {
          if (value < static_cast<int64_t>(parent.size())) {
            parent[value] += *least;
          }
        }
      }
    }
    return cheapest;
  }

 private:
  static absl::Status Error(absl::string_view parameter,
                            absl::string_view what) {
    return absl::InvalidArgumentError(
        absl::StrCat("option \"cost\": parameter \"", parameter, "\" ", what));
  }

  absl::Status Fill(const SearchSpace& space, const ChoiceSpace& choices, int i,
                    const Value& values) {
    const std::string& name = space.name(i);
    if (!choices.IsListed(i)) {
      return Error(name,
                   "has no list of values, or more of them than the option "
                   "\"bins\"; leave it out");
    }
    if (!values.has_struct_value()) {
      return Error(name, "needs an object with a cost for each value");
    }
    constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
    std::fill(costs_[i].begin(), costs_[i].end(), kMissing);
    for (const auto& [text, cost] : values.struct_value().fields()) {
      Value value;
      double number = 0;
      if (space.dimension(i).IsCategorical()) {
        value.set_string_value(text);
      } else if (absl::SimpleAtod(text, &number)) {
        value.set_number_value(number);
      } else {
        return Error(name, absl::StrCat("has no value \"", text, "\""));
      }
      ASSIGN_OR_RETURN(const double coordinate, space.EncodeValue(i, value));
      if (!cost.has_number_value() || !std::isfinite(cost.number_value())) {
        return Error(
            name, absl::StrCat("needs a number as the cost of \"", text, "\""));
      }
      costs_[i][space.ValueIndexOf(i, coordinate)] = cost.number_value();
    }
    for (size_t k = 0; k < costs_[i].size(); ++k) {
      if (std::isnan(costs_[i][k])) {
        return Error(name,
                     absl::StrCat("has no cost for its value number ", k + 1));
      }
    }
    return absl::OkStatus();
  }

  // By variable and option; the variables are all dimensions in their order.
  std::vector<std::vector<double>> costs_;
};

struct CostLimit {
  CostTable table;
  double max;
  // Meets the limit.
  std::vector<int> cheapest;
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
      answer.push_back(
          {limit_.has_value() ? DrawAffordable(random) : Draw(random), ""});
    }
    return answer;
  }

 private:
  Point Draw(RandomStream& random) const {
    return Place(controller_->Draw(random), random);
  }

  Point Place(const std::vector<int>& options, RandomStream& random) const {
    Point point(space_->size());
    choices_.Place(options, random, point);
    space_->Normalize(point);
    return point;
  }

  bool IsAffordable(const Point& point) const {
    return limit_->table.CostOf(choices_.OptionsOf(point)) <= limit_->max;
  }

  // Drawn until affordable. Where that is too rare, decisions of the last draw
  // give way to the cheapest, one after the other.
  Point DrawAffordable(RandomStream& random) const {
    constexpr int kMaxDraws = 200;
    std::vector<int> options;
    for (int i = 0; i < kMaxDraws; ++i) {
      options = controller_->Draw(random);
      Point point = Place(options, random);
      if (IsAffordable(point)) return point;
    }
    std::vector<size_t> order(options.size());
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), random);
    for (const size_t v : order) {
      options[v] = limit_->cheapest[v];
      Point point = Place(options, random);
      if (IsAffordable(point)) return point;
    }
    return Place(limit_->cheapest, random);
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
  if (const Value& table = options.Json("cost"); !table.has_null_value()) {
    ASSIGN_OR_RETURN(CostTable costs, CostTable::Create(space, choices, table));
    std::vector<int> cheapest = costs.Cheapest(space);
    Point point(space.size());
    RandomStream random = Rng(0).At(0);
    choices.Place(cheapest, random, point);
    space.Normalize(point);
    const double least = costs.CostOf(choices.OptionsOf(point));
    if (least > max_cost) {
      return absl::InvalidArgumentError(
          absl::StrCat("option \"max_cost\" is ", max_cost,
                       ", but the cheapest values cost ", least,
                       "; it must be at least that"));
    }
    limit = {std::move(costs), max_cost, std::move(cheapest)};
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
      "number of weights: points are drawn until one does (TabNAS).\n"
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
       .description = "what each value costs: {parameter: {value: cost}}; "
                      "parameters left out cost nothing"},
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
