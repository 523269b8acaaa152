#include "storage/sqlite/sqlite_datastore.h"

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "storage/memory/memory_datastore.h"
#include "tests/conformance/datastore_conformance.h"
#include "tests/storage/sql.h"
#include "tests/testing/matchers.h"
#include "tests/testing/study_image.h"
#include "tests/testing/temp_dir.h"

namespace apogee {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

INSTANTIATE_TEST_SUITE_P(Sqlite, DatastoreConformance,
                         testing::Values(DatastoreEngine{
                             .name = "Sqlite",
                             .open =
                                 [](const std::string& folder) {
                                   return OpenSqliteDatastore(
                                       {.path = folder + "/test.db"});
                                 },
                             .survives_restart = true}));

const StudyName kStudy = {"me", "digits"};

class SqliteDatastore : public testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<Datastore>> Open() {
    return OpenSqliteDatastore({.path = path_});
  }

  TempDir folder_;
  const std::string path_ = folder_.File("test.db");
};

Commit PutTrials(const StudyName& study, int64_t first, int64_t count,
                 size_t bytes) {
  Commit commit;
  commit.study = study;
  for (int64_t id = first; id < first + count; ++id) {
    commit.trials.push_back(SomeTrial(id));
    commit.trials.back().proto.assign(bytes, 'p');
  }
  return commit;
}

std::string FileContent(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

TEST_F(SqliteDatastore, ASecondServerIsRefusedByAnyNameOfTheFile) {
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<Datastore> store, Open());
  std::filesystem::create_symlink(path_, folder_.File("link.db"));
  const auto refused =
      StatusIs(absl::StatusCode::kFailedPrecondition,
               AllOf(HasSubstr("another server has"), HasSubstr("test.db"),
                     HasSubstr(absl::StrCat("(pid ", getpid(), ")"))));
  EXPECT_THAT(Open(), refused);
  EXPECT_THAT(OpenSqliteDatastore({.path = folder_.File("./test.db")}),
              refused);
  EXPECT_THAT(OpenSqliteDatastore({.path = folder_.File("link.db")}), refused);
  store.reset();
  EXPECT_OK(Open());
}

TEST_F(SqliteDatastore, AFileOfANewerSchemaIsRefusedWithTheCure) {
  ASSERT_OK(Open());
  Sql(path_, /*read_only=*/false).Query("PRAGMA user_version = 99");
  EXPECT_THAT(Open(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("schema version 99, newer than"),
                             HasSubstr("use the apogeed that wrote it"))));
}

TEST_F(SqliteDatastore, AnotherProgramsDatabaseIsRefusedAndLeftAlone) {
  Sql(path_, /*read_only=*/false).Query("CREATE TABLE notes(text)");
  const std::string before = FileContent(path_);
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition,
                               HasSubstr("database of another program")));
  EXPECT_EQ(FileContent(path_), before);
}

TEST_F(SqliteDatastore, AFileThatIsNoDatabaseIsRefusedAndLeftAlone) {
  const std::string text(5000, 'x');
  std::ofstream(path_) << text;
  EXPECT_THAT(Open(), StatusIs(absl::StatusCode::kFailedPrecondition,
                               HasSubstr("is not an SQLite database")));
  EXPECT_EQ(FileContent(path_), text);
}

TEST_F(SqliteDatastore, AFolderThatIsMissingIsNamed) {
  EXPECT_THAT(OpenSqliteDatastore({.path = folder_.File("no/test.db")}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("no/test.db"),
                             HasSubstr("No such file or directory"))));
}

TEST_F(SqliteDatastore, WhatQueuesUpIsCommittedTogether) {
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<Datastore> store, Open());
  ASSERT_OK(ApplyNow(*store, CreateStudy(kStudy)));
  constexpr int64_t kTrials = 100;
  std::string at_first_done;
  {
    StoreHold hold(*store);
    for (int64_t id = 1; id <= kTrials; ++id) {
      store->Apply(
          PutTrials(kStudy, id, 1, 100), [&, id](const absl::Status& status) {
            EXPECT_OK(status);
            if (id == 1) {
              at_first_done = Sql(path_).Value("SELECT count(*) FROM trials");
            }
          });
    }
  }
  store.reset();
  EXPECT_EQ(at_first_done, absl::StrCat(kTrials));
}

TEST_F(SqliteDatastore, ATooLargeRowFailsAloneAndItsCommitWhole) {
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<Datastore> store, Open());
  ASSERT_OK(ApplyNow(*store, CreateStudy(kStudy)));
  Commit large = CreateStudy({"me", "large"});
  large.trials = {SomeTrial(1), SomeTrial(2)};
  large.trials[1].proto.assign(size_t{129} << 20, 'p');

  StoreHold hold(*store);
  auto before = ApplyLater(*store, PutTrials(kStudy, 1, 1, 100));
  auto failing = ApplyLater(*store, std::move(large));
  auto orphan = ApplyLater(*store, PutTrials({"me", "large"}, 1, 1, 100));
  auto after = ApplyLater(*store, PutTrials(kStudy, 2, 1, 100));
  hold.Release();
  EXPECT_OK(before.get());
  EXPECT_THAT(failing.get(), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_THAT(orphan.get(), StatusIs(absl::StatusCode::kAborted))
      << "it may build on what is not there";
  EXPECT_OK(after.get());
  EXPECT_OK(store->Health());
  EXPECT_THAT(LoadImage(*store, {"me", "large"}),
              StatusIs(absl::StatusCode::kNotFound));
  // Who has loaded the study knows what is there.
  EXPECT_OK(ApplyNow(*store, CreateStudy({"me", "large"})));
  EXPECT_THAT(Sql(path_).Query("SELECT trial_id FROM trials"),
              ElementsAre("1", "2"));
}

// While it lives, no file can grow beyond `bytes`: writing fails with EFBIG.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {.rlim_cur = bytes, .rlim_max = before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    (void)std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_ = {};
  void (*handler_)(int) = nullptr;
};

TEST_F(SqliteDatastore, StopsForGoodAfterAnIoErrorAndLosesNothing) {
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<Datastore> store, Open());
  Commit commit = CreateStudy(kStudy);
  commit.trials = {SomeTrial(1)};
  ASSERT_OK(ApplyNow(*store, commit));
  const auto stopped = StatusIs(
      absl::StatusCode::kUnavailable,
      AllOf(HasSubstr("takes no more commits"), HasSubstr("disk I/O error"),
            HasSubstr("restart the server")));
  {
    const FileSizeLimit limit(256 << 10);
    StoreHold hold(*store);
    auto small = ApplyLater(*store, PutTrials(kStudy, 2, 1, 100));
    auto missing = ApplyLater(*store, PutTrials({"me", "none"}, 1, 1, 100));
    auto big = ApplyLater(*store, PutTrials(kStudy, 3, 1, 1 << 20));
    hold.Release();
    // Of none in the transaction is anything known.
    EXPECT_THAT(small.get(), stopped);
    EXPECT_THAT(missing.get(), stopped);
    EXPECT_THAT(big.get(), stopped);
  }
  EXPECT_THAT(store->Health(), stopped);
  EXPECT_THAT(ApplyNow(*store, PutTrials(kStudy, 4, 1, 100)), stopped);

  store.reset();
  ASSERT_OK_AND_ASSIGN(store, Open());
  ASSERT_OK_AND_ASSIGN(const StudyImage image, LoadImage(*store, kStudy));
  EXPECT_EQ(image.study, *commit.study_row);
  EXPECT_THAT(image.trials, ElementsAre(SomeTrial(1)));
  EXPECT_OK(ApplyNow(*store, PutTrials(kStudy, 2, 1, 100)));
}

TEST_F(SqliteDatastore, ADamagedFileIsDataLossAndStopsWriting) {
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<Datastore> store, Open());
  ASSERT_OK(ApplyNow(*store, CreateStudy(kStudy)));
  ASSERT_OK(ApplyNow(*store, PutTrials(kStudy, 1, 50, 1000)));
  store.reset();
  const std::string page = Sql(path_).Value(
      "SELECT rootpage FROM sqlite_schema WHERE name = 'trials'");
  {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp((std::stoll(page) - 1) * 4096);
    file << std::string(4096, '\xaa');
  }
  ASSERT_OK_AND_ASSIGN(store, Open());
  EXPECT_THAT(LoadImage(*store, kStudy), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(ApplyNow(*store, PutTrials(kStudy, 51, 1, 1000)),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(store->Health(),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("malformed")));
}

TEST_F(SqliteDatastore, TheLogIsMovedIntoTheFileWheneverThereIsNothingToDo) {
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<Datastore> store, Open());
  ASSERT_OK(ApplyNow(*store, CreateStudy(kStudy)));
  constexpr uintmax_t kBytes = 6000000;
  for (uintmax_t round = 1; round <= 5; ++round) {
    const auto first = static_cast<int64_t>(100 * round);
    ASSERT_OK(ApplyNow(*store, PutTrials(kStudy, first, 100, 60000)));
    const absl::Time deadline = absl::Now() + absl::Seconds(30);
    while (std::filesystem::file_size(path_) < round * kBytes) {
      ASSERT_LT(absl::Now(), deadline) << "round " << round;
      std::this_thread::yield();
    }
    EXPECT_LT(std::filesystem::file_size(path_ + "-wal"), 2 * kBytes);
  }
}

TEST_F(SqliteDatastore, AnErasedStudyLeavesNoRowBehind) {
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<Datastore> store, Open());
  Commit commit = CreateStudy(kStudy);
  commit.trials = {SomeTrial(1)};
  commit.measurements = {SomeMeasurement(1, 0)};
  commit.operations = {SomeOperation("a", 1)};
  ASSERT_OK(ApplyNow(*store, commit));
  Commit erase;
  erase.study = kStudy;
  erase.erase_study = true;
  ASSERT_OK(ApplyNow(*store, erase));
  for (const char* table :
       {"studies", "trials", "measurements", "operations"}) {
    EXPECT_EQ(Sql(path_).Value(absl::StrCat("SELECT count(*) FROM ", table)),
              "0")
        << table;
  }
}

TEST_F(SqliteDatastore, AClosedStoreIsOneFileInGoodOrder) {
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<Datastore> store, Open());
  ASSERT_OK(ApplyNow(*store, CreateStudy(kStudy)));
  store.reset();
  EXPECT_FALSE(std::filesystem::exists(path_ + "-wal"));
  Sql sql(path_);
  EXPECT_EQ(sql.Value("PRAGMA quick_check"), "ok");
  EXPECT_EQ(sql.Value("PRAGMA journal_mode"), "wal");
  EXPECT_EQ(sql.Value("PRAGMA application_id"), absl::StrCat(0x41706f67));
}

// A random commit to one of few studies, so that all meet often.
Commit RandomCommit(std::mt19937& random) {
  const auto below = [&random](uint32_t n) {
    return static_cast<int64_t>(random() % n);
  };
  const StudyName study = {absl::StrCat("owner", below(2)),
                           absl::StrCat("study", below(3))};
  Commit commit;
  commit.study = study;
  commit.erase_study = below(15) == 0;
  if (below(4) == 0) {
    commit.study_row = SomeStudy(study, random());
  }
  const bool rows = !commit.erase_study || commit.study_row.has_value();
  for (int64_t i = rows ? below(4) : 0; i > 0; --i) {
    commit.trials.push_back(SomeTrial(below(10)));
    commit.trials.back().memo = absl::StrCat(random());
    commit.measurements.push_back(SomeMeasurement(below(10), below(3)));
    commit.measurements.back().step = below(1000000);
    commit.operations.push_back(SomeOperation("client", below(20)));
    commit.operations.back().count = below(1000000);
  }
  if (rows && below(3) == 0) {
    commit.erased_trials = {below(10)};
  }
  return commit;
}

TEST_F(SqliteDatastore, AnswersRandomCommitsAsTheReferenceDoes) {
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<Datastore> sqlite, Open());
  MemoryDatastore memory;
  std::mt19937 random(20240501);
  for (int i = 0; i < 500; ++i) {
    SCOPED_TRACE(i);
    const Commit commit = RandomCommit(random);
    ASSERT_EQ(ApplyNow(*sqlite, commit), ApplyNow(memory, commit));
    const absl::StatusOr<StudyImage> actual = LoadImage(*sqlite, commit.study);
    const absl::StatusOr<StudyImage> expected = LoadImage(memory, commit.study);
    ASSERT_EQ(actual.status(), expected.status());
    if (actual.ok()) {
      ASSERT_EQ(actual->study, expected->study);
      ASSERT_EQ(actual->trials, expected->trials);
      ASSERT_EQ(actual->measurements, expected->measurements);
      ASSERT_EQ(actual->operations, expected->operations);
    }
    ASSERT_OK_AND_ASSIGN(const StudyPage actual_page, sqlite->List({}));
    ASSERT_OK_AND_ASSIGN(const StudyPage expected_page, memory.List({}));
    ASSERT_EQ(actual_page.studies, expected_page.studies);
  }
}

}  // namespace
}  // namespace apogee
