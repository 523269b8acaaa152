#include "algorithms/gp/gp_surrogate.h"

#include <cmath>

#include "base/rng.h"
#include "gtest/gtest.h"
#include "tests/algorithms/algorithm_testing.h"

namespace apogee {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

SearchSpace Square() {
  return MakeSpace(R"pb(
    parameters {
      parameter_id: "x"
      double_value_spec { max_value: 1 }
    }
    parameters {
      parameter_id: "y"
      double_value_spec { max_value: 1 }
    })pb");
}

// Two metrics; infeasible on the right.
Observation Trial(int64_t number) {
  RandomStream random = Rng(1).At(static_cast<uint64_t>(number));
  const Point point = {random.Uniform(), random.Uniform()};
  std::vector<double> metrics;
  if (point[0] < 0.7) metrics = {std::sin(5 * point[0]), point[1]};
  return {number, point, metrics, ""};
}

TEST(GpSurrogateTest, TellsWhereTrialsAreFeasible) {
  const SearchSpace space = Square();
  const GpFeatures features(&space);
  GpTrials trials({Goal(), Goal()}, 1000);
  for (int64_t i = 0; i < 40; ++i) trials.Add(Trial(i));
  auto surrogate = GpSurrogate::Fit(&features, trials);
  ASSERT_TRUE(surrogate.has_value());
  surrogate->Update(trials);
  ASSERT_EQ(surrogate->models().size(), 3);
  ASSERT_EQ(surrogate->goals().size(), 3);
  const MatrixXd places{{0.3, 0.9}, {0.5, 0.5}};
  const auto prediction = surrogate->models()[2].Predict(places);
  EXPECT_GT(prediction.mean[0], 0.5);
  EXPECT_LT(prediction.mean[1], -0.5);
  EXPECT_EQ(surrogate->known().cols(), 40);
  EXPECT_EQ(surrogate->rows().cols(), surrogate->labels().cols());
  EXPECT_LT(surrogate->rows().cols(), 40);
}

TEST(GpSurrogateTest, UpdatedOrMadeAtOnceItSaysTheSame) {
  const SearchSpace space = Square();
  const GpFeatures features(&space);
  GpTrials trials({Goal(), Goal()}, 1000);
  for (int64_t i = 0; i < 95; ++i) trials.Add(Trial(i));
  const int64_t fit = trials.count_at_fit();
  auto grown = GpSurrogate::Fit(&features, trials);
  ASSERT_TRUE(grown.has_value());
  for (int64_t i = 95; i < 101; ++i) {
    trials.Add(Trial(i));
    grown->Update(trials);
  }
  ASSERT_EQ(trials.count_at_fit(), fit);
  auto whole = GpSurrogate::Fit(&features, trials);
  whole->Update(trials);
  const MatrixXd places{{0.3, 0.9, 0.1}, {0.5, 0.5, 0.2}};
  for (size_t k = 0; k < 3; ++k) {
    EXPECT_EQ(whole->models()[k].Predict(places).mean,
              grown->models()[k].Predict(places).mean);
    EXPECT_EQ(whole->models()[k].Predict(places).variance,
              grown->models()[k].Predict(places).variance);
  }
}

TEST(GpSurrogateTest, PendingTrialsAreKnownToAllModels) {
  const SearchSpace space = Square();
  const GpFeatures features(&space);
  GpTrials trials({Goal(), Goal()}, 1000);
  for (int64_t i = 0; i < 10; ++i) trials.Add(Trial(i));
  auto surrogate = GpSurrogate::Fit(&features, trials);
  ASSERT_TRUE(surrogate.has_value());
  surrogate->Update(trials);
  GpSurrogate before = *surrogate;
  surrogate->AddPending({0.95, 0.05});
  EXPECT_EQ(surrogate->known().cols(), 11);
  EXPECT_EQ(surrogate->rows().cols(), before.rows().cols() + 1);
  const MatrixXd place{{0.95}, {0.05}};
  for (size_t k = 0; k < before.models().size(); ++k) {
    EXPECT_LT(surrogate->models()[k].Predict(place).variance[0],
              before.models()[k].Predict(place).variance[0]);
  }
}

}  // namespace
}  // namespace apogee
