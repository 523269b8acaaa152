// That every algorithm keeps the linear constraints of a study, while trials
// fail, are pending, and are lost.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/algorithms/algorithm_testing.h"
#include "tests/algorithms/simulated_study.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

std::string Integers(const std::vector<std::string>& names, int max) {
  std::string text;
  for (const std::string& name : names) {
    absl::StrAppend(&text, "parameters { parameter_id: '", name,
                    "' integer_value_spec { max_value: ", max, " } }");
  }
  return text;
}

class ConstraintConformance : public testing::TestWithParam<std::string> {
 protected:
  static constexpr int kTrials = 300;

  // Runs a study of points that all have to be accepted as a client's own
  // would be.
  static void Check(const SearchSpace& space) {
    ASSERT_OK_AND_ASSIGN(
        const auto algorithm,
        MakeAlgorithm(GetParam(), space, QuickOptions(GetParam())));
    RandomStream random = Rng(9).At(0);
    const auto finished = RunStudy(
        *algorithm,
        {.trials = kTrials, .workers = 8, .infeasible = 0.3, .lost = 0.05},
        [&](const Point&) { return std::vector<double>{random.Normal()}; });
    for (const Observation& each : finished) {
      ASSERT_TRUE(space.KeepsConstraints(each.point)) << Text(each.point);
      ASSERT_OK(space.Encode(space.Decode(each.point)));
    }
    // Only grids come to an end.
    if (FindAlgorithm(GetParam())->info.learns) {
      EXPECT_THAT(finished, testing::SizeIs(kTrials));
    } else {
      EXPECT_THAT(finished, testing::SizeIs(testing::Gt(10)));
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Registry, ConstraintConformance,
                         testing::ValuesIn(AlgorithmNames()),
                         [](const auto& test) { return test.param; });

TEST_P(ConstraintConformance, UnitsAreAllocated) {
  Check(MakeSpace(Integers({"a", "b", "c", "d", "e"}, 8),
                  {"a + b + c + d + e = 16"}));
}

TEST_P(ConstraintConformance, SharesAddUpToOne) {
  Check(MakeSpace(DoubleSpecs(4), {"x0 + x1 + x2 + x3 = 1"}));
}

TEST_P(ConstraintConformance, LimitsHoldBesideCategories) {
  Check(MakeSpace(absl::StrCat(DoubleSpecs(2), CategorySpecs(1, 3),
                               Integers({"n", "m"}, 10)),
                  {"2*n + m <= 15", "x0 + 2 x1 >= 0.5", "m - n >= -2"}));
}

// What is inactive counts as nothing, so the others have to make up for it.
TEST_P(ConstraintConformance, UnitsAreAllocatedToWhatIsActive) {
  Check(MakeSpace(absl::StrCat(Integers({"a", "b"}, 9), kConditionalSpecs),
                  {"a + b + n = 9"}));
}

}  // namespace
}  // namespace apogee
