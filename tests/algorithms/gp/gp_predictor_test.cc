#include "algorithms/gp/gp_predictor.h"

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "algorithms/regressor/report.h"
#include "base/rng.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace apogee {
namespace {

using testing::HasSubstr;

// A smooth function of a number, a logarithmic number, a word and a number that
// only one word has.
NamedStudy Study(uint64_t number, int trials, bool maximize = true) {
  RandomStream random = Rng(1).At(number);
  NamedStudy study{{"y", maximize, {}}, {}};
  study.trials.reserve(static_cast<size_t>(trials));
  for (int i = 0; i < trials; ++i) {
    const double x = random.Uniform();
    const double log_y = -4 + 4 * random.Uniform();
    const bool good = random.Below(2) == 0;
    const double depth = random.Uniform();
    NamedTrial trial = {
        {{"x", x}, {"y", std::pow(10, log_y)}, {"kind", good ? "good" : "bad"}},
        100 + 3 * std::sin(3 * x) - (log_y + 2) * (log_y + 2) +
            (good ? depth : 0) + .05 * random.Normal()};
    if (good) trial.point.push_back({"depth", depth});
    if (!maximize) trial.value = -*trial.value;
    study.trials.push_back(std::move(trial));
  }
  return study;
}

TEST(GpPredictorTest, LearnsASmoothFunctionFromItsTrials) {
  for (const bool maximize : {true, false}) {
    std::vector<NamedStudy> studies;
    studies.reserve(8);
    for (uint64_t i = 0; i < 8; ++i) studies.push_back(Study(i, 90, maximize));
    const Report report = ReportOn(PredictByGp, studies).value();
    ASSERT_EQ(report.rows.size(), 4U);
    EXPECT_EQ(report.rows[1].finished, 10U);
    EXPECT_GT(report.rows[1].score.rank_correlation, .5);
    EXPECT_GT(report.rows[3].score.rank_correlation, .97);
    EXPECT_LT(report.rows[3].score.error, .04);
    // The quantiles are about what they say.
    for (size_t q = 0; q < kQuantiles.size(); ++q) {
      EXPECT_NEAR(report.below[q], kQuantiles[q], .12);
    }
  }
}

TEST(GpPredictorTest, TakesPointsWithNothingInCommon) {
  const NamedStudy study = Study(0, 10);
  const std::vector<NamedPoint> queries = {
      {}, {{"new", 3.0}}, {{"kind", 7.0}}, {{"x", "word"}}};
  const auto predictions =
      PredictByGp(study.text, study.trials, queries).value();
  ASSERT_EQ(predictions.size(), queries.size());
  for (const Prediction& prediction : predictions) {
    EXPECT_NEAR(prediction.Median(), 100, 20);
  }
}

TEST(GpPredictorTest, NeedsTwoFeasibleTrials) {
  NamedStudy study = Study(0, 3);
  study.trials[0].value.reset();
  study.trials[1].value.reset();
  EXPECT_THAT(PredictByGp(study.text, study.trials, {study.trials[0].point})
                  .status()
                  .message(),
              HasSubstr("fewer than two feasible trials"));
}

}  // namespace
}  // namespace apogee
