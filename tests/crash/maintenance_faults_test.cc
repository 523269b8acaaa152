// Backup and vacuum on a disk that fails.

#include <sqlite3.h>

#include <filesystem>

#include "gmock/gmock.h"
#include "storage/sqlite/sqlite_datastore.h"
#include "tests/conformance/datastore_conformance.h"
#include "tests/testing/faulty_vfs.h"
#include "tests/testing/matchers.h"
#include "tests/testing/study_image.h"
#include "tests/testing/temp_dir.h"

namespace apogee {
namespace {

using absl::StatusCode;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const StudyName kStudy = {"o", "s"};

class MaintenanceFaults : public testing::Test {
 protected:
  MaintenanceFaults() {
    vfs_.Heal();
    vfs_.Watch(folder_.path());
    Open();
    EXPECT_OK(ApplyNow(*store_, CreateStudy(kStudy)));
    for (int64_t id = 1; id <= 20; ++id) PutTrial(id);
  }
  ~MaintenanceFaults() override { vfs_.Heal(); }

  void Open() {
    absl::StatusOr<std::unique_ptr<Datastore>> store =
        OpenSqliteDatastore({.path = folder_.File("live.db")});
    EXPECT_OK(store);
    store_ = *std::move(store);
  }
  void PutTrial(int64_t id) {
    Commit commit;
    commit.study = kStudy;
    commit.trials = {SomeTrial(id)};
    commit.trials[0].proto.assign(20000, 'p');
    EXPECT_OK(ApplyNow(*store_, std::move(commit)));
  }
  // The store has its 20 trials, and `more`.
  void ExpectAllThere(size_t more) {
    ASSERT_OK_AND_ASSIGN(const StudyImage image, LoadImage(*store_, kStudy));
    EXPECT_THAT(image.trials, SizeIs(20 + more));
    EXPECT_THAT(store_->Check(), IsOkAndHolds(IsEmpty()));
  }

  FaultyVfs& vfs_ = FaultyVfs::Install();
  TempDir folder_;
  std::unique_ptr<Datastore> store_;
};

TEST_F(MaintenanceFaults, AVacuumWithoutRoomLeavesTheStoreWell) {
  for (const int64_t after : {0, 10, 60}) {
    vfs_.Fail({.call = DiskCall::kWrite, .code = SQLITE_FULL, .after = after});
    EXPECT_THAT(store_->Vacuum(),
                StatusIs(StatusCode::kResourceExhausted, HasSubstr("no room")));
    vfs_.Heal();
    EXPECT_OK(store_->Health());
  }
  PutTrial(21);
  EXPECT_OK(store_->Vacuum());
  ExpectAllThere(1);
}

TEST_F(MaintenanceFaults, AVacuumThatMeetsAnErrorStopsTheStoreAndLosesNothing) {
  for (const DiskFault& fault :
       {DiskFault{.call = DiskCall::kWrite, .code = SQLITE_IOERR_WRITE},
        DiskFault{.call = DiskCall::kSync, .code = SQLITE_IOERR_FSYNC},
        DiskFault{.call = DiskCall::kTruncate,
        .code = SQLITE_IOERR_TRUNCATE}}) {
    SCOPED_TRACE(fault.code);
    vfs_.Fail(fault);
    EXPECT_THAT(store_->Vacuum(), StatusIs(StatusCode::kUnavailable));
    EXPECT_THAT(store_->Health(), StatusIs(StatusCode::kUnavailable));
    vfs_.Heal();
    store_.reset();
    Open();
    ExpectAllThere(0);
  }
}

TEST_F(MaintenanceFaults, ABackupThatCanNotBeWrittenIsNotThere) {
  const std::string copy = folder_.File("copy.db");
  for (const int code : {SQLITE_FULL, SQLITE_IOERR_WRITE}) {
    for (const int64_t after : {0, 20}) {
      vfs_.Fail({.call = DiskCall::kWrite,
                 .code = code,
                 .after = after,
                 .suffix = ".partial"});
      EXPECT_THAT(store_->Backup(copy),
                  StatusIs(StatusCode::kFailedPrecondition, HasSubstr(copy)));
      vfs_.Heal();
      EXPECT_FALSE(std::filesystem::exists(copy));
      EXPECT_FALSE(std::filesystem::exists(copy + ".partial"));
      EXPECT_OK(store_->Health());
    }
  }
  EXPECT_OK(store_->Backup(copy));
  PutTrial(21);
  ExpectAllThere(1);
}

}  // namespace
}  // namespace apogee
