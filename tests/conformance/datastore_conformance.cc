#include "tests/conformance/datastore_conformance.h"

#include <atomic>
#include <optional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "tests/testing/matchers.h"
#include "tests/testing/study_image.h"

namespace apogee {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const StudyName kStudy = {"me", "digits"};

Commit PutTrial(const StudyName& study, TrialRow row) {
  Commit commit;
  commit.study = study;
  commit.trials.push_back(std::move(row));
  return commit;
}

// The seeds of the studies on a page: what tests tell them apart by.
std::vector<uint64_t> Seeds(const StudyPage& page) {
  std::vector<uint64_t> seeds;
  seeds.reserve(page.studies.size());
  for (const StudyRow& row : page.studies) {
    seeds.push_back(row.seed);
  }
  return seeds;
}

std::vector<int64_t> Ids(const std::vector<TrialRow>& trials) {
  std::vector<int64_t> ids;
  ids.reserve(trials.size());
  for (const TrialRow& row : trials) {
    ids.push_back(row.id);
  }
  return ids;
}

std::vector<int64_t> Numbers(const std::vector<OperationRow>& operations) {
  std::vector<int64_t> numbers;
  numbers.reserve(operations.size());
  for (const OperationRow& row : operations) {
    numbers.push_back(row.number);
  }
  return numbers;
}

}  // namespace

void DatastoreConformance::Reopen() {
  store_.reset();
  ASSERT_OK_AND_ASSIGN(store_, GetParam().open(folder_.path()));
}

TEST_P(DatastoreConformance, AStudyComesBackAsItWasWritten) {
  Commit commit = CreateStudy(kStudy, ~uint64_t{0});
  TrialRow bare;
  bare.id = int64_t{1} << 62;
  bare.state = "REQUESTED";
  commit.trials = {SomeTrial(2), bare, SomeTrial(1)};
  commit.measurements = {SomeMeasurement(2, 1), SomeMeasurement(1, 0),
                         SomeMeasurement(2, 0)};
  commit.operations = {SomeOperation("b", 2), SomeOperation("b", 1),
                       SomeOperation("a", 3)};
  ASSERT_OK(ApplyNow(store(), commit));

  ASSERT_OK_AND_ASSIGN(const StudyImage image, LoadImage(store(), kStudy));
  EXPECT_EQ(image.study, *commit.study_row);
  EXPECT_THAT(image.trials, ElementsAre(SomeTrial(1), SomeTrial(2), bare));
  EXPECT_THAT(image.measurements,
              ElementsAre(SomeMeasurement(1, 0), SomeMeasurement(2, 0),
                          SomeMeasurement(2, 1)));
  EXPECT_THAT(image.operations,
              ElementsAre(SomeOperation("a", 3), SomeOperation("b", 1),
                          SomeOperation("b", 2)));
}

TEST_P(DatastoreConformance, TimesAreKeptToTheMicrosecond) {
  const absl::Time exact =
      absl::FromUnixSeconds(1700000000) + absl::Nanoseconds(1234567);
  const absl::Time kept =
      absl::FromUnixSeconds(1700000000) + absl::Microseconds(1234);
  Commit commit = CreateStudy(kStudy);
  commit.study_row->create_time = exact;
  commit.trials = {SomeTrial(1)};
  commit.trials[0].start_time = exact;
  commit.trials[0].end_time = exact;
  commit.measurements = {SomeMeasurement(1, 0)};
  commit.measurements[0].elapsed = absl::Nanoseconds(1999);
  ASSERT_OK(ApplyNow(store(), commit));

  ASSERT_OK_AND_ASSIGN(const StudyImage image, LoadImage(store(), kStudy));
  EXPECT_EQ(image.study.create_time, kept);
  EXPECT_EQ(image.trials[0].start_time, kept);
  EXPECT_EQ(image.trials[0].end_time, kept);
  EXPECT_EQ(image.measurements[0].elapsed, absl::Microseconds(1));
}

TEST_P(DatastoreConformance, ARowWrittenAgainIsReplaced) {
  Commit first = CreateStudy(kStudy, 1);
  first.trials = {SomeTrial(1), SomeTrial(2)};
  first.measurements = {SomeMeasurement(1, 0)};
  first.operations = {SomeOperation("a", 1)};
  ASSERT_OK(ApplyNow(store(), first));

  Commit second = CreateStudy(kStudy, 2);
  second.trials = {SomeTrial(1)};
  second.trials[0].state = "INFEASIBLE";
  second.trials[0].end_time.reset();
  second.measurements = {SomeMeasurement(1, 0)};
  second.measurements[0].step = 77;
  second.operations = {SomeOperation("a", 1)};
  second.operations[0].done = true;
  second.operations[0].trial_ids.clear();
  ASSERT_OK(ApplyNow(store(), second));

  ASSERT_OK_AND_ASSIGN(const StudyImage image, LoadImage(store(), kStudy));
  EXPECT_EQ(image.study, *second.study_row);
  EXPECT_THAT(image.trials, ElementsAre(second.trials[0], SomeTrial(2)));
  EXPECT_THAT(image.measurements, ElementsAreArray(second.measurements));
  EXPECT_THAT(image.operations, ElementsAreArray(second.operations));
}

TEST_P(DatastoreConformance, AnErasedTrialTakesItsMeasurementsAlong) {
  Commit commit = CreateStudy(kStudy);
  commit.trials = {SomeTrial(1), SomeTrial(2), SomeTrial(3)};
  commit.measurements = {SomeMeasurement(1, 0), SomeMeasurement(2, 0),
                         SomeMeasurement(2, 1), SomeMeasurement(3, 0)};
  ASSERT_OK(ApplyNow(store(), commit));

  Commit erase;
  erase.study = kStudy;
  erase.erased_trials = {2, 99};
  ASSERT_OK(ApplyNow(store(), erase));

  ASSERT_OK_AND_ASSIGN(const StudyImage image, LoadImage(store(), kStudy));
  EXPECT_THAT(Ids(image.trials), ElementsAre(1, 3));
  EXPECT_THAT(image.measurements,
              ElementsAre(SomeMeasurement(1, 0), SomeMeasurement(3, 0)));
}

TEST_P(DatastoreConformance, AnErasedStudyTakesAllThatBelongsToItAlong) {
  Commit commit = CreateStudy(kStudy);
  commit.trials = {SomeTrial(1)};
  commit.measurements = {SomeMeasurement(1, 0)};
  commit.operations = {SomeOperation("a", 1)};
  ASSERT_OK(ApplyNow(store(), commit));
  ASSERT_OK(ApplyNow(store(), CreateStudy({"me", "other"})));

  Commit erase;
  erase.study = kStudy;
  erase.erase_study = true;
  ASSERT_OK(ApplyNow(store(), erase));
  EXPECT_THAT(LoadImage(store(), kStudy),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(ApplyNow(store(), erase), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_OK(LoadImage(store(), {"me", "other"}));

  ASSERT_OK(ApplyNow(store(), CreateStudy(kStudy)));
  ASSERT_OK_AND_ASSIGN(const StudyImage image, LoadImage(store(), kStudy));
  EXPECT_THAT(image.trials, IsEmpty());
  EXPECT_THAT(image.measurements, IsEmpty());
  EXPECT_THAT(image.operations, IsEmpty());
}

TEST_P(DatastoreConformance, AStudyErasedAndMadeAgainInOneCommitIsNew) {
  Commit commit = CreateStudy(kStudy, 1);
  commit.trials = {SomeTrial(1)};
  ASSERT_OK(ApplyNow(store(), commit));
  ASSERT_OK(ApplyNow(store(), CreateStudy({"me", "other"}, 2)));

  Commit again = CreateStudy(kStudy, 3);
  again.erase_study = true;
  again.trials = {SomeTrial(5)};
  ASSERT_OK(ApplyNow(store(), again));

  ASSERT_OK_AND_ASSIGN(const StudyImage image, LoadImage(store(), kStudy));
  EXPECT_THAT(Ids(image.trials), ElementsAre(5));
  ASSERT_OK_AND_ASSIGN(const StudyPage page, store().List({}));
  EXPECT_THAT(Seeds(page), ElementsAre(2, 3));
}

TEST_P(DatastoreConformance, AClientsLastOperationsAreKept) {
  ASSERT_OK(ApplyNow(store(), CreateStudy(kStudy)));
  for (int64_t number = 1; number <= 2 * kOperationsKept + 3; ++number) {
    Commit commit;
    commit.study = kStudy;
    commit.operations = {SomeOperation("busy", number)};
    if (number <= 2) {
      commit.operations.push_back(SomeOperation("idle", number));
    }
    ASSERT_OK(ApplyNow(store(), commit));
  }
  ASSERT_OK_AND_ASSIGN(const StudyImage image, LoadImage(store(), kStudy));
  std::vector<int64_t> expected;
  for (int64_t i = kOperationsKept - 1; i >= 0; --i) {
    expected.push_back(2 * kOperationsKept + 3 - i);
  }
  expected.insert(expected.end(), {1, 2});  // of the client "idle"
  EXPECT_THAT(Numbers(image.operations), ElementsAreArray(expected));
}

TEST_P(DatastoreConformance, WhatIsNotThereIsNotFoundByName) {
  const auto not_found =
      StatusIs(absl::StatusCode::kNotFound,
               HasSubstr("study \"owners/me/studies/digits\" does not exist"));
  EXPECT_THAT(LoadImage(store(), kStudy), not_found);
  EXPECT_THAT(ApplyNow(store(), PutTrial(kStudy, SomeTrial(1))), not_found);
  Commit empty;
  empty.study = kStudy;
  EXPECT_THAT(ApplyNow(store(), empty), not_found);
}

TEST_P(DatastoreConformance, ACommitToNoStudyFailsAlone) {
  StoreHold hold(store());
  auto before = ApplyLater(store(), CreateStudy(kStudy));
  auto missing = ApplyLater(store(), PutTrial({"me", "none"}, SomeTrial(1)));
  auto after = ApplyLater(store(), PutTrial(kStudy, SomeTrial(1)));
  hold.Release();
  EXPECT_OK(before.get());
  EXPECT_THAT(missing.get(), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_OK(after.get());
  ASSERT_OK_AND_ASSIGN(const StudyImage image, LoadImage(store(), kStudy));
  EXPECT_THAT(Ids(image.trials), ElementsAre(1));
  EXPECT_OK(store().Health());
}

TEST_P(DatastoreConformance, DoneRunsOnceForEachCommitInCallOrder) {
  constexpr int kCommits = 1000;
  std::vector<int> order;  // written by the store's thread alone
  std::set<std::thread::id> threads;
  {
    StoreHold hold(store());
    for (int i = 0; i < kCommits; ++i) {
      const StudyName study = {"me", absl::StrCat(i % 7)};
      // Some fail: they keep their place.
      store().Apply(i % 10 == 9 ? PutTrial({"me", "none"}, SomeTrial(1))
                                : CreateStudy(study),
                    [&, i](const absl::Status& status) {
                      EXPECT_EQ(status.ok(), i % 10 != 9) << status;
                      order.push_back(i);
                      threads.insert(std::this_thread::get_id());
                    });
    }
  }
  ASSERT_OK(ApplyNow(store(), CreateStudy(kStudy)));
  ASSERT_THAT(order, SizeIs(kCommits));
  for (int i = 0; i < kCommits; ++i) {
    EXPECT_EQ(order[i], i);
  }
  EXPECT_THAT(threads, SizeIs(1));
  EXPECT_FALSE(threads.contains(std::this_thread::get_id()));
}

TEST_P(DatastoreConformance, DoneMayApply) {
  std::promise<absl::Status> second;
  store().Apply(CreateStudy(kStudy), [&](const absl::Status& first) {
    EXPECT_OK(first);
    store().Apply(PutTrial(kStudy, SomeTrial(1)), [&](absl::Status status) {
      second.set_value(std::move(status));
    });
  });
  EXPECT_OK(second.get_future().get());
}

TEST_P(DatastoreConformance, ReadersSeeWhatIsDone) {
  ASSERT_OK(ApplyNow(store(), CreateStudy(kStudy)));
  std::vector<std::future<absl::Status>> commits;
  for (int64_t id = 1; id <= 50; ++id) {
    commits.push_back(ApplyLater(store(), PutTrial(kStudy, SomeTrial(id))));
  }
  for (size_t i = 0; i < commits.size(); ++i) {
    ASSERT_OK(commits[i].get());
    ASSERT_OK_AND_ASSIGN(const StudyImage image, LoadImage(store(), kStudy));
    EXPECT_GE(image.trials.size(), i + 1);
  }
}

TEST_P(DatastoreConformance, ReadersNeverSeeHalfACommit) {
  constexpr int64_t kTrials = 300;
  // In each commit the study's counter and its trials agree.
  const auto grown = [](int64_t trials) {
    Commit commit = CreateStudy(kStudy);
    commit.study_row->next_trial_id = trials + 1;
    if (trials > 0) {
      commit.trials = {SomeTrial(trials)};
      commit.measurements = {SomeMeasurement(trials, 0)};
    }
    return commit;
  };
  ASSERT_OK(ApplyNow(store(), grown(0)));
  std::thread writer([&] {
    for (int64_t trials = 1; trials <= kTrials; ++trials) {
      EXPECT_OK(ApplyNow(store(), grown(trials)));
    }
  });
  size_t seen = 0;
  while (seen < kTrials) {
    const absl::StatusOr<StudyImage> image = LoadImage(store(), kStudy);
    if (!image.ok()) {
      ADD_FAILURE() << image.status();
      break;
    }
    EXPECT_EQ(static_cast<size_t>(image->study.next_trial_id),
              image->trials.size() + 1);
    EXPECT_EQ(image->measurements.size(), image->trials.size());
    EXPECT_GE(image->trials.size(), seen);
    seen = image->trials.size();
  }
  writer.join();
}

TEST_P(DatastoreConformance, ManyThreadsApplyAndReadAtOnce) {
  constexpr int kThreads = 8;
  constexpr int64_t kTrials = 40;
  ASSERT_OK(ApplyNow(store(), CreateStudy(kStudy)));
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      const StudyName own = {"me", absl::StrCat("own ", thread)};
      EXPECT_OK(ApplyNow(store(), CreateStudy(own)));
      for (int64_t i = 0; i < kTrials; ++i) {
        auto shared = ApplyLater(
            store(), PutTrial(kStudy, SomeTrial(1 + thread * kTrials + i)));
        EXPECT_OK(ApplyNow(store(), PutTrial(own, SomeTrial(i + 1))));
        EXPECT_OK(shared.get());
        const absl::StatusOr<StudyImage> image = LoadImage(store(), own);
        ASSERT_OK(image);
        EXPECT_THAT(image->trials, SizeIs(i + 1));
        EXPECT_OK(store().List({.page_size = 3}));
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  ASSERT_OK_AND_ASSIGN(const StudyImage image, LoadImage(store(), kStudy));
  EXPECT_THAT(image.trials, SizeIs(kThreads * kTrials));
}

TEST_P(DatastoreConformance, ListsInOrderOfCreationPageByPage) {
  for (uint64_t seed = 1; seed <= 7; ++seed) {
    // Names and a second write say nothing of the order.
    const StudyName name = {seed % 3 == 0 ? "you" : "me",
                            absl::StrCat("study ", 9 - seed)};
    ASSERT_OK(ApplyNow(store(), CreateStudy(name, seed)));
    ASSERT_OK(ApplyNow(store(), CreateStudy(name, seed)));
  }
  const std::vector<uint64_t> all = {1, 2, 3, 4, 5, 6, 7};
  const std::vector<uint64_t> mine = {1, 2, 4, 5, 7};
  for (int page_size : {0, 1, 2, 3, 5, 7, 8}) {
    for (const bool one_owner : {false, true}) {
      ListQuery query;
      query.page_size = page_size;
      if (one_owner) {
        query.owner = "me";
      }
      std::vector<uint64_t> seen;
      do {
        ASSERT_OK_AND_ASSIGN(const StudyPage page, store().List(query));
        EXPECT_TRUE(page_size == 0 ||
                    page.studies.size() <= static_cast<size_t>(page_size));
        EXPECT_THAT(page.studies, testing::Not(IsEmpty()));
        const std::vector<uint64_t> seeds = Seeds(page);
        seen.insert(seen.end(), seeds.begin(), seeds.end());
        query.page_token = page.next_page_token;
      } while (!query.page_token.empty());
      EXPECT_EQ(seen, one_owner ? mine : all) << "page size " << page_size;
    }
  }
  ASSERT_OK_AND_ASSIGN(const StudyPage none, store().List({.owner = "nobody"}));
  EXPECT_THAT(none.studies, IsEmpty());
  EXPECT_EQ(none.next_page_token, "");
}

TEST_P(DatastoreConformance, ListingGoesOnAfterAStudyThatWasErased) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    ASSERT_OK(ApplyNow(store(), CreateStudy({"me", absl::StrCat(seed)}, seed)));
  }
  ASSERT_OK_AND_ASSIGN(const StudyPage first, store().List({.page_size = 2}));
  Commit erase;
  erase.study = {"me", "2"};
  erase.erase_study = true;
  ASSERT_OK(ApplyNow(store(), erase));
  ASSERT_OK_AND_ASSIGN(const StudyPage rest,
                       store().List({.page_token = first.next_page_token}));
  EXPECT_THAT(Seeds(rest), ElementsAre(3, 4));
}

TEST_P(DatastoreConformance, AForeignPageTokenIsRefused) {
  for (const char* token :
       {"x", "-1", "0", "+1", "01", " 1", "1x", "99999999999999999999"}) {
    EXPECT_THAT(store().List({.page_token = token}),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr(absl::StrCat("\"", token, "\""))));
  }
}

TEST_P(DatastoreConformance, BigRowsAreKept) {
  constexpr size_t kBig = size_t{8} << 20;
  Commit commit = CreateStudy(kStudy);
  commit.study_row->proto.assign(kBig, 's');
  commit.trials = {SomeTrial(1)};
  commit.trials[0].proto.assign(kBig, '\xff');
  commit.trials[0].memo.assign(kBig, '\0');
  ASSERT_OK(ApplyNow(store(), commit));
  ASSERT_OK_AND_ASSIGN(const StudyImage image, LoadImage(store(), kStudy));
  EXPECT_TRUE(image.study == *commit.study_row);
  EXPECT_TRUE(image.trials == commit.trials);
}

TEST_P(DatastoreConformance, NamesAreNothingButText) {
  const std::vector<std::string> texts = {"'; DROP TABLE studies;--",
                                          "\"quoted\"",
                                          "\\back\\slash",
                                          "%_?1:a@b$c",
                                          "Größe 数字 🚀",
                                          "a",
                                          "A",
                                          " a",
                                          "a ",
                                          "line\nbreak",
                                          std::string("nul\0byte", 8),
                                          std::string("nul\0other", 9),
                                          "1",
                                          "1.0",
                                          std::string(1024, 'x')};
  uint64_t seed = 0;
  for (const std::string& text : texts) {
    Commit commit = CreateStudy({text, text}, ++seed);
    commit.trials = {SomeTrial(1)};
    commit.trials[0].client_id = text;
    commit.trials[0].infeasible_reason = text;
    commit.operations = {SomeOperation(text, 1)};
    ASSERT_OK(ApplyNow(store(), commit));
  }
  seed = 0;
  for (const std::string& text : texts) {
    SCOPED_TRACE(text);
    ASSERT_OK_AND_ASSIGN(const StudyImage image,
                         LoadImage(store(), {text, text}));
    EXPECT_EQ(image.study.seed, ++seed);
    EXPECT_EQ(image.trials[0].client_id, text);
    EXPECT_EQ(image.trials[0].infeasible_reason, text);
    EXPECT_EQ(image.operations[0].client_id, text);
    ASSERT_OK_AND_ASSIGN(const StudyPage page, store().List({.owner = text}));
    EXPECT_THAT(Seeds(page), ElementsAre(seed));
  }
}

TEST_P(DatastoreConformance, DestroyingItFinishesWhatWasApplied) {
  constexpr int64_t kTrials = 200;
  std::vector<std::future<absl::Status>> commits;
  commits.push_back(ApplyLater(store(), CreateStudy(kStudy)));
  for (int64_t id = 1; id <= kTrials; ++id) {
    commits.push_back(ApplyLater(store(), PutTrial(kStudy, SomeTrial(id))));
  }
  Reopen();
  for (std::future<absl::Status>& commit : commits) {
    EXPECT_OK(commit.get());
  }
  if (GetParam().survives_restart) {
    ASSERT_OK_AND_ASSIGN(const StudyImage image, LoadImage(store(), kStudy));
    EXPECT_THAT(image.trials, SizeIs(kTrials));
  }
}

TEST_P(DatastoreConformance, AReopenedStoreHoldsWhatItPromised) {
  Commit commit = CreateStudy(kStudy, 1);
  commit.trials = {SomeTrial(1), SomeTrial(2)};
  commit.measurements = {SomeMeasurement(1, 0)};
  commit.operations = {SomeOperation("a", 1)};
  ASSERT_OK(ApplyNow(store(), commit));
  ASSERT_OK(ApplyNow(store(), CreateStudy({"me", "second"}, 2)));
  ASSERT_OK_AND_ASSIGN(const StudyPage first, store().List({.page_size = 1}));
  Reopen();

  if (!GetParam().survives_restart) {
    EXPECT_THAT(LoadImage(store(), kStudy),
                StatusIs(absl::StatusCode::kNotFound));
    return;
  }
  ASSERT_OK_AND_ASSIGN(const StudyImage image, LoadImage(store(), kStudy));
  EXPECT_EQ(image.study, *commit.study_row);
  EXPECT_THAT(image.trials, ElementsAreArray(commit.trials));
  EXPECT_THAT(image.measurements, ElementsAreArray(commit.measurements));
  EXPECT_THAT(image.operations, ElementsAreArray(commit.operations));
  // A page token outlives the store, and a new study comes last.
  ASSERT_OK(ApplyNow(store(), CreateStudy({"me", "third"}, 3)));
  ASSERT_OK(ApplyNow(store(), PutTrial(kStudy, SomeTrial(3))));
  ASSERT_OK_AND_ASSIGN(const StudyPage rest,
                       store().List({.page_token = first.next_page_token}));
  EXPECT_THAT(Seeds(rest), ElementsAre(2, 3));
}

TEST_P(DatastoreConformance, AHealthyStoreSaysSo) {
  EXPECT_OK(store().Health());
  ASSERT_OK(ApplyNow(store(), CreateStudy(kStudy)));
  EXPECT_OK(store().Health());
}

TEST_P(DatastoreConformance, NothingIsWrongWithAGoodStore) {
  EXPECT_THAT(store().Check(), IsOkAndHolds(IsEmpty()));
  Commit commit = CreateStudy(kStudy);
  commit.trials = {SomeTrial(1)};
  commit.measurements = {SomeMeasurement(1, 0)};
  commit.operations = {SomeOperation("a", 1)};
  ASSERT_OK(ApplyNow(store(), commit));
  EXPECT_THAT(store().Check(), IsOkAndHolds(IsEmpty()));
}

TEST_P(DatastoreConformance, AVacuumChangesNothing) {
  Commit commit = CreateStudy(kStudy);
  commit.trials = {SomeTrial(1), SomeTrial(2)};
  commit.measurements = {SomeMeasurement(2, 0)};
  ASSERT_OK(ApplyNow(store(), commit));
  ASSERT_OK(ApplyNow(store(), CreateStudy({"me", "doomed"})));
  Commit erase;
  erase.study = {"me", "doomed"};
  erase.erase_study = true;
  ASSERT_OK(ApplyNow(store(), erase));

  ASSERT_OK(store().Vacuum());
  ASSERT_OK_AND_ASSIGN(const StudyImage image, LoadImage(store(), kStudy));
  EXPECT_THAT(image.trials, ElementsAreArray(commit.trials));
  EXPECT_THAT(image.measurements, ElementsAreArray(commit.measurements));
  EXPECT_OK(ApplyNow(store(), PutTrial(kStudy, SomeTrial(3))));
  ASSERT_OK(ApplyNow(store(), CreateStudy({"me", "later"}, 7)));
  ASSERT_OK_AND_ASSIGN(const StudyPage all, store().List({}));
  EXPECT_THAT(Seeds(all), ElementsAre(1, 7));
}

TEST_P(DatastoreConformance, CommitsAroundAVacuumAreKept) {
  ASSERT_OK(ApplyNow(store(), CreateStudy(kStudy)));
  std::vector<std::future<absl::Status>> commits;
  for (int64_t id = 1; id <= 100; ++id) {
    commits.push_back(ApplyLater(store(), PutTrial(kStudy, SomeTrial(id))));
    if (id % 25 == 0) {
      ASSERT_OK(store().Vacuum());
    }
  }
  for (std::future<absl::Status>& commit : commits) EXPECT_OK(commit.get());
  ASSERT_OK_AND_ASSIGN(const StudyImage image, LoadImage(store(), kStudy));
  EXPECT_THAT(image.trials, SizeIs(100));
}

}  // namespace apogee
