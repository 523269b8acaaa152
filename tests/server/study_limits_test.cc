// What a study refuses because it would grow too large.

#include <string>

#include "absl/strings/str_cat.h"
#include "proto/validate.h"
#include "tests/server/study_harness.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using absl::StatusCode;
using testing::HasSubstr;

TEST(StudyLimits, RefusesABatchThatWouldTakeTooMuchMemory) {
  vizier::StudySpec spec;
  for (int i = 0; i < 1000; ++i) {
    vizier::StudySpec::ParameterSpec& parameter = *spec.add_parameters();
    parameter.set_parameter_id(absl::StrCat(std::string(1000, 'p'), i));
    parameter.mutable_double_value_spec();
  }
  StudyHarness h(spec.DebugString());
  EXPECT_THAT(h.Suggest("w", 1000),
              StatusIs(StatusCode::kInvalidArgument,
                       HasSubstr("ask for at most 259 at a time")));
  EXPECT_TRUE(h.effects().commit.empty());
  EXPECT_OK(h.Suggest("w", 259));
}

TEST(StudyLimits, TakesSoManyMeasurementsOfATrial) {
  StudyHarness h;
  vizier::Trial trial;
  for (int i = 1; i < kMaxMeasurements; ++i) trial.add_measurements();
  ASSERT_OK(h.Create(trial.DebugString()));
  ASSERT_OK(h.Take("w"));
  ASSERT_OK(h.Measure(1, 1, 0.5));
  EXPECT_THAT(h.Measure(1, 2, 0.5),
              StatusIs(StatusCode::kFailedPrecondition,
                       HasSubstr("trial 1 has 100000 measurements")));
  EXPECT_TRUE(h.effects().commit.empty());
}

TEST(StudyLimits, RefusesMetadataThatGrowsWithoutEnd) {
  StudyHarness h;
  ASSERT_OK(h.Take("w"));
  const auto update = [&](const std::string& trial, const std::string& key) {
    return h.Update(absl::StrCat("delta { ", trial, " metadatum { key: '", key,
                                 "' value: '", std::string(10 << 20, 'v'),
                                 "' } }"));
  };
  for (const std::string trial : {"", "trial_id: '1'"}) {
    EXPECT_THAT(update(trial, "k"), IsOkAndHolds(""));
    EXPECT_THAT(update(trial, "k"), IsOkAndHolds(""));
    EXPECT_THAT(update(trial, "l"),
                IsOkAndHolds(HasSubstr("at most 16777216 are allowed")));
    EXPECT_TRUE(h.effects().commit.empty());
  }
}

}  // namespace
}  // namespace apogee
