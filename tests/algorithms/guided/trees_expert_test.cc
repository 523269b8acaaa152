#include "algorithms/guided/trees_expert.h"

#include <functional>

#include "algorithms/variation.h"
#include "tests/algorithms/algorithm_testing.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using Eigen::VectorXd;

// One of five kinds, of which the third has a depth; and two numbers.
SearchSpace Kinds() {
  return MakeSpace(R"pb(
    parameters {
      parameter_id: "kind"
      categorical_value_spec {
        values: "a"
        values: "b"
        values: "c"
        values: "d"
        values: "e"
      }
      conditional_parameter_specs {
        parent_categorical_values { values: "c" }
        parameter_spec {
          parameter_id: "depth"
          integer_value_spec { min_value: 0 max_value: 20 }
        }
      }
    }
    parameters {
      parameter_id: "x"
      integer_value_spec { min_value: 0 max_value: 20 }
    }
    parameters {
      parameter_id: "y"
      integer_value_spec { min_value: 0 max_value: 20 }
    })pb");
}

// Deep ones of the third kind are best, then shallow ones, then the fifth kind;
// of each, those on the far side of a step.
double Steps(const Point& point) {
  const double kind = point[0] == 2   ? (point[1] > 0.5 ? 6 : 4)
                      : point[0] == 4 ? 2
                                      : 0;
  return kind + (point[2] > 0.6 ? 1 : 0);
}

// The expert of a study.
struct Setting {
  // A random trial; each tenth fails.
  void Add(int id) {
    RandomStream random = Rng(12).At(static_cast<uint64_t>(id));
    const Point point = RandomPoint(space, random);
    std::vector<double> metrics;
    if (id % 10 != 9) metrics = {Steps(point)};
    const Observation observation = {id, point, metrics, ""};
    record.Add(observation);
    expert.Add(observation);
  }

  SearchSpace space = Kinds();
  GpFeatures features{&space};
  StudyRecord record{&space, {{}}};
  TreesExpert expert{&features, &record};
};

const std::vector<Point> kLadder = {
    {0, kInactive, 0.2, 0.5}, {4, kInactive, 0.2, 0.5},
    {4, kInactive, 0.9, 0.5}, {2, 0.2, 0.2, 0.5},
    {2, 0.9, 0.2, 0.5},       {2, 0.9, 0.9, 0.5}};

TEST(TreesExpertTest, LearnsKindsAndWhatOnlyOneOfThemHas) {
  Setting setting;
  for (int i = 0; i < 150; ++i) setting.Add(i);
  ASSERT_TRUE(setting.expert.IsReady());
  const auto forecast = setting.expert.Prepare({})(kLadder);
  ASSERT_OK(forecast);
  for (int i = 1; i < 6; ++i) {
    EXPECT_GT(forecast->mean[i], forecast->mean[i - 1]) << i;
  }
  EXPECT_TRUE((forecast->measured_sd.array() >= forecast->sd.array()).all());
}

// There a Gaussian process does better.
TEST(TreesExpertTest, TakesNoPartWhereParametersAreDoubles) {
  const SearchSpace space = MakeSpace(DoubleSpecs(2));
  const GpFeatures features(&space);
  StudyRecord record(&space, {{}});
  TreesExpert expert(&features, &record);
  RandomStream random = Rng(12).At(0);
  for (int i = 0; i < 100; ++i) {
    const Point point = RandomPoint(space, random);
    record.Add({i + 1, point, {point[0]}, ""});
    expert.Add({i + 1, point, {point[0]}, ""});
  }
  EXPECT_FALSE(expert.IsReady());
}

TEST(TreesExpertTest, WaitsForTrials) {
  Setting setting;
  int trials = 0;
  for (; !setting.expert.IsReady(); ++trials) {
    ASSERT_LT(trials, 1000);
    setting.Add(trials);
  }
  EXPECT_GT(trials, 10);
}

// More than are kept, so that some are left out on the way.
TEST(TreesExpertTest, AskedOnTheWayItIsTheSameAtTheEnd) {
  Setting asked;
  Setting rebuilt;
  for (int i = 0; i < 1150; ++i) {
    asked.Add(i);
    rebuilt.Add(i);
    if (i % 230 == 57) {
      ASSERT_OK(asked.expert.Prepare({})(kLadder));
    }
  }
  const auto one = asked.expert.Prepare({})(kLadder);
  const auto same = rebuilt.expert.Prepare({})(kLadder);
  ASSERT_OK(one);
  ASSERT_OK(same);
  EXPECT_EQ(one->mean, same->mean);
  EXPECT_EQ(one->sd, same->sd);
}

TEST(TreesExpertTest, TrialsThatRunLowerTheHopesAroundThem) {
  Setting setting;
  for (int i = 0; i < 100; ++i) setting.Add(i);
  const auto hopes = [&](const std::vector<Pending>& pending) {
    return VectorXd(setting.expert.Prepare(pending)(kLadder)->mean);
  };
  const VectorXd lost = hopes({}) - hopes({{1, kLadder.back(), ""}});
  EXPECT_GT(lost[5], 0.05);
  EXPECT_LT(lost[0], lost[5] / 2);
}

}  // namespace
}  // namespace apogee
