#include "tests/algorithms/algorithm_testing.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "google/protobuf/util/json_util.h"
#include "tests/testing/matchers.h"
#include "tests/testing/random_space.h"

namespace apogee {

SearchSpace MakeSpace(absl::string_view text,
                      const std::vector<std::string>& constraints) {
  std::vector<LinearConstraint> parsed;
  for (const std::string& each : constraints) {
    absl::StatusOr<LinearConstraint> constraint = ParseLinearConstraint(each);
    EXPECT_OK(constraint);
    parsed.push_back(*std::move(constraint));
  }
  absl::StatusOr<SearchSpace> space =
      SearchSpace::Create(ParseSpecs(text), parsed);
  EXPECT_OK(space);
  return *std::move(space);
}

std::string DoubleSpecs(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    absl::StrAppend(&text, "parameters { parameter_id: 'x", i,
                    "' double_value_spec { max_value: 1 } }");
  }
  return text;
}

std::string CategorySpecs(int count, int values) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    absl::StrAppend(&text, "parameters { parameter_id: 'c", i,
                    "' categorical_value_spec {");
    for (int v = 0; v < values; ++v) {
      absl::StrAppend(&text, " values: 'v", v, "'");
    }
    absl::StrAppend(&text, " } }");
  }
  return text;
}

const char kConditionalSpecs[] = R"pb(
  parameters {
    parameter_id: "kind"
    categorical_value_spec { values: "a" values: "b" }
    conditional_parameter_specs {
      parent_categorical_values { values: "b" }
      parameter_spec {
        parameter_id: "n"
        integer_value_spec { max_value: 9 }
      }
    }
  })pb";

std::vector<std::string> AlgorithmNames() {
  std::vector<std::string> names;
  for (const RegisteredAlgorithm& each : Algorithms()) {
    names.push_back(each.name);
  }
  return names;
}

absl::StatusOr<std::unique_ptr<Algorithm>> MakeAlgorithm(
    absl::string_view name, const SearchSpace& space, absl::string_view options,
    std::vector<Goal> goals, int64_t budget,
    std::shared_ptr<const Background> background) {
  const RegisteredAlgorithm& algorithm = *FindAlgorithm(name);
  google::protobuf::Struct given;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(
                  {options.data(), options.size()}, &given)
                  .ok())
      << options;
  Problem problem{.space = &space,
                  .goals = std::move(goals),
                  .budget = budget,
                  .background = std::move(background)};
  ASSIGN_OR_RETURN(problem.options,
                   CheckOptions(name, algorithm.info.options, given));
  return CreateAlgorithm(algorithm, problem);
}

std::string QuickOptions(absl::string_view name) {
  const auto& options = FindAlgorithm(name)->info.options;
  const bool compares = std::any_of(
      options.begin(), options.end(),
      [](const OptionSpec& each) { return each.name == "candidates"; });
  return compares ? R"({"candidates": 100})" : "{}";
}

std::vector<Point> Suggest(const Algorithm& algorithm, uint64_t seed,
                           int64_t ordinal, int count) {
  const Rng rng(seed);
  absl::StatusOr<std::vector<Suggestion>> suggestions =
      algorithm.Suggest({count, ordinal, {}, rng});
  EXPECT_OK(suggestions);
  std::vector<Point> points;
  for (Suggestion& suggestion : *suggestions) {
    points.push_back(std::move(suggestion.point));
  }
  return points;
}

std::string Text(const Point& point) {
  return absl::StrJoin(point, " ", [](std::string* out, double coordinate) {
    absl::StrAppend(
        out, IsActive(coordinate) ? absl::StrFormat("%.17g", coordinate) : "-");
  });
}

std::vector<std::string> Texts(const std::vector<Point>& points) {
  std::vector<std::string> texts;
  texts.reserve(points.size());
  for (const Point& point : points) texts.push_back(Text(point));
  return texts;
}

void ExpectAllowedAndNew(Algorithm& algorithm, const SearchSpace& space,
                         int count) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  if (count > 100) count /= 10;
#endif
  const Rng rng(1);
  RandomStream random = rng.Fork(99).At(0);
  std::set<std::string> given;
  std::vector<Pending> pending;
  for (int64_t ordinal = 0; ordinal < count; ++ordinal) {
    ASSERT_OK_AND_ASSIGN(std::vector<Suggestion> suggestions,
                         algorithm.Suggest({1, ordinal, pending, rng}));
    const Point& point = suggestions[0].point;
    Point normalized = point;
    space.Normalize(normalized);
    ASSERT_EQ(Text(normalized), Text(point));
    ASSERT_TRUE(space.KeepsConstraints(point));
    ASSERT_TRUE(given.insert(Text(point)).second) << Text(point);
    pending.push_back({ordinal + 1, point, suggestions[0].memo});
    if (pending.size() < 8) continue;
    const auto ended = pending.begin() + static_cast<int>(random.Below(8));
    Observation trial = {ended->trial_id, ended->point, {}, ended->memo};
    if (random.Uniform() < 0.9) {
      double sum = 0;
      for (const double each : point) sum += IsActive(each) ? each : 0.5;
      trial.metrics = {std::sin(sum)};
    }
    ASSERT_OK(algorithm.Observe({&trial, 1}));
    pending.erase(ended);
  }
}

}  // namespace apogee
