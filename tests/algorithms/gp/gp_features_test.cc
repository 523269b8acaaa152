#include "algorithms/gp/gp_features.h"

#include "gmock/gmock.h"
#include "tests/algorithms/algorithm_testing.h"

namespace apogee {
namespace {

using testing::ElementsAre;

// x; one of two; one of three; y, if the last is "b" or "c".
SearchSpace Space() {
  return MakeSpace(R"pb(
    parameters {
      parameter_id: "x"
      double_value_spec { max_value: 1 }
    }
    parameters {
      parameter_id: "only"
      categorical_value_spec { values: "one" }
    }
    parameters {
      parameter_id: "two"
      categorical_value_spec { values: "a" values: "b" }
    }
    parameters {
      parameter_id: "three"
      categorical_value_spec { values: "a" values: "b" values: "c" }
      conditional_parameter_specs {
        parent_categorical_values { values: "b" values: "c" }
        parameter_spec {
          parameter_id: "y"
          integer_value_spec { max_value: 4 }
        }
      }
    })pb");
}

double SquaredDistance(const GpFeatures& features, const Point& a,
                       const Point& b) {
  return (features.Of(a) - features.Of(b)).squaredNorm();
}

TEST(GpFeaturesTest, ParametersWithoutAChoiceAreLeftOut) {
  const SearchSpace space = Space();
  const GpFeatures features(&space);
  EXPECT_THAT(features.groups(), ElementsAre(0, 1, 2, 2, 2, 3));
  EXPECT_EQ(features.dimension(3), 4);
  EXPECT_EQ(features.start(3), 5);
}

TEST(GpFeaturesTest, CategoriesAreAllEquallyFarFromEachOther) {
  const SearchSpace space = Space();
  const GpFeatures features(&space);
  for (int a = 0; a < 2; ++a) {
    for (int b = 0; b < 2; ++b) {
      EXPECT_NEAR(SquaredDistance(features, {0.3, 0, double(a), 1, 0.5},
                                  {0.3, 0, double(b), 1, 0.5}),
                  a == b ? 0 : 1, 1e-12);
    }
  }
  for (int a = 1; a < 3; ++a) {
    for (int b = 1; b < 3; ++b) {
      EXPECT_NEAR(SquaredDistance(features, {0.3, 0, 1, double(a), 0.5},
                                  {0.3, 0, 1, double(b), 0.5}),
                  a == b ? 0 : 1, 1e-12);
    }
  }
}

TEST(GpFeaturesTest, NumbersDifferByTheirPlaces) {
  const SearchSpace space = Space();
  const GpFeatures features(&space);
  EXPECT_NEAR(
      SquaredDistance(features, {0.3, 0, 1, 1, 0.25}, {0.5, 0, 1, 1, 0.75}),
      0.04 + 0.25, 1e-12);
}

TEST(GpFeaturesTest, WhatBothLackAddsNoDistance) {
  const SearchSpace space = Space();
  const GpFeatures features(&space);
  EXPECT_NEAR(SquaredDistance(features, {0.3, 0, 1, 0, kInactive},
                              {0.5, 0, 1, 0, kInactive}),
              0.04, 1e-12);
  // What only one lacks is as for the middle of its values.
  EXPECT_NEAR(SquaredDistance(features, {0.3, 0, 1, 0, kInactive},
                              {0.3, 0, 1, 1, 0.75}),
              1 + 0.0625, 1e-12);
}

TEST(GpFeaturesTest, ManyPointsAreAsEachAlone) {
  const SearchSpace space = Space();
  const GpFeatures features(&space);
  const std::vector<Point> points = {{0.3, 0, 1, 0, kInactive},
                                     {0.9, 0, 0, 2, 1}};
  const Eigen::MatrixXd both = features.Of(points);
  for (Eigen::Index i = 0; i < 2; ++i) {
    EXPECT_EQ(both.col(i), features.Of(points[i]));
  }
}

}  // namespace
}  // namespace apogee
