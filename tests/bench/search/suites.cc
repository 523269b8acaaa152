#include "tests/bench/search/suites.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/nearest.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

TableDescription Macro(double flops) {
  return {.table = "nas-bench-macro/nas-bench-macro.csv.gz",
          .space = "nas-bench-macro.yaml",
          .objective = "acc_mean",
          .cost = "flops",
          .max_cost = flops};
}

TableDescription Cells(const std::string& dataset, int64_t trials) {
  return {.table = absl::StrCat("nas-bench-201/", dataset, ".csv.gz"),
          .space = "nas-bench-201.yaml",
          .objective = "val12",
          .report = "test200_mean",
          .trials = trials};
}

std::vector<Suite> MakeSuites() {
  return {
      {.name = "layered",
       .summary = "best reward under one cost limit, four sizes",
       .problems = {"layered/l=5/s=8/trials=300+500",
                    "layered/l=10/s=6/trials=1000+1500",
                    "layered/l=20/s=6/trials=3000+6000",
                    "layered/l=10/s=6/eps=0.3/trials=1500"},
       .runs = 30},
      {.name = "layered-front",
       .summary = "best reward under each of nine cost limits, three sizes",
       .problems = {"layered-front/l=5/s=8/trials=500",
                    "layered-front/l=10/s=6/trials=1500",
                    "layered-front/l=20/s=6/trials=6000"},
       .runs = 30},
      {.name = "layered-noise",
       .summary = "the 10-layer network, measured with noise",
       .problems = {"layered/l=10/s=6/noise=0.1+0.3/trials=1500",
                    "layered-front/l=10/s=6/noise=0.2/trials=1500"},
       .runs = 30},
      {.name = "nas-bench-macro",
       .summary = "real networks of 8 layers under four limits of FLOPs",
       .tables = {Macro(30e6), Macro(50e6), Macro(70e6), Macro(90e6)},
       .trials = 150,
       .runs = 100,
       .targets = {0.1}},
      {.name = "nas-bench-201",
       .summary = "real cells: search on 12 epochs, report the test accuracy "
                  "of 200",
       .tables = {Cells("cifar10", 100), Cells("cifar10", 500),
                  Cells("cifar100", 100), Cells("cifar100", 500)},
       .runs = 100},
      {.name = "hybrid",
       .summary = "20 + 10 and 100 + 10 reals and categories, ten functions",
       .problems = {"hybrid/con=20/cat=10/trials=10000",
                    "hybrid/con=100/cat=10/trials=20000"},
       .runs = 5},
      {.name = "bbob",
       .summary = "24 functions in 5 and 20 dimensions, 100 trials each "
                  "dimension",
       .problems = {"bbob/d=5/trials=500", "bbob/d=20/trials=2000"},
       .runs = 15},
      {.name = "bbob-mixint",
       .summary = "24 mixed functions in 5 and 20 dimensions",
       .problems = {"bbob-mixint/d=5/trials=500",
                    "bbob-mixint/d=20/trials=2000"},
       .runs = 15},
      {.name = "bbob-targets",
       .summary = "trials until 1e-8 on sphere, ellipsoids and Rosenbrock's "
                  "functions",
       .problems = {"bbob/f=1/d=5/trials=2000",
                    "bbob/f=2+8..10/d=5/trials=6000",
                    "bbob/f=1/d=20/trials=6000",
                    "bbob/f=2+10/d=20/trials=25000",
                    "bbob/f=8..9/d=20/trials=35000"},
       .runs = 30,
       .targets = {1e-8, 1e-3},
       .stop_at_targets = true},
      {.name = "cost",
       .summary = "20 parameters in 10,000 trials; show it with --time",
       .problems = {"bbob/f=1/d=20", "bbob-mixint/f=1/d=20",
                    "hybrid/f=1/con=10/cat=10", "layered/l=20/s=6",
                    "layered/l=20/s=2"},
       .trials = 10'000,
       .runs = 1},
      {.name = "transfer",
       .summary = "tasks of a kind, with trials of 8 others: one task each run",
       .tasks = {"lcbench", "rpart", "taskset"},
       .trials = 50,
       .runs = 34},
      {.name = "transfer-flipped",
       .summary = "the same, told that the best of the others was their worst",
       .tasks = {"lcbench", "rpart", "taskset"},
       .hearsay = Hearsay::kFlipped,
       .trials = 50,
       .runs = 34},
      {.name = "world",
       .summary = "networks of a made-up world, told of 3,000 studies",
       .world = WorldSearch{},
       .trials = 30,
       .runs = 60},
      {.name = "world-small",
       .summary = "the same, told of 300 studies",
       .world = WorldSearch{.database = 300},
       .trials = 30,
       .runs = 60},
      {.name = "world-new",
       .summary = "the same, datasets that are none of the 3,000 studies",
       .world = WorldSearch{.studies = WorldSearch::Studies::kNewDatasets},
       .trials = 30,
       .runs = 40},
      {.name = "world-other",
       .summary = "the same, told of a world where everything is different",
       .world = WorldSearch{.studies = WorldSearch::Studies::kOtherWorld},
       .trials = 30,
       .runs = 40},
      {.name = "wfg",
       .summary = "two objectives of reals, biased, deceptive and nonseparable",
       .problems = {"wfg"},
       .trials = 5000,
       .runs = 10},
      {.name = "zdt",
       .summary = "two objectives of reals",
       .problems = {"zdt"},
       .trials = 5000,
       .runs = 10},
      {.name = "dtlz",
       .summary = "three objectives of reals",
       .problems = {"dtlz"},
       .trials = 5000,
       .runs = 10},
      {.name = "quick",
       .summary = "a minute's impression of everything that needs no table",
       .problems = {"bbob/f=1+8+15+21/d=5/trials=200",
                    "hybrid/f=1+3/con=5/cat=5/trials=500",
                    "layered/l=5/s=8/trials=300",
                    "layered-front/l=5/s=8/trials=500", "zdt/f=1/trials=1000"},
       .runs = 5},
  };
}

}  // namespace

absl::Span<const Suite> Suites() {
  static const auto* const suites = new std::vector<Suite>(MakeSuites());
  return *suites;
}

absl::StatusOr<const Suite*> FindSuite(absl::string_view name) {
  std::vector<std::string> names;
  for (const Suite& suite : Suites()) {
    if (suite.name == name) return &suite;
    names.push_back(suite.name);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("suite \"", name, "\" is unknown", DidYouMean(name, names),
                   " (there are ", absl::StrJoin(names, ", "), ")"));
}

absl::StatusOr<std::vector<ProblemChoice>> SuiteProblems(
    const Suite& suite, const std::string& data) {
  std::vector<ProblemChoice> problems;
  for (const std::string& text : suite.problems) {
    ASSIGN_OR_RETURN(std::vector<ProblemChoice> choices, ParseProblems(text));
    for (ProblemChoice& choice : choices) problems.push_back(std::move(choice));
  }
  for (TableDescription table : suite.tables) {
    if (data.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("suite ", suite.name,
                       " reads tables; say with --data in which folder ",
                       table.table, " is"));
    }
    table.table = absl::StrCat(data, "/", table.table);
    table.space =
        absl::StrCat(BENCH_SOURCE_DIR, "/search/spaces/", table.space);
    ASSIGN_OR_RETURN(problems.emplace_back(), TableProblem(table));
  }
  if (suite.world) {
    if (data.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "suite ", suite.name,
          " reads regressors; say with --data in which folder bench_regressor "
          "--weights has put them"));
    }
    ASSIGN_OR_RETURN(std::vector<ProblemChoice> choices,
                     WorldProblems(*suite.world, data));
    for (ProblemChoice& choice : choices) problems.push_back(std::move(choice));
  }
  for (const std::string& name : suite.tasks) {
    if (data.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("suite ", suite.name,
                       " reads tasks; say with --data in which folder the "
                       "tables of ",
                       name, " are"));
    }
    ASSIGN_OR_RETURN(TaskFamily family, ReadTasks(name, data));
    problems.push_back(TransferProblem(std::move(family), suite.hearsay));
  }
  return problems;
}

}  // namespace apogee
