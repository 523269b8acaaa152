#include "algorithms/region.h"

#include <set>

#include "tests/algorithms/algorithm_testing.h"

namespace apogee {
namespace {

class RegionTest : public testing::Test {
 protected:
  RegionTest()
      : space_(MakeSpace(R"pb(
          parameters {
            parameter_id: "x"
            double_value_spec { max_value: 1 }
          }
          parameters {
            parameter_id: "n"
            integer_value_spec { max_value: 4 }
          }
          parameters {
            parameter_id: "c"
            categorical_value_spec { values: "a" values: "b" values: "c" }
            conditional_parameter_specs {
              parent_categorical_values { values: "a" }
              parameter_spec {
                parameter_id: "child"
                categorical_value_spec { values: "u" values: "v" }
              }
            }
          })pb")),
        region_(&space_) {}

  // The values that dimension i takes in many draws.
  std::set<double> Drawn(int i) const {
    RandomStream random = Rng(1).At(0);
    std::set<double> values;
    for (int k = 0; k < 200; ++k) {
      const Point point = region_.Draw(random);
      EXPECT_TRUE(region_.Contains(point)) << Text(point);
      if (IsActive(point[i])) values.insert(point[i]);
    }
    return values;
  }

  SearchSpace space_;
  Region region_;
};

TEST_F(RegionTest, AsksForHalvesAndForEachOfSeveralCategories) {
  const auto questions = region_.Questions();
  ASSERT_EQ(questions.size(), 6);
  EXPECT_EQ(questions[0].category, Region::kUpperHalf);
  EXPECT_EQ(questions[3].dimension, 2);
  EXPECT_EQ(questions[3].category, 1);
  EXPECT_EQ(questions[5].category, Region::kUpperHalf);
}

TEST_F(RegionTest, AnswersOfPoints) {
  const auto questions = region_.Questions();
  const Point point = {0.7, 0.25, 1, kInactive};
  std::vector<int> answers;
  answers.reserve(questions.size());
  for (const auto& each : questions) {
    answers.push_back(region_.Answer(each, point));
  }
  EXPECT_THAT(answers, testing::ElementsAre(1, -1, -1, 1, -1, 0));
}

TEST_F(RegionTest, KeepsWhatHasTheAnswer) {
  region_.Restrict({0, Region::kUpperHalf}, true);
  region_.Restrict({1, Region::kUpperHalf}, false);
  region_.Restrict({2, 1}, false);
  EXPECT_GE(*Drawn(0).begin(), 0.5);
  EXPECT_THAT(Drawn(1), testing::ElementsAre(0, 0.25));
  EXPECT_THAT(Drawn(2), testing::ElementsAre(0, 2));
  EXPECT_FALSE(region_.Contains({0.4, 0, 2, kInactive}));
  EXPECT_FALSE(region_.Contains({0.6, 0.5, 2, kInactive}));
  EXPECT_FALSE(region_.Contains({0.6, 0, 1, kInactive}));
  // Two categories are left, which is a question of halves.
  EXPECT_EQ(region_.Questions().size(), 4);
}

TEST_F(RegionTest, OneValueIsAlwaysLeft) {
  for (int64_t category = 0; category < 3; ++category) {
    region_.Restrict({2, category}, false);
  }
  EXPECT_EQ(Drawn(2).size(), 1);
}

}  // namespace
}  // namespace apogee
