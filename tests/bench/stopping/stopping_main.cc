// bench_stopping: what stopping rules save, and what they lose.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "proto/options.h"
#include "tests/bench/search/statistics.h"
#include "tests/bench/stopping/curve_table.h"
#include "tests/bench/stopping/stopping_run.h"

namespace apogee {
namespace {

constexpr size_t kMadeUpSettings = 500;
constexpr size_t kMadeUpSteps = 50;

struct Arguments {
  std::string data;
  std::vector<std::string> rules = {"NONE",      "MEDIAN", "PERCENTILE", "ASHA",
                                    "HYPERBAND", "CURVE",  "REFERENCE"};
  std::vector<std::string> options;
  int64_t min_steps = 3;
  StoppingPlan plan;
  int seeds = 20;
};

struct Contestant {
  std::string label;
  apogee::v1::Stopping stopping = {};
};

// A contestant is RULE, or RULE:LABEL for the same rule once more; its options
// follow its name, RULE:LABEL={json}.
absl::StatusOr<std::vector<Contestant>> ReadContestants(
    const Arguments& arguments) {
  std::vector<Contestant> contestants;
  for (const std::string& label : arguments.rules) {
    Contestant contestant{.label = label};
    contestant.stopping.set_rule(label.substr(0, label.find(':')));
    contestant.stopping.set_min_steps(arguments.min_steps);
    contestants.push_back(std::move(contestant));
  }
  for (const std::string& text : arguments.options) {
    const size_t equals = text.find('=');
    const auto named =
        std::find_if(contestants.begin(), contestants.end(),
                     [&](const Contestant& contestant) {
                       return contestant.label == text.substr(0, equals);
                     });
    if (equals == std::string::npos || named == contestants.end()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "--options ", text, " names no --rule; write RULE={\"eta\": 4}"));
    }
    ASSIGN_OR_RETURN(const apogee::v1::StudyOptions options,
                     ParseStudyOptions(absl::StrCat(
                         "{\"stopping\": ", text.substr(equals + 1), "}")));
    named->stopping.MergeFrom(options.stopping());
  }
  return contestants;
}

absl::StatusOr<std::vector<CurveTable>> ReadTables(const Arguments& arguments) {
  if (arguments.data.empty()) {
    return std::vector<CurveTable>{
        MadeUpTable(kMadeUpSettings, kMadeUpSteps, arguments.plan.seed)};
  }
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& entry :
       std::filesystem::directory_iterator(arguments.data, error)) {
    const std::string path = entry.path().string();
    if (path.ends_with(".csv") || path.ends_with(".csv.gz")) {
      paths.push_back(path);
    }
  }
  if (paths.empty()) {
    return absl::NotFoundError(
        absl::StrCat("there are no .csv or .csv.gz files in ", arguments.data,
                     error ? absl::StrCat(": ", error.message()) : ""));
  }
  std::sort(paths.begin(), paths.end());
  std::vector<CurveTable> tables;
  for (const std::string& path : paths) {
    ASSIGN_OR_RETURN(tables.emplace_back(), ReadCurveTable(path));
  }
  return tables;
}

// What a rule came to, one value for each study.
struct Results {
  std::vector<double> saved;    // per cent of the steps of the same trials
  std::vector<double> regret;   // after the same number of trials
  std::vector<double> quarter;  // after a quarter of the steps
  std::vector<double> whole;    // after the steps that these trials take whole
  std::vector<double> equal;    // per cent of these, to come as far as NONE
  std::vector<double> lost;     // 100 where the best trial was stopped

  void Add(const Results& other) {
    const auto append = [](auto& to, const auto& from) {
      to.insert(to.end(), from.begin(), from.end());
    };
    append(saved, other.saved);
    append(regret, other.regret);
    append(quarter, other.quarter);
    append(whole, other.whole);
    append(equal, other.equal);
    append(lost, other.lost);
  }
};

absl::StatusOr<Results> Measure(const CurveTable& table,
                                apogee::v1::Stopping stopping,
                                const Arguments& arguments) {
  if (stopping.rule() == "HYPERBAND" && !stopping.has_max_steps()) {
    stopping.set_max_steps(static_cast<int64_t>(table.steps));
  }
  Results results;
  const auto regret_at = [&](const StoppingOutcome& outcome, size_t steps) {
    const size_t last = std::min(steps, outcome.best.size());
    return last == 0 ? 1 : table.Regret(outcome.best[last - 1]);
  };
  for (int seed = 0; seed < arguments.seeds; ++seed) {
    StoppingPlan plan = arguments.plan;
    plan.stopping = stopping;
    plan.seed = arguments.plan.seed + static_cast<uint64_t>(seed);
    ASSIGN_OR_RETURN(const StoppingOutcome trials, RunStopping(table, plan));
    results.saved.push_back(100 - 100 * static_cast<double>(trials.steps) /
                                      static_cast<double>(trials.all_steps));
    results.regret.push_back(regret_at(trials, trials.best.size()));
    results.lost.push_back(trials.lost_best ? 100 : 0);
    plan.steps = trials.all_steps;
    plan.trials = static_cast<int64_t>(table.curves.size());
    ASSIGN_OR_RETURN(const StoppingOutcome steps, RunStopping(table, plan));
    const auto budget = static_cast<size_t>(plan.steps);
    results.quarter.push_back(regret_at(steps, budget / 4));
    results.whole.push_back(regret_at(steps, budget));
    plan.stopping = {};
    plan.stopping.set_rule("NONE");
    ASSIGN_OR_RETURN(const StoppingOutcome none, RunStopping(table, plan));
    const auto reached =
        std::find_if(steps.best.begin(), steps.best.end(),
                     [&](double best) { return best <= none.best.back(); });
    results.equal.push_back(std::min(
        100.0, 100 * static_cast<double>(reached - steps.best.begin()) /
                   static_cast<double>(budget)));
  }
  return results;
}

std::string Quartiles(const std::vector<double>& values, int digits) {
  return absl::StrFormat("%.*f [%.*f, %.*f]", digits, Quantile(values, 0.5),
                         digits, Quantile(values, 0.25), digits,
                         Quantile(values, 0.75));
}

void Print(const std::string& task, const std::string& label,
           const Results& results) {
  absl::PrintF("%-32s %-12s %-18s %5.1f  %-22s %-22s %-22s %s\n", task, label,
               Quartiles(results.saved, 1), Mean(results.lost),
               Quartiles(results.regret, 3), Quartiles(results.quarter, 3),
               Quartiles(results.whole, 3), Quartiles(results.equal, 1));
  std::fflush(stdout);
}

absl::Status Bench(const Arguments& arguments) {
  ASSIGN_OR_RETURN(const std::vector<Contestant> contestants,
                   ReadContestants(arguments));
  ASSIGN_OR_RETURN(const std::vector<CurveTable> tables, ReadTables(arguments));
  absl::PrintF("%-32s %-12s %-18s %5s  %-22s %-22s %-22s %s\n", "task", "rule",
               "saved %", "lost%", "regret, same trials", "at 1/4 of the steps",
               "at all of the steps", "steps as far as NONE %");
  std::vector<Results> all(contestants.size());
  for (const CurveTable& table : tables) {
    for (size_t i = 0; i < contestants.size(); ++i) {
      ASSIGN_OR_RETURN(const Results results,
                       Measure(table, contestants[i].stopping, arguments));
      Print(table.name, contestants[i].label, results);
      all[i].Add(results);
    }
  }
  if (tables.size() > 1) {
    for (size_t i = 0; i < contestants.size(); ++i) {
      Print("all", contestants[i].label, all[i]);
    }
  }
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app(
      "Runs studies over tables of learning curves in virtual time, and prints "
      "what\nstopping rules save and what they lose.");
  app.add_option("--data", arguments.data,
                 "folder of tables; without it, one that is made up");
  app.add_option("--rule", arguments.rules, "RULE or RULE:LABEL")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--options", arguments.options,
                 "of one --rule: ASHA={\"eta\": 4}, more than once");
  app.add_option("--min-steps", arguments.min_steps,
                 "of every rule: the first step that is judged")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  app.add_option("--trials", arguments.plan.trials, "of each study")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--workers", arguments.plan.workers, "of each study")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--seeds", arguments.seeds, "studies for each rule and task")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  app.add_option("--seed", arguments.plan.seed, "of the first study")
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = Bench(arguments);
  if (status.ok()) return 0;
  absl::FPrintF(stderr, "bench_stopping: %s\n", status.message());
  return 1;
}

}  // namespace
}  // namespace apogee

int main(int argc, char** argv) { return apogee::Main(argc, argv); }
