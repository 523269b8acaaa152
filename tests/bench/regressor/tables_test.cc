#include "tests/bench/regressor/tables.h"

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace apogee {
namespace {

using testing::HasSubstr;

// Two settings on nine tasks; the second setting fails on task 4.
std::string Rpart() {
  const std::filesystem::path data =
      std::filesystem::path(testing::TempDir()) / "tables";
  std::filesystem::create_directories(data / "rpart-tasks");
  std::ofstream(data / "rpart-tasks/configs.csv.gz")
      << "config,cp,maxdepth,minbucket,minsplit,impute\n"
         "0,0.5,10,1,14,mean\n1,1e-3,13,82,77,median\n";
  for (const char* metric : {"acc", "auc", "logloss", "timetrain"}) {
    std::ofstream file(data / absl::StrCat("rpart-tasks/", metric, ".csv.gz"));
    file << "config,1,2,3,4,5,6,7,8,9\n";
    for (const int setting : {0, 1}) {
      file << setting;
      for (int task = 1; task <= 9; ++task) {
        file << ',';
        if (setting == 0 || task != 4) file << 10 * task + setting;
      }
      file << '\n';
    }
  }
  return data.string();
}

std::string TaskOf(const NamedStudy& study) {
  return study.text.metadata.back().second;
}

TEST(TablesTest, NoTaskIsOnBothSides) {
  const TaskStudies studies = ReadFamily("rpart", Rpart(), 60, 60, 1).value();
  EXPECT_EQ(studies.training.size(), 24U);
  EXPECT_EQ(studies.unseen.size(), 12U);
  std::set<std::string> training;
  std::set<std::string> unseen;
  for (const NamedStudy& study : studies.training) {
    training.insert(TaskOf(study));
  }
  for (const NamedStudy& study : studies.unseen) unseen.insert(TaskOf(study));
  EXPECT_EQ(training.size(), 6U);
  EXPECT_EQ(unseen.size(), 3U);
  training.merge(unseen);
  EXPECT_EQ(training.size(), 9U);
}

TEST(TablesTest, TrialsAreRowsOfTheTable) {
  const TaskStudies studies = ReadFamily("rpart", Rpart(), 60, 1, 1).value();
  for (const NamedStudy& study : studies.unseen) {
    EXPECT_EQ(study.trials.size(), 1U);
  }
  for (const NamedStudy& study : studies.training) {
    ASSERT_EQ(study.trials.size(), 2U);
    EXPECT_EQ(study.text.maximize,
              study.text.metric == "acc" || study.text.metric == "auc");
    for (const NamedTrial& trial : study.trials) {
      ASSERT_EQ(trial.point.size(), 5U);
      EXPECT_EQ(trial.point[0].name, "cp");
      const bool first = std::get<double>(trial.point[0].value) == .5;
      EXPECT_EQ(std::get<std::string>(trial.point[4].value),
                first ? "mean" : "median");
      if (TaskOf(study) == "4" && !first) {
        EXPECT_EQ(trial.value, std::nullopt);
      } else {
        EXPECT_EQ(trial.value, 10 * std::stoi(TaskOf(study)) + (first ? 0 : 1));
      }
    }
  }
}

TEST(TablesTest, ErrorsNameTheCure) {
  EXPECT_THAT(ReadFamily("rpat", "", 1, 1, 1).status().message(),
              HasSubstr("rpart"));
  EXPECT_THAT(ReadFamily("rpart", "/nowhere", 1, 1, 1).status().message(),
              HasSubstr("/nowhere/rpart-tasks/configs.csv.gz"));
}

}  // namespace
}  // namespace apogee
