// The views of storage/README.md, read as a dashboard would: by SQL on a file
// that a Datastore wrote.

#include <array>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "storage/sqlite/sqlite_datastore.h"
#include "tests/conformance/datastore_conformance.h"
#include "tests/storage/sql.h"
#include "tests/testing/matchers.h"
#include "tests/testing/temp_dir.h"

namespace apogee {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

const StudyName kDigits = {"me", "digits"};
const StudyName kOdd = {"o'neil", "odd"};

absl::Time At(int64_t seconds) {
  return absl::FromUnixSeconds(1714564800 + seconds);  // 2024-05-01 12:00 UTC
}

TrialRow Trial(int64_t id, const std::string& state,
               const std::string& client_id = "") {
  TrialRow row;
  row.id = id;
  row.state = state;
  row.client_id = client_id;
  return row;
}

// Started at second 100 * id of the day's noon and took 30 * id seconds.
TrialRow Finished(int64_t id, int64_t finished, const std::string& client_id,
                  const std::string& final_metrics) {
  TrialRow row = Trial(id, "SUCCEEDED", client_id);
  row.start_time = At(100 * id);
  row.end_time = At(130 * id) + absl::Microseconds(250000);
  row.finished = finished;
  row.final_metrics_json = final_metrics;
  return row;
}

MeasurementRow Measurement(int64_t trial_id, int64_t number,
                           const std::string& metrics) {
  MeasurementRow row;
  row.trial_id = trial_id;
  row.number = number;
  row.step = 10 * (number + 1);
  row.elapsed = absl::Milliseconds(1500) * (number + 1);
  row.metrics_json = metrics;
  return row;
}

// Two metrics; six trials, one infeasible, one not a number, one waiting.
Commit Digits() {
  Commit commit = CreateStudy(kDigits);
  commit.study_row->create_time = At(0);
  commit.study_row->metrics_json =
      R"([{"metric": "accuracy", "goal": "MAXIMIZE"},
          {"metric": "loss", "goal": "MINIMIZE"}])";
  commit.study_row->metadata_json =
      R"([{"ns": "", "key": "who", "value": "me"},
          {"ns": ":a", "key": "blob", "value": null}])";
  TrialRow infeasible =
      Finished(3, 1, "w2", R"({"accuracy": 0.99, "loss": 0.01})");
  infeasible.state = "INFEASIBLE";
  infeasible.infeasible_reason = "out of memory";
  commit.trials = {
      Finished(1, 0, "w1", R"({"accuracy": 0.5, "loss": 2})"),
      Finished(2, 2, "w1", R"({"loss": "Infinity", "accuracy": 0.9})"),
      infeasible,
      Finished(4, 3, "w2", R"({"accuracy": "NaN", "loss": 0.5, "extra": 7})"),
      Finished(5, 4, "w2", R"({"accuracy": 0.7, "loss": "-Infinity"})"),
      Trial(6, "ACTIVE", "w1"),
      Trial(7, "REQUESTED")};
  commit.trials[0].parameters_json =
      R"({"lr": 0.001, "layers": 3, "optimizer": "sgd", "big": true})";
  commit.trials[1].parameters_json = R"({"lr": 0.01, "layers": 2})";
  commit.trials[1].metadata_json = R"([{"ns": "n", "key": "k", "value": "1"}])";
  commit.measurements = {Measurement(1, 0, R"({"accuracy": 0.1, "loss": 9})"),
                         Measurement(1, 1, R"({"accuracy": 0.3})"),
                         Measurement(2, 0, R"({"accuracy": "NaN"})")};
  return commit;
}

// Minimizes a metric with a name that would break a JSON path.
Commit Odd() {
  Commit commit = CreateStudy(kOdd);
  commit.study_row->create_time = At(1);
  commit.study_row->metadata_json.clear();
  commit.study_row->metrics_json =
      R"([{"metric": "1st \"loss\".$x", "goal": "MINIMIZE"}])";
  commit.trials = {Finished(1, 0, "w", R"({"1st \"loss\".$x": 3})"),
                   Finished(2, 1, "w", R"({"1st \"loss\".$x": -4})"),
                   Finished(3, 2, "w", R"({"1st \"loss\".$x": -4})")};
  return commit;
}

class SqliteViews : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(store_, OpenSqliteDatastore({.path = path_}));
    ASSERT_OK(ApplyNow(*store_, Digits()));
    ASSERT_OK(ApplyNow(*store_, Odd()));
    sql_ = std::make_unique<Sql>(path_);
  }

  std::vector<std::string> Query(const std::string& sql) {
    return sql_->Query(sql);
  }

  TempDir folder_;
  const std::string path_ = folder_.File("test.db");
  std::unique_ptr<Datastore> store_;
  std::unique_ptr<Sql> sql_;
};

TEST_F(SqliteViews, Studies) {
  EXPECT_THAT(
      Query("SELECT study_name, owner, study, state, algorithm, create_time, "
            "objective_metric, objective_goal FROM studies_v1"),
      ElementsAre("owners/me/studies/digits|me|digits|ACTIVE|RANDOM_SEARCH|"
                  "2024-05-01T12:00:00.000000Z|accuracy|MAXIMIZE",
                  "owners/o'neil/studies/odd|o'neil|odd|ACTIVE|RANDOM_SEARCH|"
                  "2024-05-01T12:00:01.000000Z|1st \"loss\".$x|MINIMIZE"));
}

TEST_F(SqliteViews, Trials) {
  EXPECT_THAT(
      Query("SELECT trial_id, state, client_id, start_time, end_time, "
            "duration_seconds, infeasible_reason, objective, finished "
            "FROM trials_v1 WHERE study = 'digits' ORDER BY trial_id"),
      ElementsAre("1|SUCCEEDED|w1|2024-05-01T12:01:40.000000Z|"
                  "2024-05-01T12:02:10.250000Z|30.25||0.5|0",
                  "2|SUCCEEDED|w1|2024-05-01T12:03:20.000000Z|"
                  "2024-05-01T12:04:20.250000Z|60.25||0.9|2",
                  "3|INFEASIBLE|w2|2024-05-01T12:05:00.000000Z|"
                  "2024-05-01T12:06:30.250000Z|90.25|out of memory|0.99|1",
                  "4|SUCCEEDED|w2|2024-05-01T12:06:40.000000Z|"
                  "2024-05-01T12:08:40.250000Z|120.25||NULL|3",
                  "5|SUCCEEDED|w2|2024-05-01T12:08:20.000000Z|"
                  "2024-05-01T12:10:50.250000Z|150.25||0.7|4",
                  "6|ACTIVE|w1|NULL|NULL|NULL||NULL|NULL",
                  "7|REQUESTED||NULL|NULL|NULL||NULL|NULL"));
  EXPECT_THAT(Query("SELECT study_name, owner, study, parameters ->> 'lr' "
                    "FROM trials_v1 WHERE trial_id = 2"),
              ElementsAre("owners/me/studies/digits|me|digits|0.01",
                          "owners/o'neil/studies/odd|o'neil|odd|NULL"));
}

TEST_F(SqliteViews, Parameters) {
  EXPECT_THAT(
      Query("SELECT study_name, owner, study, trial_id, parameter, type, "
            "number_value, string_value, value FROM parameters_v1 "
            "WHERE trial_id = 1"),
      ElementsAre("owners/me/studies/digits|me|digits|1|lr|number|0.001|NULL|"
                  "0.001",
                  "owners/me/studies/digits|me|digits|1|layers|number|3.0|NULL|"
                  "3",
                  "owners/me/studies/digits|me|digits|1|optimizer|string|NULL|"
                  "sgd|sgd",
                  "owners/me/studies/digits|me|digits|1|big|bool|1.0|NULL|"
                  "true"));
}

TEST_F(SqliteViews, Metrics) {
  EXPECT_THAT(
      Query("SELECT study_name, owner, study, trial_id, state, finished, "
            "end_time, metric, metric_number, goal, value FROM metrics_v1 "
            "WHERE study = 'digits' AND trial_id = 4"),
      ElementsAre("owners/me/studies/digits|me|digits|4|SUCCEEDED|3|"
                  "2024-05-01T12:08:40.250000Z|accuracy|0|MAXIMIZE|NULL",
                  "owners/me/studies/digits|me|digits|4|SUCCEEDED|3|"
                  "2024-05-01T12:08:40.250000Z|loss|1|MINIMIZE|0.5",
                  "owners/me/studies/digits|me|digits|4|SUCCEEDED|3|"
                  "2024-05-01T12:08:40.250000Z|extra|NULL|NULL|7.0"));
  EXPECT_THAT(Query("SELECT trial_id, value, typeof(value) FROM metrics_v1 "
                    "WHERE study = 'digits' AND metric = 'loss'"),
              ElementsAre("1|2.0|real", "2|Inf|real", "3|0.01|real",
                          "4|0.5|real", "5|-Inf|real"));
}

TEST_F(SqliteViews, Measurements) {
  EXPECT_THAT(
      Query("SELECT study_name, owner, study, trial_id, number, step, "
            "elapsed_seconds, metric, value FROM measurements_v1"),
      ElementsAre(
          "owners/me/studies/digits|me|digits|1|0|10|1.5|accuracy|0.1",
          "owners/me/studies/digits|me|digits|1|0|10|1.5|loss|9.0",
          "owners/me/studies/digits|me|digits|1|1|20|3.0|accuracy|0.3",
          "owners/me/studies/digits|me|digits|2|0|10|1.5|accuracy|NULL"));
}

TEST_F(SqliteViews, Metadata) {
  EXPECT_THAT(Query("SELECT study_name, owner, study, trial_id, ns, key, value "
                    "FROM metadata_v1"),
              ElementsAre("owners/me/studies/digits|me|digits|NULL||who|me",
                          "owners/me/studies/digits|me|digits|NULL|:a|blob|"
                          "NULL",
                          "owners/me/studies/digits|me|digits|2|n|k|1"));
}

TEST_F(SqliteViews, BestSoFarHonoursTheGoalAndSkipsWhatIsInfeasible) {
  EXPECT_THAT(
      Query("SELECT study_name, owner, study, metric, goal, finished, trial_id,"
            " end_time, value, best FROM best_so_far_v1 "
            "WHERE study = 'digits' AND metric = 'accuracy'"),
      ElementsAre("owners/me/studies/digits|me|digits|accuracy|MAXIMIZE|0|1|"
                  "2024-05-01T12:02:10.250000Z|0.5|0.5",
                  "owners/me/studies/digits|me|digits|accuracy|MAXIMIZE|2|2|"
                  "2024-05-01T12:04:20.250000Z|0.9|0.9",
                  "owners/me/studies/digits|me|digits|accuracy|MAXIMIZE|3|4|"
                  "2024-05-01T12:08:40.250000Z|NULL|0.9",
                  "owners/me/studies/digits|me|digits|accuracy|MAXIMIZE|4|5|"
                  "2024-05-01T12:10:50.250000Z|0.7|0.9"));
  EXPECT_THAT(Query("SELECT trial_id, best FROM best_so_far_v1 "
                    "WHERE study_name = 'owners/me/studies/digits' "
                    "AND metric = 'loss' ORDER BY finished"),
              ElementsAre("1|2.0", "2|2.0", "4|0.5", "5|-Inf"));
  EXPECT_THAT(Query("SELECT trial_id, best FROM best_so_far_v1 "
                    "WHERE study = 'odd' ORDER BY finished"),
              ElementsAre("1|3.0", "2|-4.0", "3|-4.0"));
}

TEST_F(SqliteViews, BestTrialIsTheFirstToReachTheBestValue) {
  EXPECT_THAT(
      Query("SELECT study_name, owner, study, trial_id, metric, goal, value, "
            "client_id, end_time, parameters FROM best_trials_v1 "
            "ORDER BY study_name"),
      ElementsAre(
          "owners/me/studies/digits|me|digits|2|accuracy|MAXIMIZE|0.9|w1|"
          "2024-05-01T12:04:20.250000Z|{\"lr\": 0.01, \"layers\": 2}",
          "owners/o'neil/studies/odd|o'neil|odd|2|1st \"loss\".$x|MINIMIZE|"
          "-4.0|w|2024-05-01T12:04:20.250000Z|NULL"));
}

TEST_F(SqliteViews, AnswerTrialsPerHourPerWorker) {
  EXPECT_THAT(
      Query("SELECT strftime('%Y-%m-%d %H:00', end_time) AS hour, client_id, "
            "count(*) FROM trials_v1 WHERE study = 'digits' AND end_time IS "
            "NOT NULL GROUP BY hour, client_id"),
      ElementsAre("2024-05-01 12:00|w1|2", "2024-05-01 12:00|w2|3"));
}

TEST_F(SqliteViews, AskedForOneStudyTheyNeverReadTheOthers) {
  for (const char* view :
       {"studies", "trials", "parameters", "metrics", "measurements",
        "metadata", "best_so_far", "best_trials"}) {
    for (const char* condition :
         {"study = 'digits'", "study_name = 'owners/me/studies/digits'",
          "owner = 'me' AND study = 'digits'"}) {
      const std::string query =
          absl::StrCat("SELECT * FROM ", view, "_v1 WHERE ", condition);
      SCOPED_TRACE(query);
      // Columns of a step: id, parent, unused, text. What is scanned is JSON of
      // one row or what another step found; s, t and r are tables.
      const std::vector<std::string> plan =
          Query("EXPLAIN QUERY PLAN " + query);
      EXPECT_THAT(plan, Not(IsEmpty()));
      for (const char* table : {"studies", "s", "t", "r"}) {
        for (const std::string& step : plan) {
          EXPECT_FALSE(
              absl::EndsWith(step, absl::StrCat("|SCAN ", table)) ||
              absl::StrContains(step, absl::StrCat("|SCAN ", table, " USING")))
              << step;
        }
      }
    }
  }
}

// What the sqlite3 shell prints, errors included.
std::string Shell(const std::string& path, const std::string& options,
                  const std::string& sql) {
  const std::string query = path + ".query";
  std::ofstream(query) << sql;
  const std::string command = absl::StrCat(SQLITE3_SHELL, " ", options, " '",
                                           path, "' < '", query, "' 2>&1");
  FILE* pipe = popen(command.c_str(), "r");
  std::string output;
  std::array<char, 4096> buffer;
  while (const size_t size = fread(buffer.data(), 1, buffer.size(), pipe)) {
    output.append(buffer.data(), size);
  }
  EXPECT_EQ(pclose(pipe), 0) << command << "\n" << output;
  return output;
}

TEST_F(SqliteViews, TheShellReadsWhileTheServerWrites) {
  std::atomic<bool> stop = false;
  std::atomic<int64_t> done = 0;
  std::thread writer([&] {
    for (int64_t id = 100; !stop; ++id) {
      Commit commit;
      commit.study = kDigits;
      commit.trials = {Finished(id, id, "w9", R"({"accuracy": 0.8})")};
      commit.trials[0].proto.assign(50000, 'p');
      commit.measurements = {Measurement(id, 0, R"({"accuracy": 0.2})")};
      EXPECT_OK(ApplyNow(*store_, commit));
      ++done;
    }
  });
  int64_t counted = 0;
  for (int i = 0; i < 15; ++i) {
    EXPECT_EQ(Shell(path_, "",
                    "SELECT trial_id, value FROM best_trials_v1 "
                    "WHERE study = 'digits'"),
              "2|0.9\n");
    EXPECT_EQ(Shell(path_, "",
                    "SELECT number, value FROM measurements_v1 "
                    "WHERE study = 'digits' AND trial_id = 1 "
                    "AND metric = 'accuracy'"),
              "0|0.1\n1|0.3\n");
    const int64_t before = done;
    const std::string count = Shell(
        path_, "", "SELECT count(*) FROM trials_v1 WHERE client_id = 'w9'");
    EXPECT_GE(std::stoll(count), before);
    counted = std::stoll(count);
  }
  stop = true;
  writer.join();
  EXPECT_GT(counted, 0);
  EXPECT_OK(store_->Health());
}

TEST(StorageReadme, AnswersAreWhatTheShellPrints) {
  const TempDir folder;
  const std::string path = folder.File("test.db");
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<Datastore> store,
                       OpenSqliteDatastore({.path = path}));
  ASSERT_OK(ApplyNow(*store, Digits()));

  std::ifstream file(STORAGE_README);
  const std::string readme(std::istreambuf_iterator<char>(file), {});
  const std::vector<std::string> parts = absl::StrSplit(readme, "```sql\n");
  ASSERT_GT(parts.size(), 3);
  for (size_t i = 1; i < parts.size(); ++i) {
    // SQL, nothing, what it prints, and the text that follows.
    const std::vector<std::string> blocks = absl::StrSplit(parts[i], "```\n");
    ASSERT_GE(blocks.size(), 4);
    EXPECT_EQ(Shell(path, "-readonly -table", blocks[0]), blocks[2])
        << blocks[0];
  }
}

}  // namespace
}  // namespace apogee
