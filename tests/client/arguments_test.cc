#include "client/cli/arguments.h"

#include <cmath>

#include "client/cli/exit_code.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using absl::StatusCode;
using testing::HasSubstr;

TEST(Arguments, AStudyIsItsNameOrItsResourceName) {
  ASSERT_OK_AND_ASSIGN(StudyName name, ParseStudyArgument("digits", "eva"));
  EXPECT_EQ(name.ToString(), "owners/eva/studies/digits");
  ASSERT_OK_AND_ASSIGN(name,
                       ParseStudyArgument("owners/bob/studies/x y", "eva"));
  EXPECT_EQ(name.ToString(), "owners/bob/studies/x y");
  for (const char* const wrong :
       {"", "a/b", "owners/bob", "owners/b/trials/c"}) {
    EXPECT_EQ(ExitCodeFor(ParseStudyArgument(wrong, "eva").status()),
              ExitCode::kUsage)
        << wrong;
  }
  EXPECT_THAT(ParseStudyArgument("digits", "a/b"),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("--owner")));
}

TEST(Arguments, ATrialIsAPositiveNumber) {
  const StudyName study{.owner = "o", .study = "s"};
  ASSERT_OK_AND_ASSIGN(const TrialName name, ParseTrialArgument(study, "7"));
  EXPECT_EQ(name.ToString(), "owners/o/studies/s/trials/7");
  for (const char* const wrong : {"", "0", "-1", "x", "1.5"}) {
    EXPECT_EQ(ExitCodeFor(ParseTrialArgument(study, wrong).status()),
              ExitCode::kUsage)
        << wrong;
  }
}

TEST(Arguments, DurationsHaveUnits) {
  EXPECT_THAT(ParseDuration("90s", "--grace"), IsOkAndHolds(absl::Seconds(90)));
  EXPECT_THAT(ParseDuration("1h30m", "--grace"),
              IsOkAndHolds(absl::Minutes(90)));
  for (const char* const wrong : {"", "90", "0", "-1s", "soon"}) {
    EXPECT_THAT(ParseDuration(wrong, "--grace"),
                StatusIs(StatusCode::kInvalidArgument, HasSubstr("--grace")))
        << wrong;
  }
}

TEST(Arguments, MetricsAreNumbers) {
  EXPECT_THAT(ParseMetric("accuracy=0.97"),
              IsOkAndHolds(EqualsProto("metric_id: 'accuracy' value: 0.97")));
  EXPECT_THAT(ParseMetric("a=b=-1e3"),
              IsOkAndHolds(EqualsProto("metric_id: 'a=b' value: -1000")));
  ASSERT_OK_AND_ASSIGN(const auto nan, ParseMetric("x=nan"));
  EXPECT_TRUE(std::isnan(nan.value()));
  EXPECT_THAT(ParseMetric("accuracy"),
              StatusIs(StatusCode::kInvalidArgument,
                       "\"accuracy\" is not of the form METRIC=VALUE"));
  EXPECT_THAT(ParseMetric("accuracy=high"),
              StatusIs(StatusCode::kInvalidArgument,
                       "metric \"accuracy\": \"high\" is not a number"));
  EXPECT_FALSE(ParseMetric("=1").ok());
}

TEST(Arguments, AResultHasEveryMetricOfTheStudy) {
  const auto spec = ParseProto<vizier::StudySpec>(
      "metrics { metric_id: 'accuracy' } metrics { metric_id: 'size' }");
  EXPECT_OK(CheckHasAllMetrics(
      spec, ParseProto<vizier::Measurement>(
                "metrics { metric_id: 'size' } metrics { metric_id: 'accuracy' "
                "} metrics { metric_id: 'loss' }")));
  EXPECT_THAT(CheckHasAllMetrics(spec, ParseProto<vizier::Measurement>(
                                           "metrics { metric_id: 'acuracy' }")),
              StatusIs(StatusCode::kInvalidArgument,
                       "metric \"accuracy\" is missing (given: acuracy); add "
                       "accuracy=VALUE"));
}

}  // namespace
}  // namespace apogee
