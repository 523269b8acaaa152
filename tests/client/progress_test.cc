#include "client/cli/tune/progress.h"

#include "client/cli/views.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using Kind = TrialResult::Kind;

TEST(Progress, SaysWhatBecameOfATrial) {
  const auto summary = ParseProto<apogee::v1::StudySummary>(R"pb(
    study { study_spec { metrics { metric_id: "accuracy" goal: MAXIMIZE } } }
    best_trial {
      id: "4"
      state: SUCCEEDED
      final_measurement { metrics { metric_id: "accuracy" value: 0.95 } }
    }
  )pb");
  TrialResult result;
  result.kind = Kind::kSucceeded;
  result.trial = ParseProto<vizier::Trial>(R"pb(
    id: "7"
    infeasible_reason: "exit code 3: boom"
    final_measurement { metrics { metric_id: "accuracy" value: 0.93 } }
  )pb");
  result.took = absl::Milliseconds(1234);
  EXPECT_EQ(Progress::Describe(result, summary),
            "trial 7 done in 1.2s: accuracy=0.93 (best 0.95, trial 4)");
  EXPECT_EQ(Progress::Describe(result, {}),
            "trial 7 done in 1.2s: accuracy=0.93");
  result.kind = Kind::kStopped;
  EXPECT_EQ(Progress::Describe(result, {}),
            "trial 7 stopped early after 1.2s: accuracy=0.93");
  result.kind = Kind::kInfeasible;
  EXPECT_EQ(Progress::Describe(result, summary),
            "trial 7 failed in 1.2s: exit code 3: boom");
  result.kind = Kind::kLost;
  EXPECT_EQ(Progress::Describe(result, summary),
            "trial 7 was ended or deleted by somebody else; its program was "
            "stopped after 1.2s");
}

TEST(Views, DurationsAreShort) {
  EXPECT_EQ(ShortDuration(absl::Milliseconds(850)), "850ms");
  EXPECT_EQ(ShortDuration(absl::Milliseconds(1234)), "1.2s");
  EXPECT_EQ(ShortDuration(absl::Milliseconds(59'990)), "1m00s");
  EXPECT_EQ(ShortDuration(absl::Seconds(185)), "3m05s");
  EXPECT_EQ(ShortDuration(absl::Minutes(130)), "2h10m");
}

TEST(Views, NumbersAreShort) {
  EXPECT_EQ(ShortNumber(0.123456), "0.1235");
  EXPECT_EQ(ShortNumber(100000), "100000");
  EXPECT_EQ(ShortNumber(1e-5), "1e-05");
}

}  // namespace
}  // namespace apogee
