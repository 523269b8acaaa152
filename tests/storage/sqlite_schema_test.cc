// Every released schema can be opened: schemas/ keeps a file of each.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "storage/schema_version.h"
#include "storage/sqlite/sqlite_datastore.h"
#include "tests/conformance/datastore_conformance.h"
#include "tests/storage/kept_study.h"
#include "tests/storage/sql.h"
#include "tests/testing/matchers.h"
#include "tests/testing/study_image.h"
#include "tests/testing/temp_dir.h"

namespace apogee {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class KeptSchema : public testing::TestWithParam<int> {
 protected:
  void SetUp() override {
    std::filesystem::copy_file(
        absl::StrCat(SCHEMAS_FOLDER, "/schema_", GetParam(), ".db"), path_);
    std::filesystem::permissions(path_, std::filesystem::perms::owner_write,
                                 std::filesystem::perm_options::add);
  }

  TempDir folder_;
  const std::string path_ = folder_.File("kept.db");
};

INSTANTIATE_TEST_SUITE_P(Versions, KeptSchema,
                         testing::Range(1, kSchemaVersion + 1));

TEST_P(KeptSchema, GivesBackWhatWasWrittenAndTakesMore) {
  ASSERT_EQ(Sql(path_).Value("PRAGMA user_version"), absl::StrCat(GetParam()));
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<Datastore> store,
                       OpenSqliteDatastore({.path = path_}));
  std::vector<StudyRow> studies;
  for (const Commit& kept : KeptCommits()) {
    ASSERT_OK_AND_ASSIGN(const StudyImage image, LoadImage(*store, kept.study));
    EXPECT_EQ(image.study, *kept.study_row);
    EXPECT_EQ(image.trials, kept.trials);
    EXPECT_EQ(image.measurements, kept.measurements);
    EXPECT_EQ(image.operations, kept.operations);
    studies.push_back(*kept.study_row);
  }
  ASSERT_OK_AND_ASSIGN(const StudyPage page, store->List({}));
  EXPECT_EQ(page.studies, studies);
  EXPECT_THAT(Sql(path_).Query("SELECT study, trial_id, value "
                               "FROM best_trials_v1"),
              ElementsAre("digits|1|0.97"));

  ASSERT_OK(ApplyNow(*store, CreateStudy({"me", "new"})));
  ASSERT_OK_AND_ASSIGN(const StudyPage longer, store->List({}));
  EXPECT_THAT(longer.studies, SizeIs(3));
}

TEST_P(KeptSchema, MigratesToWhatANewFileHas) {
  const std::string fresh = folder_.File("fresh.db");
  ASSERT_OK(OpenSqliteDatastore({.path = path_}));
  ASSERT_OK(OpenSqliteDatastore({.path = fresh}));
  const std::string schema =
      "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name";
  EXPECT_EQ(Sql(path_).Query(schema), Sql(fresh).Query(schema));
  EXPECT_EQ(Sql(path_).Value("PRAGMA user_version"),
            absl::StrCat(kSchemaVersion));
}

}  // namespace
}  // namespace apogee
