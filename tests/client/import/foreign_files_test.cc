// Other programs' files that are not as they should be. (Real ones are read in
// tests/e2e/import_test.py.)

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "client/import/foreign_database.h"
#include "client/import/import_file.h"
#include "gmock/gmock.h"
#include "tests/client/import/collector.h"
#include "tests/testing/matchers.h"
#include "tests/testing/temp_dir.h"

namespace apogee {
namespace {

using absl::StatusCode;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

constexpr char kVizierTables[] = R"sql(
  CREATE TABLE owners (owner_name VARCHAR PRIMARY KEY);
  CREATE TABLE studies (study_name VARCHAR PRIMARY KEY, owner_id VARCHAR,
    study_id VARCHAR, serialized_study VARCHAR);
  CREATE TABLE trials (trial_name VARCHAR PRIMARY KEY, owner_id VARCHAR,
    study_id VARCHAR, trial_id INTEGER, serialized_trial VARCHAR);
  CREATE TABLE suggestion_operations (operation_name VARCHAR PRIMARY KEY);
  CREATE TABLE early_stopping_operations (operation_name VARCHAR PRIMARY KEY);
)sql";

constexpr char kOptunaTables[] = R"sql(
  CREATE TABLE version_info (schema_version INTEGER, library_version TEXT);
  INSERT INTO version_info VALUES (12, '5.0.0');
  CREATE TABLE studies (study_id INTEGER PRIMARY KEY, study_name TEXT);
  CREATE TABLE study_directions (direction TEXT, study_id INTEGER,
    objective INTEGER);
  CREATE TABLE study_user_attributes (study_id INTEGER, key TEXT,
    value_json TEXT);
  CREATE TABLE study_system_attributes (study_id INTEGER, key TEXT,
    value_json TEXT);
  CREATE TABLE trials (trial_id INTEGER PRIMARY KEY, number INTEGER,
    study_id INTEGER, state TEXT, datetime_start DATETIME,
    datetime_complete DATETIME);
  CREATE TABLE trial_user_attributes (trial_id INTEGER, key TEXT,
    value_json TEXT);
  CREATE TABLE trial_system_attributes (trial_id INTEGER, key TEXT,
    value_json TEXT);
  CREATE TABLE trial_params (param_id INTEGER PRIMARY KEY, trial_id INTEGER,
    param_name TEXT, param_value FLOAT, distribution_json TEXT);
  CREATE TABLE trial_values (trial_id INTEGER, objective INTEGER, value FLOAT,
    value_type TEXT);
  CREATE TABLE trial_intermediate_values (trial_id INTEGER, step INTEGER,
    intermediate_value FLOAT, intermediate_value_type TEXT);
  INSERT INTO studies VALUES (1, 's');
  INSERT INTO study_directions VALUES ('MAXIMIZE', 1, 0);
)sql";

class ForeignFiles : public testing::Test {
 protected:
  // Makes a file with what the statements put there, and reads it.
  absl::Status Read(absl::string_view tables, absl::string_view rows) {
    const std::string path = folder_.File(absl::StrCat("file", ++files_));
    {
      const absl::StatusOr<Connection> file =
          Connection::Open(path, Connection::Mode::kWriter);
      EXPECT_OK(file);
      EXPECT_OK(file->Run(absl::StrCat(tables, rows)));
    }
    collector_ = Collector();
    const absl::StatusOr<ImportFormat> format = RecognizeImport(path);
    if (!format.ok()) return format.status();
    return ReadImport(path, *format, collector_);
  }
  void ExpectRefused(absl::string_view tables, absl::string_view rows,
                     const std::string& message) {
    EXPECT_THAT(Read(tables, rows),
                StatusIs(StatusCode::kInvalidArgument, HasSubstr(message)))
        << rows;
  }

  TempDir folder_;
  int files_ = 0;
  Collector collector_;
};

TEST_F(ForeignFiles, AFileOfAnotherKindIsToldSo) {
  EXPECT_THAT(RecognizeImport(folder_.File("missing")),
              StatusIs(StatusCode::kNotFound, HasSubstr("missing")));
  EXPECT_THAT(RecognizeImport(folder_.path()), StatusIs(StatusCode::kNotFound));
  std::ofstream(folder_.File("text")) << "name: digits\n";
  EXPECT_THAT(RecognizeImport(folder_.File("text")),
              StatusIs(StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("unknown kind"), HasSubstr("Optuna"))));
  std::ofstream(folder_.File("empty")) << "";
  EXPECT_THAT(RecognizeImport(folder_.File("empty")),
              StatusIs(StatusCode::kInvalidArgument));
  std::ofstream(folder_.File("torn"))
      << std::string("SQLite format 3\0abc", 19);
  EXPECT_THAT(RecognizeImport(folder_.File("torn")),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("torn")));
  ExpectRefused("CREATE TABLE songs (title TEXT);", "", "another program");
  ExpectRefused(
      "CREATE TABLE studies (a); CREATE TABLE trials (a); "
      "CREATE TABLE measurements (a); CREATE TABLE operations (a);",
      "", "apogeed --store");
}

TEST_F(ForeignFiles, ViewsAreNotTables) {
  // Whoever reads such a view never comes to its end.
  ExpectRefused(
      "CREATE TABLE version_info (a); CREATE TABLE studies (a); "
      "CREATE TABLE study_directions (a); CREATE TABLE trial_params (a); "
      "CREATE VIEW trials AS WITH RECURSIVE n(x) AS "
      "(SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n;",
      "", "another program");
}

TEST_F(ForeignFiles, VizierTrialsComeWithTheirStudyById) {
  ASSERT_OK(Read(kVizierTables, R"sql(
    INSERT INTO studies VALUES ('b', 'o', 'b', x'1201' || 'b'),
      ('empty', 'o', 'empty', x''), ('a', 'o', 'a', x'1201' || 'a');
    INSERT INTO trials VALUES ('a10', 'o', 'a', 10, x'12023130'),
      ('b1', 'o', 'b', 1, x'1201' || '1'), ('a9', 'o', 'a', 9, x'1201' || '9'),
      ('lost', 'o', 'gone', 1, x'ff');
  )sql"));
  ASSERT_THAT(collector_.studies, SizeIs(3));
  EXPECT_EQ(collector_.studies[0].study().display_name(), "b");
  EXPECT_EQ(collector_.studies[2].study().display_name(), "a");
  ASSERT_THAT(collector_.trials, SizeIs(3));
  EXPECT_EQ(collector_.trials[0].trial().id(), "1");
  EXPECT_EQ(collector_.trials[1].trial().id(), "9");
  EXPECT_EQ(collector_.trials[2].trial().id(), "10");
}

TEST_F(ForeignFiles, AVizierRowThatDoesNotParseIsNamed) {
  ExpectRefused(kVizierTables,
                "INSERT INTO studies VALUES ('s', 'o', 's', x'ff');",
                "\"s\": it does not parse");
  ExpectRefused(kVizierTables,
                "INSERT INTO studies VALUES ('s', 'o', 's', x''); "
                "INSERT INTO trials VALUES ('t', 'o', 's', 1, x'ff');",
                "\"t\": it does not parse");
}

TEST_F(ForeignFiles, AnOlderOptunaMustUpgradeFirst) {
  ExpectRefused(
      "CREATE TABLE version_info (library_version TEXT); "
      "CREATE TABLE studies (study_id, study_name); "
      "CREATE TABLE study_directions (study_id); CREATE TABLE trials (a); "
      "CREATE TABLE trial_params (a);",
      "", "optuna storage upgrade");
}

TEST_F(ForeignFiles, AnOptunaRowThatCanNotBeIsNamed) {
  constexpr char kX[] =
      "INSERT INTO trials VALUES (7, 0, 1, 'COMPLETE', NULL, NULL); "
      "INSERT INTO trial_params VALUES (1, 7, 'x', 0.5, "
      "'{\"name\": \"FloatDistribution\", "
      "\"attributes\": {\"low\": 0, \"high\": 1}}'); ";
  ASSERT_OK(Read(kOptunaTables, kX));
  const auto refused = [&](const std::string& rows, const char* message) {
    ExpectRefused(kOptunaTables, absl::StrCat(kX, rows), message);
  };
  refused("UPDATE trials SET state = 'LOST';",
          "study \"s\": trial 0: its state \"LOST\" is unknown");
  refused("UPDATE trials SET number = -1;", "trial -1: its number");
  refused("UPDATE trials SET datetime_start = 'then';",
          "time \"then\" does not parse");
  refused("UPDATE trial_params SET param_value = NULL;",
          "trial 0: parameter \"x\" has no value");
  refused("UPDATE trial_params SET distribution_json = '{}';",
          "study \"s\": parameter \"x\": its distribution");
  refused("INSERT INTO trial_values VALUES (7, 0, NULL, 'FINITE');",
          "a value of type \"FINITE\" can not be read");
  refused(
      "INSERT INTO trial_values VALUES (7, 0, 1, 'FINITE'), "
      "(7, 1, 2, 'FINITE');",
      "more values than objectives");
  refused("INSERT INTO trial_user_attributes VALUES (7, x'ff', '1');",
          "is not valid UTF-8");
}

TEST_F(ForeignFiles, OptunaTrialsThatWaitOrRunAreTold) {
  ASSERT_OK(Read(kOptunaTables, R"sql(
    INSERT INTO trials VALUES (1, 0, 1, 'COMPLETE', NULL, NULL),
      (2, 1, 1, 'WAITING', NULL, NULL), (3, 2, 1, 'WAITING', NULL, NULL),
      (4, 3, 1, 'RUNNING', NULL, NULL), (5, 4, 1, 'COMPLETE', NULL, NULL);
    INSERT INTO trial_params VALUES
      (1, 1, 'x', 0, '{"name": "CategoricalDistribution",
                       "attributes": {"choices": ["a", "b"]}}');
    INSERT INTO trial_values VALUES (1, 0, NULL, 'INF_POS');
    INSERT INTO trial_system_attributes VALUES
      (2, 'fixed_params', '{"x": "b", "other": 1}'),
      (3, 'fixed_params', '{"other": 1}');
  )sql"));
  ASSERT_THAT(collector_.trials, SizeIs(4));
  EXPECT_THAT(collector_.trials[1], EqualsProto(R"pb(
                trial {
                  id: "2"
                  state: REQUESTED
                  parameters {
                    parameter_id: "x"
                    value { string_value: "b" }
                  }
                }
              )pb"));
  EXPECT_THAT(collector_.trials[2], EqualsProto(R"pb(
                trial { id: "4" state: ACTIVE client_id: "optuna" }
                started: true
              )pb"));
  EXPECT_THAT(collector_.notes,
              ElementsAre(HasSubstr("lack parameters"), HasSubstr("running"),
                          HasSubstr("left out: 1")));
}

}  // namespace
}  // namespace apogee
