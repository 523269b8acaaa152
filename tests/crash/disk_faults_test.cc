// The SQLite store on a disk that fails: whatever happens, each commit that was
// acknowledged is there afterwards, and every other is there whole or not at
// all.

#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/rng.h"
#include "storage/sqlite/sqlite_datastore.h"
#include "tests/conformance/datastore_conformance.h"
#include "tests/storage/sql.h"
#include "tests/testing/faulty_vfs.h"
#include "tests/testing/matchers.h"
#include "tests/testing/temp_dir.h"

namespace apogee {
namespace {

using absl::StatusCode;
using testing::AllOf;
using testing::HasSubstr;

// Number `n`, from 1, of a made-up history of three studies. Each commit writes
// its number into the study's row, so that no two leave the same behind.
Commit HistoryCommit(int n, size_t large_bytes) {
  RandomStream random = Rng(20).At(n);
  Commit commit = CreateStudy({"o", absl::StrCat("s", n % 3)}, n);
  commit.erase_study = random.Below(10) == 0;
  for (uint64_t i = random.Below(5); i > 0; --i) {
    TrialRow trial = SomeTrial(1 + static_cast<int64_t>(random.Below(20)));
    trial.proto.assign(1 + random.Below(4000),
                       static_cast<char>('a' + random.Below(26)));
    commit.trials.push_back(std::move(trial));
    commit.measurements.push_back(
        SomeMeasurement(1 + static_cast<int64_t>(random.Below(20)), n));
  }
  if (n % 8 == 0 && large_bytes > 0) {
    commit.trials.push_back(SomeTrial(1000));
    commit.trials.back().proto.assign(large_bytes, static_cast<char>('a' + n));
  }
  if (random.Below(3) == 0) commit.erased_trials.push_back(1);
  commit.operations.push_back(SomeOperation("w", n));
  return commit;
}

// All that is in the tables, in short.
size_t Digest(const std::string& path) {
  Sql sql(path);
  std::string all;
  for (const char* table :
       {"studies", "trials", "measurements", "operations"}) {
    for (const std::string& row :
         sql.Query(absl::StrCat("SELECT *, length(proto) FROM ", table))) {
      absl::StrAppend(&all, row, "\n");
    }
  }
  return std::hash<std::string>()(all);
}

// A history and what the file holds after each of its commits.
class History {
 public:
  // Every eighth commit holds `large_bytes` more.
  explicit History(int commits, size_t large_bytes = 0)
      : large_bytes_(large_bytes) {
    TempDir folder;
    const std::string path = folder.File("model.db");
    auto store = OpenSqliteDatastore({.path = path});
    EXPECT_OK(store);
    digests_.push_back(Digest(path));
    for (int n = 1; n <= commits; ++n) {
      EXPECT_OK(ApplyNow(**store, Get(n)));
      digests_.push_back(Digest(path));
    }
  }

  int size() const { return static_cast<int>(digests_.size()) - 1; }
  Commit Get(int n) const { return HistoryCommit(n, large_bytes_); }

  // How many commits the file holds; -1 when it holds anything else.
  int Find(size_t digest) const {
    for (int n = size(); n >= 0; --n) {
      if (digests_[n] == digest) return n;
    }
    return -1;
  }

 private:
  const size_t large_bytes_;
  std::vector<size_t> digests_;
};

// What a run of the history came to.
struct Progress {
  std::atomic<int> acknowledged = 0;  // commits, from the first on
  std::atomic<int> applied = 0;
  absl::Status error;  // of the first that failed
};

class DiskFaults : public testing::Test {
 protected:
  DiskFaults() {
    vfs_.Heal();
    vfs_.Watch(folder_.path());
  }
  ~DiskFaults() override { vfs_.Heal(); }

  absl::StatusOr<std::unique_ptr<Datastore>> Open(
      const std::string& path, Synchronous synchronous = Synchronous::kFull) {
    return OpenSqliteDatastore({.path = path, .synchronous = synchronous});
  }

  // Applies commits `from` to the last, a few at a time.
  void Run(const History& history, Datastore& store, Progress& progress,
           int from = 1) {
    for (int n = from; n <= history.size();) {
      std::vector<std::future<absl::Status>> group;
      for (int i = 0; i < 3 && n <= history.size(); ++i, ++n) {
        ++progress.applied;
        std::promise<absl::Status> promise;
        group.push_back(promise.get_future());
        store.Apply(history.Get(n), [&progress, promise = std::move(promise)](
                                        absl::Status status) mutable {
          if (status.ok()) ++progress.acknowledged;
          promise.set_value(std::move(status));
        });
      }
      for (std::future<absl::Status>& done : group) {
        const absl::Status status = done.get();
        if (status.ok()) {
          EXPECT_OK(progress.error) << "a stopped store went on";
        } else if (progress.error.ok()) {
          progress.error = status;
        }
      }
    }
  }

  // The law, for a file whose server has died: it opens, holds the first k
  // commits of the history with at_least <= k <= at_most, and takes the next.
  void CheckRecovers(const History& history, const std::string& path,
                     int at_least, int at_most) {
    {
      const auto store = Open(path);
      ASSERT_OK(store);
      EXPECT_OK((*store)->Health());
      const int found = history.Find(Digest(path));
      ASSERT_NE(found, -1) << "half a commit";
      EXPECT_GE(found, at_least) << "an acknowledged commit was lost";
      EXPECT_LE(found, at_most);
      if (found < history.size()) {
        ASSERT_OK(ApplyNow(**store, history.Get(found + 1)));
        EXPECT_EQ(history.Find(Digest(path)), found + 1);
      }
    }
    EXPECT_EQ(Sql(path).Value("PRAGMA integrity_check"), "ok");
  }

  void CheckRecovers(const History& history, const DiskImage& image,
                     int at_least, int at_most) {
    const TempDir copy;
    WriteDiskImage(image, copy.path());
    CheckRecovers(history, copy.File(kName), at_least, at_most);
  }

  // The same for whatever a loss of power may leave at this moment.
  void CheckSurvivesPowerLoss(const History& history, int at_least, int at_most,
                              uint64_t seed) {
    for (const Unsynced unsynced :
         {Unsynced::kLost, Unsynced::kKept, Unsynced::kTorn}) {
      SCOPED_TRACE(absl::StrCat("unsynced ", static_cast<int>(unsynced)));
      CheckRecovers(history, vfs_.AfterPowerLoss(unsynced, seed), at_least,
                    at_most);
    }
  }

  static constexpr char kName[] = "test.db";

  FaultyVfs& vfs_ = FaultyVfs::Install();
  const TempDir folder_;
  const std::string path_ = folder_.File(kName);
};

// Some commits are so large that the log is moved into the file on the way.
TEST_F(DiskFaults, PowerLostAtAnySyncLosesNothingAcknowledged) {
  const History history(32, 2'200'000);
  Progress progress;
  int syncs = 0;
  vfs_.OnSync([&] {
    SCOPED_TRACE(absl::StrCat("before sync ", ++syncs));
    CheckSurvivesPowerLoss(history, progress.acknowledged, progress.applied,
                           syncs);
  });
  {
    auto store = Open(path_);
    ASSERT_OK(store);
    Run(history, **store, progress);
  }
  EXPECT_OK(progress.error);
  EXPECT_EQ(progress.acknowledged, history.size());
  EXPECT_GT(syncs, 15);
  CheckSurvivesPowerLoss(history, history.size(), history.size(), 0);
}

TEST_F(DiskFaults, WithoutFullSyncsPowerLossTakesTheLastCommitsOnly) {
  const History history(24, 2'200'000);
  Progress progress;
  int syncs = 0;
  vfs_.OnSync([&] {
    SCOPED_TRACE(absl::StrCat("before sync ", ++syncs));
    CheckSurvivesPowerLoss(history, 0, progress.applied, syncs);
    CheckRecovers(history, vfs_.AfterKill(), progress.acknowledged,
                  progress.applied);
  });
  auto store = Open(path_, Synchronous::kNormal);
  ASSERT_OK(store);
  Run(history, **store, progress);
  EXPECT_OK(progress.error);
  EXPECT_GT(syncs, 0);
}

struct SweepCase {
  const char* name;
  DiskCall call;
  int code;
  bool once;
  int stride;  // every this many calls is made to fail, in a run of its own
};

class EveryCallFails : public DiskFaults,
                       public testing::WithParamInterface<SweepCase> {};

TEST_P(EveryCallFails, AndNothingIsLost) {
  const SweepCase& sweep = GetParam();
  const History history(12);
  int stopped = 0;  // or did not even open
  for (int after = 0;; after += sweep.stride) {
    SCOPED_TRACE(absl::StrCat("after ", after, " calls"));
    const TempDir folder;
    const std::string path = folder.File(kName);
    vfs_.Heal();
    vfs_.Watch(folder.path());
    vfs_.Fail({.call = sweep.call,
               .code = sweep.code,
               .after = after,
               .once = sweep.once});
    Progress progress;
    if (auto store = Open(path); store.ok()) {
      Run(history, **store, progress);
      if (!progress.error.ok()) {
        ++stopped;
        EXPECT_THAT(
            progress.error,
            StatusIs(StatusCode::kUnavailable,
                     AllOf(HasSubstr("takes no more commits"),
                           HasSubstr("restart the server"), HasSubstr(kName))));
        EXPECT_EQ((*store)->Health(), progress.error);
        EXPECT_EQ(ApplyNow(**store, history.Get(1)), progress.error);
      }
      CheckRecovers(history, vfs_.AfterKill(), progress.acknowledged,
                    progress.applied);
      CheckSurvivesPowerLoss(history, progress.acknowledged, progress.applied,
                             after);
    } else {
      ++stopped;
      EXPECT_THAT(store.status().message(), HasSubstr(kName));
    }
    const bool past_the_end = vfs_.calls(sweep.call) <= after;
    vfs_.Heal();
    CheckRecovers(history, path, progress.acknowledged, progress.applied);
    if (HasFatalFailure() || past_the_end) break;
  }
  EXPECT_GT(stopped, 0);
}

INSTANTIATE_TEST_SUITE_P(
    , EveryCallFails,
    testing::Values(
        SweepCase{"SyncForGood", DiskCall::kSync, SQLITE_IOERR_FSYNC, false, 1},
        SweepCase{"SyncOnce", DiskCall::kSync, SQLITE_IOERR_FSYNC, true, 1},
        SweepCase{"WriteForGood", DiskCall::kWrite, SQLITE_IOERR_WRITE, false,
                  5},
        SweepCase{"WriteOnce", DiskCall::kWrite, SQLITE_IOERR_WRITE, true, 5},
        SweepCase{"DiskFull", DiskCall::kWrite, SQLITE_FULL, false, 7},
        SweepCase{"ReadForGood", DiskCall::kRead, SQLITE_IOERR_READ, false, 3},
        SweepCase{"ReadOnce", DiskCall::kRead, SQLITE_IOERR_READ, true, 3}),
    [](const auto& test) { return std::string(test.param.name); });

TEST_F(DiskFaults, AStillFullDiskIsSaidAtTheNextStart) {
  const History history(12);
  Progress progress;
  const auto full =
      StatusIs(StatusCode::kUnavailable, HasSubstr("database or disk is full"));
  {
    auto store = Open(path_);
    ASSERT_OK(store);
    vfs_.Fail({.call = DiskCall::kWrite, .code = SQLITE_FULL, .after = 40});
    Run(history, **store, progress);
    EXPECT_THAT(progress.error, full);
  }
  EXPECT_THAT(Open(path_), full);
  EXPECT_THAT(Open(path_), full);
  vfs_.Heal();
  EXPECT_GT(progress.acknowledged, 0);
  CheckRecovers(history, path_, progress.acknowledged, progress.acknowledged);
}

// After a sync that failed, the system shows writes that never reach the disk.
// The next server must not build on them.
TEST_F(DiskFaults, WhatAFailedSyncLeftIsNotBuiltOn) {
  const History history(12);
  for (int after = 0;; ++after) {
    SCOPED_TRACE(absl::StrCat("after ", after, " syncs"));
    const TempDir first;
    const TempDir second;
    vfs_.Heal();
    vfs_.Watch(first.path());
    Progress progress;
    auto store = Open(first.File(kName));
    ASSERT_OK(store);
    vfs_.Fail({.call = DiskCall::kSync,
               .code = SQLITE_IOERR_FSYNC,
               .after = after,
               .suffix = "-wal"});
    Run(history, **store, progress);
    if (progress.error.ok()) {
      EXPECT_GT(after, 3);
      break;
    }
    vfs_.MoveTo(second.path());
    vfs_.Heal();

    int known = progress.acknowledged;
    Progress rest;
    vfs_.OnSync([&] {
      CheckSurvivesPowerLoss(history, known + rest.acknowledged, history.size(),
                             after);
    });
    auto next = Open(second.File(kName));
    ASSERT_OK(next);
    const int found = history.Find(Digest(second.File(kName)));
    ASSERT_GE(found, known);
    known = found;
    Run(history, **next, rest, found + 1);
    ASSERT_OK(rest.error);
    CheckSurvivesPowerLoss(history, history.size(), history.size(), after);
  }
}

TEST_F(DiskFaults, AReaderThatFailsSaysSoAndHarmsNobody) {
  auto store = Open(path_);
  ASSERT_OK(store);
  ASSERT_OK(ApplyNow(**store, CreateStudy({"o", "s"})));
  ASSERT_OK((*store)->List({}));
  ASSERT_OK(ApplyNow(**store, CreateStudy({"o", "t"})));
  vfs_.Fail({.call = DiskCall::kRead, .code = SQLITE_IOERR_READ});
  EXPECT_THAT((*store)->List({}),
              StatusIs(StatusCode::kUnavailable, HasSubstr("disk I/O error")));
  vfs_.Heal();
  EXPECT_OK((*store)->Health());
  EXPECT_THAT((*store)->List({})->studies, testing::SizeIs(2));
  EXPECT_OK(ApplyNow(**store, CreateStudy({"o", "u"})));
}

TEST_F(DiskFaults, ASlowDiskIsWaitedForAndSharedInOrder) {
  constexpr int kThreads = 8;
  constexpr int kCommits = 20;
  auto store = Open(path_);
  ASSERT_OK(store);
  vfs_.Heal();
  vfs_.Delay(DiskCall::kSync, absl::Milliseconds(30));
  vfs_.Delay(DiskCall::kWrite, absl::Microseconds(200));
  std::vector<std::vector<int>> done(kThreads);  // by thread, on one thread
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      std::vector<std::future<absl::Status>> all;
      for (int n = 0; n < kCommits; ++n) {
        std::promise<absl::Status> promise;
        all.push_back(promise.get_future());
        (*store)->Apply(CreateStudy({"o", absl::StrCat("s", t)}, n),
                        [&done, t, n, promise = std::move(promise)](
                            absl::Status status) mutable {
                          done[t].push_back(n);
                          promise.set_value(std::move(status));
                        });
        EXPECT_OK((*store)->List({})) << "readers do not wait for the writer";
      }
      for (std::future<absl::Status>& status : all) EXPECT_OK(status.get());
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::vector<int>& numbers : done) {
    EXPECT_EQ(numbers.size(), kCommits);
    EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
  }
  EXPECT_LT(vfs_.calls(DiskCall::kSync), kThreads * kCommits / 2)
      << "commits that wait are made durable together";
  const TempDir copy;
  WriteDiskImage(vfs_.AfterPowerLoss(Unsynced::kLost), copy.path());
  EXPECT_EQ(Sql(copy.File(kName), /*read_only=*/false)
                .Value("SELECT count(*) FROM studies WHERE seed = 19"),
            absl::StrCat(kThreads));
}

}  // namespace
}  // namespace apogee
