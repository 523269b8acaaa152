#include "algorithms/guided/label_scale.h"

#include <cmath>

#include "algorithms/gp/output_warp.h"
#include "base/rng.h"
#include "gmock/gmock.h"

namespace apogee {
namespace {

std::vector<double> Draw(int count) {
  RandomStream random = Rng(5).At(0);
  std::vector<double> values;
  values.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) values.push_back(random.Normal());
  return values;
}

TEST(LabelScaleTest, GivesTheLabelsThatProcessesLearn) {
  const std::vector<double> values = Draw(21);
  const LabelScale scale(values);
  const Eigen::VectorXd labels = WarpObjective(values);
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_NEAR(scale.Label(values[i]), labels[static_cast<Eigen::Index>(i)],
                1e-12);
  }
  EXPECT_NEAR(scale.spread(), std::sqrt(labels.squaredNorm() / 21), 1e-12);
}

TEST(LabelScaleTest, RisesEverywhereAndComesBack) {
  const LabelScale scale(Draw(20));
  double before = scale.Label(-10);
  for (int i = -99; i < 100; ++i) {
    const double value = 0.1 * i;
    const double label = scale.Label(value);
    EXPECT_GT(label, before);
    EXPECT_NEAR(scale.Value(label), value, 1e-9);
    before = label;
  }
}

TEST(LabelScaleTest, TwoValuesAreAScale) {
  const LabelScale scale({1, 3});
  EXPECT_TRUE(scale.IsKnown());
  EXPECT_NEAR(scale.Label(2), (scale.Label(1) + scale.Label(3)) / 2, 1e-12);
  EXPECT_NEAR(scale.Value(scale.Label(7)), 7, 1e-9);
}

TEST(LabelScaleTest, OneValueIsNone) {
  EXPECT_FALSE(LabelScale({}).IsKnown());
  const LabelScale scale({4, 4});
  EXPECT_FALSE(scale.IsKnown());
  EXPECT_EQ(scale.Label(7), 0);
  EXPECT_EQ(scale.Value(0.3), 4);
}

TEST(LabelScaleTest, StaysFinite) {
  const LabelScale scale({-1.7e308, 0, 1.7e308});
  for (const double value : {-1.7e308, -1.0, 0.0, 1.0, 1.7e308}) {
    EXPECT_TRUE(std::isfinite(scale.Label(value)));
  }
  for (const double label : {-1e9, -0.5, 0.0, 0.5, 1e9}) {
    EXPECT_TRUE(std::isfinite(scale.Value(label)));
  }
}

}  // namespace
}  // namespace apogee
