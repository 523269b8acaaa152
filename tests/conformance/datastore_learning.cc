// The laws of storage/study_reader.h and of what is kept for it.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "tests/conformance/datastore_conformance.h"
#include "tests/testing/matchers.h"
#include "tests/testing/study_image.h"

namespace apogee {
namespace {

using absl::StatusCode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const StudyName kStudy = {"me", "digits"};

Commit Shared(const StudyName& name, const std::string& sharing) {
  Commit commit = CreateStudy(name);
  commit.study_row->sharing = sharing;
  commit.study_row->proto = name.study;
  return commit;
}

std::vector<std::string> Protos(const std::vector<StudyOutline>& studies) {
  std::vector<std::string> protos;
  protos.reserve(studies.size());
  for (const StudyOutline& study : studies) {
    protos.push_back(study.proto);
  }
  return protos;
}

TrialRow Finished(int64_t id, int64_t place, const std::string& state) {
  TrialRow row = SomeTrial(id);
  row.state = state;
  row.finished = place;
  row.parameters_json = absl::StrCat("{\"x\":", id, "}");
  return row;
}

}  // namespace

TEST_P(DatastoreConformance, ABackgroundIsWrittenOnce) {
  Commit first = CreateStudy(kStudy, 1);
  first.study_row->background.clear();
  ASSERT_OK(ApplyNow(store(), first));
  for (const char* const background : {"one", "two", ""}) {
    Commit next = CreateStudy(kStudy, 2);
    next.study_row->background = background;
    ASSERT_OK(ApplyNow(store(), next));
    ASSERT_OK_AND_ASSIGN(const StudyImage image, LoadImage(store(), kStudy));
    EXPECT_EQ(image.study.background, "one");
    EXPECT_EQ(image.study.seed, 2u);
  }
  ASSERT_OK_AND_ASSIGN(const StudyPage page, store().List({}));
  ASSERT_THAT(page.studies, SizeIs(1));
  EXPECT_EQ(page.studies[0].background, "");

  Commit anew = CreateStudy(kStudy);
  anew.erase_study = true;
  anew.study_row->background = "three";
  ASSERT_OK(ApplyNow(store(), anew));
  ASSERT_OK_AND_ASSIGN(const StudyImage image, LoadImage(store(), kStudy));
  EXPECT_EQ(image.study.background, "three");
}

TEST_P(DatastoreConformance, SharedStudiesAreListedTheNewestFirst) {
  ASSERT_OK(ApplyNow(store(), Shared({"me", "a"}, "OWNER")));
  ASSERT_OK(ApplyNow(store(), Shared({"you", "b"}, "SERVER")));
  ASSERT_OK(ApplyNow(store(), Shared({"me", "c"}, "")));
  ASSERT_OK(ApplyNow(store(), Shared({"me", "d"}, "SERVER")));
  ASSERT_OK(ApplyNow(store(), Shared({"you", "e"}, "OWNER")));

  const auto list = [&](std::optional<std::string> owner, int limit) {
    return Protos(
        *store().ListShared({.owner = std::move(owner), .limit = limit}));
  };
  EXPECT_THAT(list("me", 10), ElementsAre("d", "a"));
  EXPECT_THAT(list("me", 1), ElementsAre("d"));
  EXPECT_THAT(list("nobody", 10), IsEmpty());
  EXPECT_THAT(list(std::nullopt, 10), ElementsAre("d", "b"));
  EXPECT_THAT(store().ListSharingOwners(),
              IsOkAndHolds(ElementsAre("me", "you")));

  // Consent can be taken back.
  ASSERT_OK(ApplyNow(store(), Shared({"me", "d"}, "")));
  ASSERT_OK(ApplyNow(store(), Shared({"you", "e"}, "")));
  EXPECT_THAT(list("me", 10), ElementsAre("a"));
  EXPECT_THAT(list(std::nullopt, 10), ElementsAre("b"));
  EXPECT_THAT(store().ListSharingOwners(), IsOkAndHolds(ElementsAre("me")));
}

TEST_P(DatastoreConformance, FinishedTrialsComeInTheOrderTheyFinished) {
  Commit commit = CreateStudy(kStudy);
  commit.trials = {Finished(1, 0, "SUCCEEDED"), Finished(2, 3, "INFEASIBLE"),
                   Finished(3, 1, "SUCCEEDED"), SomeTrial(4)};
  commit.trials[3].state = "ACTIVE";
  commit.trials[3].finished.reset();
  ASSERT_OK(ApplyNow(store(), commit));
  const auto outline = [&](int i) {
    return TrialOutline{
        .is_feasible = commit.trials[i].state == "SUCCEEDED",
        .parameters_json = commit.trials[i].parameters_json,
        .final_metrics_json = commit.trials[i].final_metrics_json};
  };
  EXPECT_THAT(store().ListFinished(kStudy, 10),
              IsOkAndHolds(ElementsAre(outline(0), outline(2), outline(1))));
  EXPECT_THAT(store().ListFinished(kStudy, 3),
              IsOkAndHolds(ElementsAre(outline(2), outline(1))));
  EXPECT_THAT(store().CountFinished(kStudy, 10), IsOkAndHolds(3));
  EXPECT_THAT(store().CountFinished(kStudy, 2), IsOkAndHolds(2));
  EXPECT_THAT(store().CountFinished({"me", "other"}, 3),
              StatusIs(StatusCode::kNotFound, HasSubstr("other")));
  EXPECT_THAT(store().ListFinished({"me", "other"}, 3),
              StatusIs(StatusCode::kNotFound, HasSubstr("other")));
}

TEST_P(DatastoreConformance, TrialsThatWereGivenUpTellNothing) {
  Commit commit = CreateStudy(kStudy);
  commit.trials = {Finished(1, 0, "LOST"), Finished(2, 1, "INFEASIBLE")};
  ASSERT_OK(ApplyNow(store(), commit));
  EXPECT_THAT(store().ListFinished(kStudy, 10), IsOkAndHolds(SizeIs(1)));
}

TEST_P(DatastoreConformance, AnOutlineIsOfOneStudy) {
  ASSERT_OK(ApplyNow(store(), Shared(kStudy, "OWNER")));
  EXPECT_THAT(
      store().Outline(kStudy),
      IsOkAndHolds(StudyOutline{.proto = "digits", .sharing = "OWNER"}));
  EXPECT_THAT(store().Outline({"me", "other"}),
              StatusIs(StatusCode::kNotFound, HasSubstr("other")));
}

TEST_P(DatastoreConformance, RegressorsAreKeptByVersion) {
  RegressorRow mine = SomeRegressor("me");
  RegressorRow rejected = SomeRegressor("");
  rejected.chosen_time.reset();
  EXPECT_THAT(store().AddRegressor(mine), IsOkAndHolds(1));
  EXPECT_THAT(store().AddRegressor(rejected), IsOkAndHolds(2));
  mine.version = 1;
  rejected.version = 2;
  EXPECT_THAT(store().LoadRegressor(1), IsOkAndHolds(mine));
  EXPECT_THAT(store().LoadRegressor(2), IsOkAndHolds(rejected));

  ASSERT_OK(store().ChooseRegressor(2, absl::FromUnixSeconds(1700000009)));
  rejected.chosen_time = absl::FromUnixSeconds(1700000009);
  rejected.weights.clear();
  mine.weights.clear();
  EXPECT_THAT(store().ListRegressors(),
              IsOkAndHolds(ElementsAre(mine, rejected)));

  ASSERT_OK(store().EraseRegressor(2));
  EXPECT_THAT(store().ListRegressors(), IsOkAndHolds(ElementsAre(mine)));
  for (const absl::Status& status :
       {store().LoadRegressor(2).status(), store().EraseRegressor(2),
        store().ChooseRegressor(2, absl::UnixEpoch())}) {
    EXPECT_THAT(status, StatusIs(StatusCode::kNotFound,
                                 "there is no regressor of version 2"));
  }
  // A version is never given twice.
  if (GetParam().survives_restart) Reopen();
  EXPECT_THAT(store().AddRegressor(SomeRegressor("")), IsOkAndHolds(3));
  EXPECT_THAT(store().ListRegressors(), IsOkAndHolds(SizeIs(2)));
}

}  // namespace apogee
