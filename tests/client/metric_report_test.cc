#include "client/cli/tune/metric_report.h"

#include <cmath>
#include <limits>

#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using absl::StatusCode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

TEST(MetricReport, ALineNamesMetrics) {
  EXPECT_TRUE(IsReportLine("apogee: accuracy=0.93"));
  EXPECT_FALSE(IsReportLine("accuracy=0.93"));
  EXPECT_FALSE(IsReportLine(" apogee: accuracy=0.93"));
  ASSERT_OK_AND_ASSIGN(const MetricReport report,
                       ParseReportLine("apogee: accuracy=0.93  loss=-2e-3\r"));
  EXPECT_FALSE(report.step);
  EXPECT_THAT(report.metrics,
              ElementsAre(Pair("accuracy", 0.93), Pair("loss", -0.002)));
}

TEST(MetricReport, AStepMakesItAMeasurement) {
  ASSERT_OK_AND_ASSIGN(const MetricReport report,
                       ParseReportLine("apogee:step=3 accuracy=0.91"));
  EXPECT_EQ(report.step, 3);
  EXPECT_THAT(report.metrics, ElementsAre(Pair("accuracy", 0.91)));
}

TEST(MetricReport, NonFiniteValuesAreValues) {
  ASSERT_OK_AND_ASSIGN(const MetricReport line,
                       ParseReportLine("apogee: a=nan b=-inf"));
  EXPECT_TRUE(std::isnan(line.metrics[0].second));
  EXPECT_EQ(line.metrics[1].second, -std::numeric_limits<double>::infinity());
  ASSERT_OK_AND_ASSIGN(
      const MetricReport json,
      ParseReportJson(R"({"a": NaN, "b": -Infinity, "the NaN \" NaN": 1})"));
  EXPECT_TRUE(std::isnan(json.metrics[0].second));
  EXPECT_EQ(json.metrics[1].second, -std::numeric_limits<double>::infinity());
  EXPECT_EQ(json.metrics[2].first, "the NaN \" NaN");
}

TEST(MetricReport, OtherLinesAreMistakes) {
  for (const char* const wrong :
       {"apogee:", "apogee: starting", "apogee: a=", "apogee: a=x",
        "apogee: =1", "apogee: step=3", "apogee: step=x a=1",
        "apogee: step=-1 a=1", "apogee: step=1.5 a=1", "apogee: a=1 a=2"}) {
    EXPECT_THAT(ParseReportLine(wrong), StatusIs(StatusCode::kInvalidArgument))
        << wrong;
  }
  EXPECT_THAT(
      ParseReportLine("apogee: accuracy=high"),
      StatusIs(StatusCode::kInvalidArgument, "accuracy=high is not a number"));
}

TEST(MetricReport, JsonIsAnObjectOfNumbers) {
  ASSERT_OK_AND_ASSIGN(const MetricReport report,
                       ParseReportJson(R"({"step": 2, "accuracy": 0.5})"));
  EXPECT_EQ(report.step, 2);
  EXPECT_THAT(report.metrics, ElementsAre(Pair("accuracy", 0.5)));
  for (const char* const wrong :
       {"", "[]", "3", "{", "{}", R"({"step": 1})", R"({"a": true})",
        R"({"a": [1]})", R"({"a": "x"})", R"({"a": null})"}) {
    EXPECT_THAT(ParseReportJson(wrong), StatusIs(StatusCode::kInvalidArgument))
        << wrong;
  }
  EXPECT_THAT(ParseReportJson(R"({"a": true})"),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("\"a\"")));
}

}  // namespace
}  // namespace apogee
