#include "algorithms/gp/local_model.h"

#include <cmath>

#include "base/rng.h"
#include "gtest/gtest.h"
#include "tests/algorithms/algorithm_testing.h"

namespace apogee {
namespace {

constexpr int kParameters = 2;

class LocalModelTest : public testing::Test {
 protected:
  // Higher is better; the top is at (0.3, 0.6).
  void Add(Point point, double luck = 0) {
    const double value = -std::hypot(point[0] - 0.3, point[1] - 0.6) + luck;
    trials_.Add({trials_.count() + 1, std::move(point), {value}, ""});
  }

  void AddRandom(int count) {
    for (int i = 0; i < count; ++i) {
      const double x = random_.Uniform();
      Add({x, random_.Uniform()});
    }
  }

  std::optional<LocalModel> Find() const {
    const GpTrials all = Fitted();
    auto everywhere = GpSurrogate::Fit(&features_, all);
    everywhere->Update(all);
    return LocalModel::Find(space_, features_, trials_, *everywhere);
  }

  // A radius is half of the width of the box around the middle.
  static double Radius(const LocalModel& near, const Point& middle) {
    const auto [low, high] = near.region.Box(
        Eigen::Map<const Eigen::VectorXd>(middle.data(), kParameters));
    return (high - low).maxCoeff() / 2;
  }

  GpTrials Fitted() const {
    std::vector<size_t> all(trials_.trials().size());
    for (size_t i = 0; i < all.size(); ++i) all[i] = i;
    return trials_.Subset(all);
  }

  RandomStream random_ = Rng(1).At(0);
  const SearchSpace space_ = MakeSpace(R"pb(
    parameters {
      parameter_id: "x"
      double_value_spec { max_value: 1 }
    }
    parameters {
      parameter_id: "y"
      double_value_spec { max_value: 1 }
    })pb");
  const GpFeatures features_{&space_};
  GpTrials trials_{{Goal()}, 1000};
};

TEST_F(LocalModelTest, IsWorthNoLookWhileBetterTrialsCome) {
  for (int i = 0; i < 20; ++i) {
    Add({0.9 - 0.03 * i, 0.6});
    EXPECT_FALSE(Find().has_value()) << i;
  }
}

TEST_F(LocalModelTest, ShrinksWhileNothingBetterComesAndBeginsAgain) {
  const Point best = {0.3, 0.6};
  Add(best);
  std::vector<double> radii;
  while (radii.size() < 9) {
    AddRandom(2);
    const std::optional<LocalModel> near = Find();
    ASSERT_TRUE(near.has_value());
    EXPECT_EQ(near->surrogate.rows().cols(), trials_.count());
    radii.push_back(Radius(*near, best));
  }
  for (size_t i = 1; i < 8; ++i) EXPECT_NEAR(radii[i], radii[i - 1] / 2, 1e-12);
  EXPECT_NEAR(radii[8], radii[0], 1e-12);
}

TEST_F(LocalModelTest, KnowsTheNearestTrialsOnly) {
  Add({0.3, 0.6});
  AddRandom(200);
  const std::optional<LocalModel> near = Find();
  ASSERT_TRUE(near.has_value());
  const Eigen::MatrixXd& rows = near->surrogate.rows();
  ASSERT_EQ(rows.cols(), 50);
  const Eigen::VectorXd best{{0.3, 0.6}};
  const double reach = (rows.colwise() - best).colwise().norm().maxCoeff();
  int nearer = 0;
  for (const GpTrials::Trial& each : trials_.trials()) {
    nearer += std::hypot(each.point[0] - 0.3, each.point[1] - 0.6) < reach;
  }
  EXPECT_EQ(nearer, 49);
}

TEST_F(LocalModelTest, IsNotAroundAStrokeOfLuck) {
  // Each is measured with an error of 0.1, one with a larger one.
  for (int i = 0; i < 100; ++i) {
    const double x = random_.Uniform();
    Add({x, random_.Uniform()}, 0.1 * random_.Normal());
  }
  Add({0.9, 0.1}, /*luck=*/0.95);
  for (int i = 0; i < 8; ++i) {
    Add({0.86 + 0.01 * i, 0.1}, 0.1 * random_.Normal());
  }
  const std::optional<LocalModel> near = Find();
  ASSERT_TRUE(near.has_value());
  EXPECT_GT(near->region.Excess(Eigen::Vector2d(0.9, 0.1))[0], 0);
}

TEST_F(LocalModelTest, SeveralObjectivesHaveNoBest) {
  trials_ = GpTrials({Goal(), Goal()}, 1000);
  for (int i = 0; i < 30; ++i) {
    const double x = random_.Uniform();
    trials_.Add({i + 1, {x, 0.5}, {x, 1 - x}, ""});
  }
  EXPECT_FALSE(Find().has_value());
}

}  // namespace
}  // namespace apogee
