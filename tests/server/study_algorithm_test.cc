// Which algorithm a study runs.

#include <string>

#include "absl/strings/str_cat.h"
#include "server/engine/study.h"
#include "server/engine/study_loader.h"
#include "tests/server/study_harness.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using absl::StatusCode;
using testing::HasSubstr;

TEST(StudyAlgorithm, RefusesAnAlgorithmThatIsNotThere) {
  Effects effects;
  EXPECT_THAT(
      Study::Create(MakeCreateRequest("algorithm: 'RANDOM_SERACH'"), 1,
                    absl::UnixEpoch(), effects),
      StatusIs(StatusCode::kInvalidArgument,
               testing::AllOf(HasSubstr("did you mean \"RANDOM_SEARCH\""),
                              HasSubstr("GRID_SEARCH"))));
  EXPECT_TRUE(effects.commit.empty());
}

TEST(StudyAlgorithm, IsStillThereWhenItsPythiaEndpointIsTakenAway) {
  StudyHarness harness(R"pb(
    algorithm: "MY_OWN"
    metadata { ns: ":service" key: "PYTHIA_ENDPOINT" value: "localhost:1" }
  )pb");
  EXPECT_THAT(harness.Update("delta { metadatum { ns: ':service' key: "
                             "'PYTHIA_ENDPOINT' value: '' } }"),
              IsOkAndHolds(""));
  harness.Restart();
  EXPECT_EQ(harness.study().problem()->algorithm(), nullptr);
}

TEST(StudyAlgorithm, TakesAnyAlgorithmWithAPythiaEndpoint) {
  StudyHarness harness(R"pb(
    algorithm: "MY_OWN"
    metadata { ns: ":service" key: "PYTHIA_ENDPOINT" value: "localhost:1" }
  )pb");
  EXPECT_EQ(harness.study().problem()->algorithm(), nullptr);
  harness.Restart();
  EXPECT_EQ(harness.study().problem()->algorithm_name(), "MY_OWN");
}

TEST(StudyAlgorithm, ChoosesAnAlgorithmWhereTheSpecLeavesItOpen) {
  for (const char* open : {"DEFAULT", "ALGORITHM_UNSPECIFIED"}) {
    StudyHarness harness(absl::StrCat("algorithm: '", open, "'"));
    EXPECT_EQ(harness.study().Summary().algorithm(), "GP_UCB_PE");
    EXPECT_EQ(harness.study().proto().study_spec().algorithm(), open);
    StudyHarness many(absl::StrCat("algorithm: '", open,
                                   "' apogee_options { budget { trials: 5000 } "
                                   "}"));
    EXPECT_EQ(many.study().Summary().algorithm(), "CMA_ES");
  }
}

// A server that would choose otherwise finds a study made by another.
TEST(StudyAlgorithm, KeepsTheAlgorithmThatWasChosenForIt) {
  Effects effects;
  ASSERT_OK_AND_ASSIGN(
      const Study made,
      Study::Create(MakeCreateRequest("algorithm: 'DEFAULT'"), 1,
                    absl::UnixEpoch(), effects, {.algorithm = "CMA_ES"}));
  StudyLoader loader;
  ASSERT_OK(loader.TakeStudy(*effects.commit.study_row));
  Study again = loader.Finish();
  EXPECT_EQ(again.Summary().algorithm(), "CMA_ES");
  EXPECT_EQ(again.Export().algorithm(), "CMA_ES");

  apogee::v1::ImportStudyRequest request;
  request.set_parent("owners/o");
  *request.mutable_record() = again.Export();
  ASSERT_OK_AND_ASSIGN(Study moved,
                       Study::Import(request, 1, absl::UnixEpoch(), effects));
  EXPECT_EQ(moved.Summary().algorithm(), "CMA_ES");

  request.mutable_record()->set_algorithm("NO_SUCH");
  EXPECT_THAT(Study::Import(request, 1, absl::UnixEpoch(), effects),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("NO_SUCH")));
  request.mutable_record()->clear_algorithm();
  request.mutable_record()->set_next_trial_id(2000);
  ASSERT_OK_AND_ASSIGN(Study grown,
                       Study::Import(request, 1, absl::UnixEpoch(), effects));
  EXPECT_EQ(grown.Summary().algorithm(), "CMA_ES");
}

}  // namespace
}  // namespace apogee
