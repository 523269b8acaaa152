#include "algorithms/guided/residual_expert.h"

#include <cmath>
#include <functional>
#include <memory>
#include <variant>
#include <vector>

#include "algorithms/guided/named_points.h"
#include "algorithms/guided/prior_models.h"
#include "algorithms/guided/text_opinion.h"
#include "algorithms/variation.h"
#include "tests/algorithms/algorithm_testing.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

using Function = std::function<double(const Point&)>;

double Hill(const Point& point) {
  return -std::pow(point[0] - 0.7, 2) - std::pow(point[1] - 0.4, 2);
}
double Valley(const Point& point) { return -Hill(point); }

// A study with random trials.
PriorStudy Tried(const SearchSpace& space, int trials,
                 const Function& function) {
  PriorStudy prior = {"prior", {}};
  RandomStream random = Rng(11).At(0);
  for (int i = 0; i < trials; ++i) {
    const Point point = RandomPoint(space, random);
    prior.study.trials.push_back({ToNamed(space, point), function(point)});
  }
  return prior;
}

// The expert of a study with such trials, and such priors.
struct Setting {
  Setting(const std::vector<PriorStudy>& studies, int trials,
          const Function& function)
      : priors(&space, &features, studies), record(&space, {{}}) {
    RandomStream random = Rng(12).At(0);
    for (int i = 0; i < trials; ++i) {
      const Point point = RandomPoint(space, random);
      record.Add({i + 1, point, {function(point)}, ""});
    }
  }

  Forecast At(const std::vector<Point>& points,
              const std::vector<Pending>& pending = {}) const {
    const ResidualExpert expert(
        Source::kPriors,
        [this](const std::vector<Point>& asked) {
          const MatrixXd places = features.Of(asked);
          return Opinions{priors.Means(places), VectorXd::Zero(places.cols())};
        },
        &features, &record);
    return *expert.Prepare(pending)(points);
  }

  SearchSpace space = MakeSpace(DoubleSpecs(2));
  GpFeatures features{&space};
  PriorModels priors;
  StudyRecord record;
};

TEST(OpinionSharesTest, WithoutTrialsAllCountTheSame) {
  EXPECT_EQ(OpinionShares(MatrixXd(4, 0), VectorXd(0)),
            VectorXd::Constant(4, 0.25));
}

TEST(OpinionSharesTest, WhoIsRightWinsAndWhoIsWrongHasNoShare) {
  MatrixXd means(3, 8);
  RandomStream random = Rng(1).At(0);
  for (double& each : means.reshaped()) each = 0.3 * random.Normal();
  means.row(1) = -means.row(0);
  const VectorXd shares = OpinionShares(means, means.row(0));
  EXPECT_GT(shares[0], 0.8);
  EXPECT_EQ(shares[1], 0);
  EXPECT_LT(shares[2], 0.2);
}

TEST(ResidualExpertTest, BeforeAnyTrialThePriorsPredict) {
  const SearchSpace space = MakeSpace(DoubleSpecs(2));
  const Setting told({Tried(space, 60, Hill)}, 0, Hill);
  const Forecast forecast = told.At({{0.7, 0.4}, {0.1, 0.9}});
  EXPECT_GT(forecast.mean[0], forecast.mean[1] + 0.3);
}

TEST(ResidualExpertTest, TrialsCorrectWhatPriorsSay) {
  const SearchSpace space = MakeSpace(DoubleSpecs(2));
  const Setting misled({Tried(space, 60, Valley)}, 20, Hill);
  const Forecast forecast = misled.At({{0.7, 0.4}, {0.1, 0.9}});
  EXPECT_GT(forecast.mean[0], forecast.mean[1] + 0.3);
}

TEST(ResidualExpertTest, TrialsThatRunLowerTheDoubtAroundThem) {
  const SearchSpace space = MakeSpace(DoubleSpecs(2));
  const Setting setting({Tried(space, 60, Hill)}, 0, Hill);
  const Point point = {0.7, 0.4};
  EXPECT_LT(setting.At({point}, {{1, point, ""}}).sd[0],
            0.7 * setting.At({point}).sd[0]);
}

// Knows the function that a study searches, in the unit of its metric, and that
// half of the trials in the left half fail.
class Knowing : public Regressor {
 public:
  absl::StatusOr<std::vector<Prediction>> Predict(
      const StudyText& study, absl::Span<const NamedTrial> finished,
      absl::Span<const NamedPoint> queries) const override {
    std::vector<Prediction> predictions;
    for (const NamedPoint& query : queries) {
      const Point point = {std::get<double>(query[0].value),
                           std::get<double>(query[1].value)};
      Prediction each = {.quantiles = {}, .p_feasible = 1};
      each.quantiles.fill(study.maximize ? Hill(point) : Valley(point));
      if (point[0] < 0.5) each.p_feasible = 0.5;
      predictions.push_back(each);
    }
    return predictions;
  }
};

TEST(TextOpinionTest, WhoReadsNoTrialsIsCorrectedByThem) {
  const SearchSpace space = MakeSpace(DoubleSpecs(2));
  const GpFeatures features(&space);
  const std::vector<Point> points = {{0.7, 0.4}, {0.1, 0.9}};
  for (const bool maximize : {true, false}) {
    const StudyText text = {.metric = "m", .maximize = maximize};
    StudyRecord record(&space, {{}}, maximize);
    const ResidualExpert expert(
        Source::kText, TextOpinion(std::make_shared<Knowing>(), &text, &record),
        &features, &record);
    const Forecast before = *expert.Prepare({})(points);
    EXPECT_GT(before.mean[0], before.mean[1] + 0.3);
    EXPECT_DOUBLE_EQ(before.log_feasible[0], 0);
    EXPECT_DOUBLE_EQ(before.log_feasible[1], std::log(0.5));
    // It is the other way around.
    RandomStream random = Rng(12).At(0);
    for (int i = 0; i < 20; ++i) {
      const Point point = RandomPoint(space, random);
      record.Add({i + 1, point, {Valley(point)}, ""});
    }
    const Forecast after = *expert.Prepare({})(points);
    EXPECT_GT(after.mean[1], after.mean[0] + 0.3);
  }
}

TEST(PriorModelsTest, StudiesThatSayNothingAreLeftOut) {
  const SearchSpace space = MakeSpace(DoubleSpecs(2));
  const GpFeatures features(&space);
  PriorStudy foreign = Tried(space, 60, Hill);
  for (NamedTrial& trial : foreign.study.trials) {
    for (NamedValue& value : trial.point) value.name += "_of_others";
  }
  PriorStudy failed = Tried(space, 60, Hill);
  for (NamedTrial& trial : failed.study.trials) trial.value.reset();
  const auto constant = [](const Point&) { return 3.0; };
  EXPECT_EQ(PriorModels(&space, &features,
                        {foreign, failed, Tried(space, 60, constant),
                         Tried(space, 4, Hill), Tried(space, 5, Hill)})
                .size(),
            1);
}

TEST(PriorModelsTest, MinimizedMetricsCountTheOtherWayAround) {
  const SearchSpace space = MakeSpace(DoubleSpecs(2));
  const GpFeatures features(&space);
  PriorStudy loss = Tried(space, 400, Valley);
  loss.study.text.maximize = false;
  const PriorModels priors(&space, &features, {loss});
  const MatrixXd means =
      priors.Means(features.Of(std::vector<Point>{{0.7, 0.4}, {0.1, 0.9}}));
  EXPECT_GT(means(0, 0), means(0, 1) + 0.3);
  ASSERT_FALSE(priors.best().empty());
  EXPECT_GT(Hill(priors.best()[0]), -0.01);
}

}  // namespace
}  // namespace apogee
