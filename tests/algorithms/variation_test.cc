#include "algorithms/variation.h"

#include <cmath>
#include <functional>
#include <set>
#include <vector>

#include "tests/algorithms/algorithm_testing.h"
#include "tests/testing/matchers.h"
#include "tests/testing/random_space.h"

namespace apogee {
namespace {

using testing::ElementsAre;

constexpr char kSpace[] = R"pb(
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
      parent_categorical_values { values: "b" }
      parameter_spec {
        parameter_id: "y"
        double_value_spec { max_value: 1 }
      }
    }
  }
  parameters {
    parameter_id: "only"
    double_value_spec { min_value: 2 max_value: 2 }
  })pb";

RandomStream Random(uint64_t stream) { return Rng(1).At(stream); }

TEST(VariationTest, ChangeableAreActiveAndHaveAChoice) {
  const SearchSpace space = MakeSpace(kSpace);
  // The conditional one stands behind its parent.
  EXPECT_THAT(Changeable(space, {0.5, 0, 1, 0.5, 0.5}),
              ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(Changeable(space, {0.5, 0, 2, kInactive, 0.5}),
              ElementsAre(0, 1, 2));
}

TEST(VariationTest, EveryChangeGivesAnotherFeasibleValue) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const ParameterSpecs specs = RandomSpace(seed);
    ASSERT_OK_AND_ASSIGN(const SearchSpace space, SearchSpace::Create(specs));
    RandomStream random = Random(seed);
    const Point point = RandomPoint(space, random);
    ASSERT_OK(CheckParameters(specs, space.Decode(point)));
    for (const int i : Changeable(space, point)) {
      for (const double changed :
           {Redraw(space, i, point[i], random),
            GaussianStep(space, i, point[i], 0.01, random),
            PolynomialStep(space, i, point[i], 20, random)}) {
        EXPECT_NE(changed, point[i]);
        Point child = point;
        child[i] = changed;
        Complete(space, random, child);
        EXPECT_EQ(child[i], changed);
        ASSERT_OK(CheckParameters(specs, space.Decode(child)));
      }
    }
  }
}

TEST(VariationTest, ChildrenOfRandomParentsAreFeasible) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const ParameterSpecs specs = RandomSpace(seed);
    ASSERT_OK_AND_ASSIGN(const SearchSpace space, SearchSpace::Create(specs));
    RandomStream random = Random(seed);
    for (int i = 0; i < 5; ++i) {
      const Point a = RandomPoint(space, random);
      const Point child =
          Crossover(space, a, RandomPoint(space, random), 15, random);
      ASSERT_OK(CheckParameters(specs, space.Decode(child)));
    }
  }
}

TEST(VariationTest, CrossoverTakesWhatOnlyOneParentHas) {
  const SearchSpace space = MakeSpace(kSpace);
  RandomStream random = Random(1);
  std::set<double> categories;
  for (int i = 0; i < 50; ++i) {
    const Point child = Crossover(space, {0.2, 0, 0, kInactive, 0.5},
                                  {0.2, 0, 1, 0.7, 0.5}, 15, random);
    categories.insert(child[2]);
    EXPECT_EQ(child[0], 0.2);
    EXPECT_EQ(Text({child[3]}), child[2] == 1 ? Text({0.7}) : "-");
  }
  EXPECT_THAT(categories, ElementsAre(0, 1));
}

// The moments of a change, drawn often.
struct Moments {
  double mean = 0;
  double deviation = 0;
  double min = 1;
  double max = 0;
};

Moments Draw(const std::function<double(RandomStream&)>& draw) {
  constexpr int kDraws = 20'000;
  RandomStream random = Random(7);
  Moments moments;
  double squares = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = draw(random);
    moments.mean += x / kDraws;
    squares += x * x / kDraws;
    moments.min = std::min(moments.min, x);
    moments.max = std::max(moments.max, x);
  }
  moments.deviation = std::sqrt(squares - moments.mean * moments.mean);
  return moments;
}

TEST(VariationTest, GaussianStepsHaveTheirDeviationAndStayInside) {
  const SearchSpace space = MakeSpace(kSpace);
  const Moments middle = Draw([&](RandomStream& random) {
    return GaussianStep(space, 0, 0.5, 0.1, random);
  });
  EXPECT_NEAR(middle.mean, 0.5, 0.003);
  EXPECT_NEAR(middle.deviation, 0.1, 0.003);
  const Moments wild = Draw([&](RandomStream& random) {
    return GaussianStep(space, 0, 0.1, 5, random);
  });
  EXPECT_NEAR(wild.mean, 0.5, 0.02);
  EXPECT_GE(wild.min, 0);
  EXPECT_LE(wild.max, 1);
}

TEST(VariationTest, PolynomialStepsShortenWithEta) {
  const SearchSpace space = MakeSpace(kSpace);
  const auto of = [&](double eta) {
    return Draw([&](RandomStream& random) {
      return PolynomialStep(space, 0, 0.5, eta, random);
    });
  };
  // The second moment of the unbounded law is 2 / ((eta + 2)(eta + 3)).
  EXPECT_NEAR(of(20).mean, 0.5, 0.003);
  EXPECT_NEAR(of(20).deviation, std::sqrt(2.0 / (22 * 23)), 0.003);
  EXPECT_LT(of(100).deviation, of(20).deviation / 3);
  EXPECT_GE(of(1).min, 0);
  EXPECT_LE(of(1).max, 1);
}

TEST(VariationTest, SimulatedBinaryCrossoverKeepsTheMeanOfTheParents) {
  const SearchSpace space = MakeSpace(kSpace);
  const auto of = [&](double eta) {
    return Draw([&](RandomStream& random) {
      return Crossover(space, {0.4, 0, 0, kInactive, 0.5},
                       {0.6, 0, 0, kInactive, 0.5}, eta, random)[0];
    });
  };
  EXPECT_NEAR(of(15).mean, 0.5, 0.003);
  EXPECT_GT(of(15).min, 0.2);
  EXPECT_LT(of(2).min, of(15).min);
  EXPECT_GE(of(1).min, 0);
  EXPECT_LE(of(1).max, 1);
}

}  // namespace
}  // namespace apogee
