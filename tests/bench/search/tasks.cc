#include "tests/bench/search/tasks.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "algorithms/space/search_space.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "tests/bench/search/csv.h"
#include "tests/bench/search/lcbench.h"
#include "tests/bench/search/statistics.h"

namespace apogee {
namespace {

using vizier::StudySpec;

// Settings that were measured on every task.
struct Pool {
  SearchSpace space;
  std::vector<Point> settings;
  // One row per task, NaN where it failed.
  std::vector<std::vector<double>> values;
};

absl::StatusOr<Csv> ReadCsv(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  return Csv::Parse(text, path);
}

// The numbers of a column; NaN for empty cells.
absl::StatusOr<std::vector<double>> ReadNumbers(const Csv& csv,
                                                absl::string_view name) {
  ASSIGN_OR_RETURN(const size_t column, csv.Column(name));
  std::vector<double> numbers;
  numbers.reserve(csv.rows().size());
  for (const std::vector<std::string>& row : csv.rows()) {
    double number = 0;
    const bool is_number = absl::SimpleAtod(row[column], &number);
    numbers.push_back(is_number ? number
                                : std::numeric_limits<double>::quiet_NaN());
  }
  return numbers;
}

// Each row as a point of the space, its columns named as the parameters.
absl::StatusOr<std::vector<Point>> ReadSettings(const Csv& csv,
                                                const SearchSpace& space) {
  std::vector<Point> settings(
      csv.rows().size(), Point(static_cast<size_t>(space.size()), kInactive));
  for (int i = 0; i < space.size(); ++i) {
    ASSIGN_OR_RETURN(const size_t column, csv.Column(space.name(i)));
    for (size_t row = 0; row < settings.size(); ++row) {
      const std::string& cell = csv.rows()[row][column];
      double number = 0;
      if (space.dimension(i).IsCategorical()) {
        google::protobuf::Value value;
        value.set_string_value(cell);
        ASSIGN_OR_RETURN(settings[row][i], space.EncodeValue(i, value));
      } else if (absl::SimpleAtod(cell, &number)) {
        settings[row][i] = space.CoordinateNear(i, number);
      } else {
        return absl::InvalidArgumentError(absl::StrCat(
            "\"", cell, "\" in column ", space.name(i), " is no number"));
      }
    }
  }
  return settings;
}

double Distance(const SearchSpace& space, const Point& a, const Point& b) {
  double sum = 0;
  for (int i = 0; i < space.size(); ++i) {
    const double step =
        space.dimension(i).IsCategorical() ? (a[i] != b[i]) : a[i] - b[i];
    sum += step * step;
  }
  return sum;
}

size_t Nearest(const Pool& pool, const Point& point) {
  size_t nearest = 0;
  double least = std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < pool.settings.size(); ++i) {
    const double distance = Distance(pool.space, pool.settings[i], point);
    if (distance >= least) continue;
    least = distance;
    nearest = i;
  }
  return nearest;
}

// A family whose tasks are the rows of pool.values.
TaskFamily PoolFamily(absl::string_view name, StudySpec spec, bool minimize,
                      const std::vector<std::string>& tasks, Pool pool) {
  TaskFamily family = {.name = std::string(name),
                       .spec = std::move(spec),
                       .minimize = minimize,
                       .tasks = {},
                       .measure = {}};
  family.tasks.reserve(tasks.size());
  for (size_t task = 0; task < tasks.size(); ++task) {
    std::vector<double> values = pool.values[task];
    std::erase_if(values, [](double value) { return std::isnan(value); });
    family.tasks.push_back({.name = tasks[task],
                            .best = Quantile(values, minimize ? 0 : 1),
                            .median = Quantile(values, 0.5)});
  }
  family.measure = [pool = std::make_shared<const Pool>(std::move(pool))](
                       size_t task,
                       const Parameters& parameters) -> std::optional<double> {
    const absl::StatusOr<Point> point = pool->space.Encode(parameters);
    APOGEE_CHECK(point.ok());
    const double value = pool->values[task][Nearest(*pool, *point)];
    if (std::isnan(value)) return std::nullopt;
    return value;
  };
  return family;
}

void AddLogDouble(StudySpec& spec, absl::string_view name, double min,
                  double max) {
  AddDouble(spec, name, min, max);
  spec.mutable_parameters()->rbegin()->set_scale_type(
      StudySpec::ParameterSpec::UNIT_LOG_SCALE);
}

absl::StatusOr<TaskFamily> ReadRpart(absl::string_view name,
                                     const std::string& folder) {
  StudySpec spec;
  AddLogDouble(spec, "cp", 9e-4, 1);
  AddInteger(spec, "maxdepth", 1, 30);
  AddInteger(spec, "minbucket", 1, 100);
  AddInteger(spec, "minsplit", 1, 100);
  StudySpec::ParameterSpec& impute = *spec.add_parameters();
  impute.set_parameter_id("impute");
  for (const char* const value : {"mean", "median", "hist"}) {
    impute.mutable_categorical_value_spec()->add_values(value);
  }
  AddObjective(spec, "acc", /*minimize=*/false);
  ASSIGN_OR_RETURN(SearchSpace space, SearchSpace::Create(spec.parameters()));
  ASSIGN_OR_RETURN(const Csv configs, ReadCsv(folder + "/configs.csv.gz"));
  ASSIGN_OR_RETURN(std::vector<Point> settings, ReadSettings(configs, space));
  ASSIGN_OR_RETURN(const Csv csv, ReadCsv(folder + "/acc.csv.gz"));
  const std::vector<std::string> tasks(csv.columns().begin() + 1,
                                       csv.columns().end());
  Pool pool = {std::move(space), std::move(settings), {}};
  pool.values.reserve(tasks.size());
  for (const std::string& task : tasks) {
    ASSIGN_OR_RETURN(pool.values.emplace_back(), ReadNumbers(csv, task));
  }
  return PoolFamily(name, std::move(spec), /*minimize=*/false, tasks,
                    std::move(pool));
}

absl::StatusOr<TaskFamily> ReadTaskset(absl::string_view name,
                                       const std::string& folder) {
  StudySpec spec;
  AddLogDouble(spec, "learning_rate", 1e-8, 10);
  AddLogDouble(spec, "beta1", 1e-4, 1);
  AddLogDouble(spec, "beta2", 1e-3, 1);
  AddLogDouble(spec, "epsilon", 1e-10, 1e3);
  AddLogDouble(spec, "l1", 1e-8, 10);
  AddLogDouble(spec, "l2", 1e-8, 10);
  AddLogDouble(spec, "linear_decay", 1e-7, 1e-4);
  AddLogDouble(spec, "exponential_decay", 1e-6, 1e-3);
  AddObjective(spec, "valid_50", /*minimize=*/true);
  ASSIGN_OR_RETURN(SearchSpace space, SearchSpace::Create(spec.parameters()));
  Pool pool = {std::move(space), {}, {}};
  const std::vector<std::string> tasks = {
      "patch128_lstm128_avg_bs64", "patch128_lstm128_embed128_bs64",
      "patch32_gru64_avg_bs128",   "patch32_irnn64_relu_last_bs128",
      "patch32_lstm128_bs128",     "patch32_vrnn64_relu_avg_bs128"};
  pool.values.reserve(tasks.size());
  for (const std::string& task : tasks) {
    ASSIGN_OR_RETURN(const Csv csv,
                     ReadCsv(absl::StrCat(folder, "/", task, ".csv.gz")));
    ASSIGN_OR_RETURN(pool.settings, ReadSettings(csv, pool.space));
    ASSIGN_OR_RETURN(pool.values.emplace_back(), ReadNumbers(csv, "valid_50"));
  }
  return PoolFamily(name, std::move(spec), /*minimize=*/true, tasks,
                    std::move(pool));
}

}  // namespace

absl::StatusOr<TaskFamily> ReadTasks(absl::string_view name,
                                     const std::string& data) {
  if (name == "rpart") return ReadRpart(name, data + "/rpart-tasks");
  if (name == "taskset") return ReadTaskset(name, data + "/taskset-imdb-rnn");
  if (name == "lcbench") return ReadLcbench(data + "/lcbench-surrogate");
  return absl::InvalidArgumentError(absl::StrCat(
      "tasks \"", name, "\" are unknown (there are lcbench, rpart, taskset)"));
}

}  // namespace apogee
