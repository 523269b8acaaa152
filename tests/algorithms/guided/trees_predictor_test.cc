#include "algorithms/guided/trees_predictor.h"

#include <cstddef>
#include <vector>

#include "algorithms/gp/gp_predictor.h"
#include "algorithms/regressor/report.h"
#include "base/rng.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace apogee {
namespace {

using testing::HasSubstr;

// Steps of a number, a word among five, and a number that only one word has.
NamedStudy Study(uint64_t number, int trials, bool maximize) {
  RandomStream random = Rng(1).At(number);
  const std::vector<std::string> kinds = {"a", "b", "c", "d", "e"};
  NamedStudy study{{"y", maximize, {}}, {}};
  study.trials.reserve(static_cast<size_t>(trials));
  for (int i = 0; i < trials; ++i) {
    const double x = random.Uniform();
    const double rest = random.Uniform();
    const size_t kind = random.Below(kinds.size());
    double value = (x < .4 ? 0 : 2) + (kind == 2 || kind == 4 ? 3 : 0) +
                   .05 * random.Normal();
    NamedTrial trial = {{{"x", x}, {"rest", rest}, {"kind", kinds[kind]}}, {}};
    if (kind == 2) {
      const double depth = random.Uniform();
      value += depth < .5 ? 0 : 2;
      trial.point.push_back({"depth", depth});
    }
    trial.value = maximize ? value : -value;
    study.trials.push_back(std::move(trial));
  }
  return study;
}

TEST(TreesPredictorTest, LearnsSteps) {
  for (const bool maximize : {true, false}) {
    std::vector<NamedStudy> studies;
    studies.reserve(8);
    for (uint64_t i = 0; i < 8; ++i) studies.push_back(Study(i, 90, maximize));
    const Report report = ReportOn(PredictByTrees, studies).value();
    const Report mean = ReportOn(PredictMean, studies).value();
    ASSERT_EQ(report.rows.size(), 4U);
    EXPECT_EQ(report.rows[3].finished, 40U);
    EXPECT_GT(report.rows[1].score.rank_correlation, .4);
    EXPECT_GT(report.rows[3].score.rank_correlation, .85);
    EXPECT_LT(report.rows[3].score.error, mean.rows[3].score.error / 2);
    // The quantiles are about what they say.
    for (size_t q = 0; q < kQuantiles.size(); ++q) {
      EXPECT_NEAR(report.below[q], kQuantiles[q], .15);
    }
  }
}

TEST(TreesPredictorTest, TakesPointsWithNothingInCommon) {
  const NamedStudy study = Study(0, 10, true);
  const std::vector<NamedPoint> queries = {
      {}, {{"new", 3.0}}, {{"kind", 7.0}}, {{"x", "word"}}};
  const auto predictions =
      PredictByTrees(study.text, study.trials, queries).value();
  ASSERT_EQ(predictions.size(), queries.size());
  for (const Prediction& prediction : predictions) {
    EXPECT_NEAR(prediction.Median(), 3, 5);
  }
}

TEST(TreesPredictorTest, WithoutParametersEveryTrialIsLikeTheOthers) {
  NamedStudy study = Study(0, 10, true);
  for (NamedTrial& trial : study.trials) trial.point.clear();
  EXPECT_EQ(PredictByTrees(study.text, study.trials, {{}}).value().size(), 1U);
}

TEST(TreesPredictorTest, NeedsTwoFeasibleTrials) {
  NamedStudy study = Study(0, 3, true);
  study.trials[0].value.reset();
  study.trials[1].value.reset();
  EXPECT_THAT(PredictByTrees(study.text, study.trials, {study.trials[0].point})
                  .status()
                  .message(),
              HasSubstr("fewer than two feasible trials"));
}

}  // namespace
}  // namespace apogee
