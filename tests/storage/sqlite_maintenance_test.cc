#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "storage/sqlite/sqlite_datastore.h"
#include "tests/conformance/datastore_conformance.h"
#include "tests/storage/sql.h"
#include "tests/testing/matchers.h"
#include "tests/testing/study_image.h"
#include "tests/testing/temp_dir.h"

namespace apogee {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const StudyName kStudy = {"me", "digits"};

class SqliteMaintenance : public testing::Test {
 protected:
  SqliteMaintenance() { Open(); }

  void Open() {
    absl::StatusOr<std::unique_ptr<Datastore>> store =
        OpenSqliteDatastore({.path = path_});
    EXPECT_OK(store);
    store_ = *std::move(store);
  }

  // Puts trials of this size with ids from `first` on.
  void PutTrials(int64_t first, int64_t count, size_t bytes) {
    Commit commit;
    commit.study = kStudy;
    for (int64_t id = first; id < first + count; ++id) {
      commit.trials.push_back(SomeTrial(id));
      commit.trials.back().proto.assign(bytes, 'p');
    }
    EXPECT_OK(ApplyNow(*store_, std::move(commit)));
  }

  TempDir folder_;
  const std::string path_ = folder_.File("live.db");
  const std::string copy_ = folder_.File("copy.db");
  std::unique_ptr<Datastore> store_;
};

TEST_F(SqliteMaintenance, ABackupIsAStoreWithAllThatWasDone) {
  Commit commit = CreateStudy(kStudy, 5);
  commit.trials = {SomeTrial(1), SomeTrial(2)};
  commit.measurements = {SomeMeasurement(2, 0)};
  commit.operations = {SomeOperation("a", 1)};
  ASSERT_OK(ApplyNow(*store_, commit));
  ASSERT_OK(store_->Backup(copy_));
  ASSERT_OK(ApplyNow(*store_, CreateStudy({"me", "later"})));
  store_.reset();

  EXPECT_EQ(Sql(copy_).Value("PRAGMA application_id"),
            absl::StrCat(0x41706f67));
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<Datastore> restored,
                       OpenSqliteDatastore({.path = copy_}));
  ASSERT_OK_AND_ASSIGN(const StudyImage image, LoadImage(*restored, kStudy));
  EXPECT_EQ(image.study, *commit.study_row);
  EXPECT_EQ(image.trials, commit.trials);
  EXPECT_EQ(image.measurements, commit.measurements);
  EXPECT_EQ(image.operations, commit.operations);
  EXPECT_THAT(LoadImage(*restored, {"me", "later"}),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(restored->Check(), IsOkAndHolds(IsEmpty()));
  EXPECT_OK(ApplyNow(*restored, CreateStudy({"me", "other"})));
}

TEST_F(SqliteMaintenance, ABackupUnderWritesIsOneMoment) {
  ASSERT_OK(ApplyNow(*store_, CreateStudy(kStudy)));
  std::atomic<bool> stop = false;
  std::atomic<int64_t> done = 0;
  // Trials come in pairs, of which no moment has one alone.
  std::thread writer([&] {
    for (int64_t pair = 1; !stop; ++pair) {
      PutTrials(2 * pair - 1, 2, 2000);
      done = 2 * pair;
    }
  });
  for (int round = 0; round < 5; ++round) {
    while (done < 20 * (round + 1)) std::this_thread::yield();
    const std::string copy = folder_.File(absl::StrCat("copy", round));
    const int64_t before = done;
    ASSERT_OK(store_->Backup(copy));
    const int64_t after = done + 2;
    Sql sql(copy, /*read_only=*/false);
    const int64_t trials = std::stoll(sql.Value("SELECT count(*) FROM trials"));
    EXPECT_GE(trials, before);
    EXPECT_LE(trials, after);
    EXPECT_EQ(trials % 2, 0);
    EXPECT_EQ(sql.Value("PRAGMA integrity_check"), "ok");
  }
  stop = true;
  writer.join();
}

TEST_F(SqliteMaintenance, ABackupReplacesNothing) {
  std::ofstream(copy_) << "precious";
  EXPECT_THAT(store_->Backup(copy_),
              StatusIs(absl::StatusCode::kAlreadyExists,
                       AllOf(HasSubstr(copy_), HasSubstr("another name"))));
  std::string content;
  std::getline(std::ifstream(copy_), content);
  EXPECT_EQ(content, "precious");
  EXPECT_FALSE(std::filesystem::exists(copy_ + ".partial"));

  std::filesystem::create_symlink(path_, folder_.File("link.db"));
  for (const std::string& name : std::vector<std::string>{
           path_, path_ + "-wal", path_ + "-shm", path_ + ".lock",
           folder_.File("../") +
               std::filesystem::path(folder_.path()).filename().string() +
               "/live.db",
           folder_.File("link.db")}) {
    EXPECT_THAT(store_->Backup(name),
                StatusIs(absl::StatusCode::kFailedPrecondition,
                         HasSubstr("is a file of the store itself")))
        << name;
  }
}

TEST_F(SqliteMaintenance, ABackupThatFailsLeavesNothing) {
  EXPECT_THAT(store_->Backup(folder_.File("missing/copy.db")),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("missing/copy.db")));
  ASSERT_OK(ApplyNow(*store_, CreateStudy(kStudy)));
  PutTrials(1, 100, 20000);

  // A disk with no room for it.
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
  rlimit low = limit;
  low.rlim_cur = 1 << 20;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &low), 0);
  const absl::Status full = store_->Backup(copy_);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  EXPECT_THAT(full, StatusIs(absl::StatusCode::kFailedPrecondition,
                             HasSubstr("can not write")));
  EXPECT_FALSE(std::filesystem::exists(copy_));
  EXPECT_FALSE(std::filesystem::exists(copy_ + ".partial"));
  EXPECT_OK(store_->Health()) << "the store itself is well";

  // What a killed server has left behind is in nobody's way.
  std::ofstream(copy_ + ".partial") << "half";
  EXPECT_OK(store_->Backup(copy_));
  EXPECT_FALSE(std::filesystem::exists(copy_ + ".partial"));
}

TEST_F(SqliteMaintenance, AVacuumShrinksTheFileAtOnce) {
  ASSERT_OK(ApplyNow(*store_, CreateStudy(kStudy)));
  PutTrials(1, 100, 60000);
  Commit erase;
  erase.study = kStudy;
  erase.erase_study = true;
  ASSERT_OK(ApplyNow(*store_, erase));
  ASSERT_OK(store_->Vacuum());
  EXPECT_LT(std::filesystem::file_size(path_), 200000);
  EXPECT_EQ(std::filesystem::file_size(path_ + "-wal"), 0);
}

TEST_F(SqliteMaintenance, ACheckFindsRowsThatBelongToNothing) {
  Commit commit = CreateStudy(kStudy);
  commit.trials = {SomeTrial(1)};
  commit.measurements = {SomeMeasurement(1, 0)};
  commit.operations = {SomeOperation("a", 1)};
  ASSERT_OK(ApplyNow(*store_, commit));
  store_.reset();
  Sql(path_, /*read_only=*/false).Query("DELETE FROM trials");
  Open();
  EXPECT_THAT(store_->Check(),
              IsOkAndHolds(ElementsAre("1 measurements that belong to no "
                                       "trial")));
  store_.reset();
  Sql(path_, /*read_only=*/false).Query("DELETE FROM studies");
  Open();
  EXPECT_THAT(store_->Check(),
              IsOkAndHolds(Contains("1 operations that belong to no study")));
}

TEST_F(SqliteMaintenance, ACheckFindsADamagedPage) {
  ASSERT_OK(ApplyNow(*store_, CreateStudy(kStudy)));
  PutTrials(1, 50, 1000);
  store_.reset();
  const std::string page = Sql(path_).Value(
      "SELECT rootpage FROM sqlite_schema WHERE name = 'trials'");
  {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp((std::stoll(page) - 1) * 4096);
    file << std::string(4096, '\xaa');
  }
  Open();
  EXPECT_THAT(store_->Check(), IsOkAndHolds(Not(IsEmpty())));
}

}  // namespace
}  // namespace apogee
