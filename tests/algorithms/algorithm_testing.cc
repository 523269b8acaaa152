#include "tests/algorithms/algorithm_testing.h"

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "google/protobuf/util/json_util.h"
#include "tests/testing/matchers.h"
#include "tests/testing/random_space.h"

namespace apogee {

SearchSpace MakeSpace(absl::string_view text) {
  absl::StatusOr<SearchSpace> space = SearchSpace::Create(ParseSpecs(text));
  EXPECT_OK(space);
  return *std::move(space);
}

absl::StatusOr<std::unique_ptr<Algorithm>> MakeAlgorithm(
    absl::string_view name, const SearchSpace& space, absl::string_view options,
    std::vector<Goal> goals, int64_t budget) {
  const RegisteredAlgorithm& algorithm = *FindAlgorithm(name);
  google::protobuf::Struct given;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(
                  {options.data(), options.size()}, &given)
                  .ok())
      << options;
  Problem problem{.space = &space, .goals = std::move(goals), .budget = budget};
  ASSIGN_OR_RETURN(problem.options,
                   CheckOptions(name, algorithm.info.options, given));
  return CreateAlgorithm(algorithm, problem);
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

}  // namespace apogee
