#include "tests/bench/regressor/tables.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/nearest.h"
#include "base/rng.h"
#include "base/status_macros.h"
#include "tests/bench/search/csv.h"

namespace apogee {
namespace {

// All that is known of one task.
struct Task {
  std::string name;
  // One study for each metric.
  std::vector<NamedStudy> studies;
};

absl::StatusOr<Csv> ReadCsv(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  return Csv::Parse(text, path);
}

// Each row as a point, from the columns that are parameters.
absl::StatusOr<std::vector<NamedPoint>> ReadPoints(
    const Csv& csv, const std::vector<std::string>& parameters) {
  std::vector<NamedPoint> points(csv.rows().size());
  for (const std::string& parameter : parameters) {
    ASSIGN_OR_RETURN(const size_t column, csv.Column(parameter));
    for (size_t i = 0; i < points.size(); ++i) {
      const std::string& cell = csv.rows()[i][column];
      double number = 0;
      if (absl::SimpleAtod(cell, &number)) {
        points[i].push_back({parameter, number});
      } else {
        points[i].push_back({parameter, cell});
      }
    }
  }
  return points;
}

// Adds a study for a column of a table.
absl::Status AddStudy(const Csv& csv, const std::string& column,
                      const std::vector<NamedPoint>& points, StudyText text,
                      Task& task) {
  ASSIGN_OR_RETURN(const size_t values, csv.Column(column));
  if (csv.rows().size() != points.size()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "column ", column, " has ", csv.rows().size(), " rows for ",
        points.size(), " settings; get the tables again"));
  }
  text.metadata.emplace_back("task", task.name);
  NamedStudy study{std::move(text), {}};
  study.trials.reserve(points.size());
  for (size_t i = 0; i < points.size(); ++i) {
    NamedTrial trial{points[i], std::nullopt};
    double value = 0;
    if (absl::SimpleAtod(csv.rows()[i][values], &value) &&
        std::isfinite(value)) {
      trial.value = value;
    }
    study.trials.push_back(std::move(trial));
  }
  task.studies.push_back(std::move(study));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Task>> ReadRpart(const std::string& data) {
  const std::string folder = data + "/rpart-tasks/";
  ASSIGN_OR_RETURN(const Csv settings, ReadCsv(folder + "configs.csv.gz"));
  ASSIGN_OR_RETURN(const std::vector<NamedPoint> points,
                   ReadPoints(settings, {"cp", "maxdepth", "minbucket",
                                         "minsplit", "impute"}));
  std::vector<Task> tasks;
  for (const char* metric : {"acc", "auc", "logloss", "timetrain"}) {
    ASSIGN_OR_RETURN(const Csv csv,
                     ReadCsv(absl::StrCat(folder, metric, ".csv.gz")));
    const bool maximize = metric[0] == 'a';
    // The first column numbers the settings.
    tasks.resize(csv.columns().size() - 1);
    for (size_t i = 0; i < tasks.size(); ++i) {
      tasks[i].name = csv.columns()[i + 1];
      RETURN_IF_ERROR(AddStudy(csv, tasks[i].name, points,
                               {metric, maximize, {{"model", "rpart"}}},
                               tasks[i]));
    }
  }
  return tasks;
}

absl::StatusOr<std::vector<Task>> ReadTaskset(const std::string& data) {
  std::vector<Task> tasks = {
      {"patch128_lstm128_avg_bs64", {}}, {"patch128_lstm128_embed128_bs64", {}},
      {"patch32_gru64_avg_bs128", {}},   {"patch32_irnn64_relu_last_bs128", {}},
      {"patch32_lstm128_bs128", {}},     {"patch32_vrnn64_relu_avg_bs128", {}}};
  for (Task& task : tasks) {
    ASSIGN_OR_RETURN(const Csv csv,
                     ReadCsv(absl::StrCat(data, "/taskset-imdb-rnn/", task.name,
                                          ".csv.gz")));
    ASSIGN_OR_RETURN(
        const std::vector<NamedPoint> points,
        ReadPoints(csv, {"learning_rate", "beta1", "beta2", "epsilon", "l1",
                         "l2", "linear_decay", "exponential_decay"}));
    RETURN_IF_ERROR(
        AddStudy(csv, "valid_50", points, {"valid_loss", false, {}}, task));
  }
  return tasks;
}

struct Family {
  const char* name;
  absl::StatusOr<std::vector<Task>> (*read)(const std::string& data);
};
constexpr Family kFamilies[] = {{"rpart", ReadRpart}, {"taskset", ReadTaskset}};

// Keeps so many trials, in random order.
void Draw(size_t count, RandomStream& random, NamedStudy& study) {
  std::shuffle(study.trials.begin(), study.trials.end(), random);
  study.trials.resize(std::min(count, study.trials.size()));
}

}  // namespace

std::vector<std::string> FamilyNames() {
  std::vector<std::string> names;
  for (const Family& family : kFamilies) names.emplace_back(family.name);
  return names;
}

absl::StatusOr<TaskStudies> ReadFamily(absl::string_view family,
                                       const std::string& data, size_t trials,
                                       size_t unseen_trials, uint64_t seed) {
  const Family* const found =
      std::find_if(std::begin(kFamilies), std::end(kFamilies),
                   [&](const Family& each) { return each.name == family; });
  if (found == std::end(kFamilies)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "family \"", family, "\" is unknown", DidYouMean(family, FamilyNames()),
        " (there are ", absl::StrJoin(FamilyNames(), ", "), ")"));
  }
  ASSIGN_OR_RETURN(std::vector<Task> tasks, found->read(data));
  RandomStream random = Rng(seed).At(0);
  std::shuffle(tasks.begin(), tasks.end(), random);
  const size_t unseen = std::max<size_t>(tasks.size() / 3, 2);
  TaskStudies studies;
  for (size_t i = 0; i < tasks.size(); ++i) {
    const bool is_unseen = i < unseen;
    for (NamedStudy& study : tasks[i].studies) {
      Draw(is_unseen ? unseen_trials : trials, random, study);
      (is_unseen ? studies.unseen : studies.training)
          .push_back(std::move(study));
    }
  }
  return studies;
}

}  // namespace apogee
