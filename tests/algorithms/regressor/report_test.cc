#include "algorithms/regressor/report.h"

#include <cmath>
#include <string>

#include "absl/status/status.h"
#include "base/rng.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using testing::DoubleNear;
using testing::Each;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;

// x, plus normal noise of deviation 0.1.
NamedStudy Line(uint64_t number, int trials) {
  RandomStream random = Rng(3).At(number);
  NamedStudy study{{"y", true, {}}, {}};
  study.trials.reserve(static_cast<size_t>(trials));
  for (int i = 0; i < trials; ++i) {
    const double x = random.Uniform();
    study.trials.push_back({{{"x", x}}, x + .1 * random.Normal()});
  }
  return study;
}

std::vector<NamedStudy> Lines(int count, int trials) {
  std::vector<NamedStudy> studies;
  studies.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    studies.push_back(Line(static_cast<uint64_t>(i), trials));
  }
  return studies;
}

// Knows the line, and believes in noise of some deviation.
Predictor Knowing(double deviation) {
  return [deviation](const StudyText&, absl::Span<const NamedTrial>,
                     absl::Span<const NamedPoint> queries)
             -> absl::StatusOr<std::vector<Prediction>> {
    std::vector<Prediction> predictions(queries.size());
    for (size_t i = 0; i < queries.size(); ++i) {
      for (size_t q = 0; q < kQuantiles.size(); ++q) {
        predictions[i].quantiles[q] = std::get<double>(queries[i][0].value) +
                                      deviation * kNormalQuantiles[q];
      }
    }
    return predictions;
  };
}

TEST(ReportTest, WhoKnowsItsNoiseIsCalibrated) {
  const Report report = ReportOn(Knowing(.1), Lines(100, 90)).value();
  for (size_t q = 0; q < kQuantiles.size(); ++q) {
    EXPECT_NEAR(report.below[q], kQuantiles[q], .02);
  }
  EXPECT_GT(ReportOn(Knowing(.02), Lines(10, 90))->below[0], .3);
}

TEST(ReportTest, RowsAreByTheTrialsThatAreKnown) {
  const Report known = ReportOn(Knowing(.1), Lines(10, 90)).value();
  ASSERT_EQ(known.rows.size(), kFinishedCounts.size());
  // All rows are judged by the same trials.
  for (const Report::Row& row : known.rows) {
    EXPECT_EQ(row.studies, 10);
    EXPECT_EQ(row.score.error, known.rows[0].score.error);
    EXPECT_GT(row.score.rank_correlation, .9);
  }
  // The mean needs a trial, and says nothing about the order.
  const Report mean = ReportOn(PredictMean, Lines(10, 90)).value();
  EXPECT_THAT(mean.rows, ElementsAre(Field(&Report::Row::finished, 5),
                                     Field(&Report::Row::finished, 10),
                                     Field(&Report::Row::finished, 20),
                                     Field(&Report::Row::finished, 40)));
  for (const Report::Row& row : mean.rows) {
    EXPECT_EQ(row.score.rank_correlation, 0);
    EXPECT_GT(row.score.error, 2 * known.rows[0].score.error);
  }
  for (size_t q = 0; q < kQuantiles.size(); ++q) {
    EXPECT_NEAR(mean.below[q], kQuantiles[q], .1);
  }
}

TEST(ReportTest, ShortStudiesAreInTheFirstRowsOnly) {
  const Report report = ReportOn(Knowing(.1), Lines(5, 22)).value();
  EXPECT_THAT(report.rows, ElementsAre(Field(&Report::Row::finished, 0),
                                       Field(&Report::Row::finished, 5),
                                       Field(&Report::Row::finished, 10)));
}

TEST(ReportTest, StudiesWithoutValuesAreNotJudgedBy) {
  std::vector<NamedStudy> studies = Lines(4, 90);
  for (NamedTrial& trial : studies[0].trials) trial.value.reset();
  for (size_t i = 0; i < 4; ++i) studies[1].trials[i].value.reset();
  EXPECT_THAT(ReportOn(Knowing(.1), studies)->rows,
              Each(Field(&Report::Row::studies, 2)));
  EXPECT_THAT(ReportOn(Knowing(.1), {studies[0]}).status().message(),
              HasSubstr("no study has enough feasible trials"));
}

TEST(ReportTest, OtherErrorsAreTheCallers) {
  const Predictor broken = [](const StudyText&, absl::Span<const NamedTrial>,
                              absl::Span<const NamedPoint>)
      -> absl::StatusOr<std::vector<Prediction>> {
    return absl::InvalidArgumentError("the x of 'x'");
  };
  EXPECT_EQ(ReportOn(broken, Lines(2, 90)).status().message(), "the x of 'x'");
}

}  // namespace
}  // namespace apogee
