// bench_search: how well search methods search, in virtual time.

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/nearest.h"
#include "base/status_macros.h"
#include "google/protobuf/util/json_util.h"
#include "tests/bench/search/experiment.h"
#include "tests/bench/search/plots.h"
#include "tests/bench/search/suites.h"
#include "tests/bench/search/summary.h"

namespace apogee {
namespace {

constexpr char kDescription[] =
    "Runs search methods on problems whose best is known, in virtual time, and "
    "prints\nhow far each stayed away from it.\n";

constexpr char kFooter[] =
    R"(Examples:
  bench_search --suite quick
  bench_search --suite layered-front --algorithm NSGA2,LAYER_NAS \
      --one-objective LAYER_NAS --out out
  bench_search --problem bbob/f=1..5/d=10 --trials 1000 --seeds 15
  bench_search --problem hybrid/con=5,zdt/f=1 --workers 16 --failures 0.1
  bench_search --table my.csv.gz --space my.yaml --objective accuracy \
      --cost latency --max-cost 10,20 --trials 200 --seeds 50
  bench_search --problem bbob --algorithm A,A:small \
      --options A:small='{"population_size": 10}'

Problems are written NAME/setting=value/...; a setting takes 3, 1+3 or 1..5.
A contestant is the name of an algorithm, or NAME:label for one more with
other options. tests/bench/search/README.md says more.

Exit codes: 0 done, 1 a run failed or a file could not be written, 2 wrong
usage, a table or space file that does not fit included.
)";

struct Arguments {
  std::vector<std::string> algorithms;
  std::vector<std::string> options;
  std::vector<std::string> one_objective;
  std::vector<std::string> problems;
  std::string suite;
  std::string data;
  TableDescription table;
  std::vector<double> max_costs;
  std::optional<int64_t> trials;
  std::optional<int64_t> seeds;
  std::optional<double> target;
  std::vector<std::string> checkpoints;
  Laboratory laboratory;
  uint64_t seed = 1;
  int threads =
      static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  std::string out;
  bool list = false;
};

absl::Status UsageError(absl::string_view message) {
  return absl::InvalidArgumentError(message);
}

absl::StatusOr<Contestant> FindContestant(const std::string& label) {
  const std::string name = label.substr(0, label.find(':'));
  const RegisteredAlgorithm* const algorithm =
      name.empty() ? nullptr : FindAlgorithm(name);
  if (algorithm != nullptr) {
    return Contestant{.label = label, .algorithm = algorithm};
  }
  std::vector<std::string> names;
  for (const RegisteredAlgorithm& known : Algorithms()) {
    names.push_back(known.name);
  }
  return UsageError(absl::StrCat("algorithm \"", name, "\" is unknown",
                                 DidYouMean(name, names), " (there are ",
                                 absl::StrJoin(names, ", "), ")"));
}

absl::StatusOr<Contestant*> Named(absl::string_view option,
                                  const std::string& label,
                                  std::vector<Contestant>& contestants) {
  std::vector<std::string> labels;
  for (Contestant& contestant : contestants) {
    if (contestant.label == label) return &contestant;
    labels.push_back(contestant.label);
  }
  return UsageError(absl::StrCat(option, " is for \"", label,
                                 "\", which --algorithm does not name",
                                 DidYouMean(label, labels)));
}

absl::StatusOr<std::vector<Contestant>> ReadContestants(
    const Arguments& arguments) {
  std::vector<Contestant> contestants;
  std::vector<std::string> labels = arguments.algorithms;
  if (labels.empty()) {
    for (const RegisteredAlgorithm& known : Algorithms()) {
      labels.push_back(known.name);
    }
  }
  for (const std::string& label : labels) {
    ASSIGN_OR_RETURN(contestants.emplace_back(), FindContestant(label));
    if (std::count(labels.begin(), labels.end(), label) > 1) {
      return UsageError(absl::StrCat("--algorithm names ", label,
                                     " twice; write ", label,
                                     ":LABEL for another with other options"));
    }
  }
  for (const std::string& label : arguments.one_objective) {
    ASSIGN_OR_RETURN(Contestant* const contestant,
                     Named("--one-objective", label, contestants));
    contestant->one_objective = true;
  }
  for (const std::string& text : arguments.options) {
    const std::pair<std::string, std::string> pair =
        absl::StrSplit(text, absl::MaxSplits('=', 1));
    ASSIGN_OR_RETURN(Contestant* const contestant,
                     Named("--options", pair.first, contestants));
    if (const auto parsed = google::protobuf::util::JsonStringToMessage(
            pair.second, &contestant->options);
        !parsed.ok()) {
      return UsageError(absl::StrCat(
          "--options of ", pair.first, ": ", pair.second,
          " is no JSON object of options, such as '{\"option\": 1}'"));
    }
  }
  return contestants;
}

absl::StatusOr<std::vector<ProblemChoice>> ReadTables(
    const Arguments& arguments) {
  TableDescription description = arguments.table;
  for (const auto& [value, option] :
       {std::pair{&description.space, "--space"},
        std::pair{&description.objective, "--objective"}}) {
    if (value->empty()) {
      return UsageError(absl::StrCat("--table also needs ", option));
    }
  }
  if (!arguments.max_costs.empty() && description.cost.empty()) {
    return UsageError("--max-cost also needs --cost, the column it is for");
  }
  std::vector<ProblemChoice> problems;
  if (arguments.max_costs.empty()) {
    ASSIGN_OR_RETURN(problems.emplace_back(), TableProblem(description));
  }
  for (const double max_cost : arguments.max_costs) {
    description.max_cost = max_cost;
    ASSIGN_OR_RETURN(problems.emplace_back(), TableProblem(description));
  }
  return problems;
}

absl::StatusOr<std::vector<Moment>> ReadMoments(
    const std::vector<std::string>& texts) {
  std::vector<Moment> moments;
  for (const std::string& text : texts) {
    absl::string_view number = text;
    Moment moment = {.amount = 0,
                     .is_share = absl::ConsumeSuffix(&number, "%")};
    const bool is_number = absl::SimpleAtod(number, &moment.amount);
    if (moment.is_share) moment.amount /= 100;
    if (!is_number || !(moment.amount > 0) ||
        (moment.is_share && moment.amount > 1)) {
      return UsageError(absl::StrCat(
          "--checkpoints: \"", text,
          "\" is neither a number of trials, as 50, nor a share, as 10%"));
    }
    if (!moments.empty() && (moment.is_share != moments[0].is_share ||
                             moment.amount <= moments.back().amount)) {
      return UsageError(
          "--checkpoints must rise, and be all numbers or all shares");
    }
    moments.push_back(moment);
  }
  if (!moments.empty()) return moments;
  for (const double percent :
       {1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 50, 60, 70, 80, 90, 100}) {
    moments.push_back({percent / 100, true});
  }
  return moments;
}

absl::StatusOr<Experiment> ReadExperiment(const Arguments& arguments,
                                          const Suite* suite) {
  Experiment experiment;
  experiment.laboratory = arguments.laboratory;
  if (arguments.laboratory.failures + arguments.laboratory.lost > 1) {
    return UsageError("--failures and --lost are more than 1 together");
  }
  if (suite != nullptr) {
    ASSIGN_OR_RETURN(experiment.problems,
                     SuiteProblems(*suite, arguments.data));
  }
  for (const std::string& text : arguments.problems) {
    ASSIGN_OR_RETURN(std::vector<ProblemChoice> choices, ParseProblems(text));
    for (ProblemChoice& choice : choices) {
      experiment.problems.push_back(std::move(choice));
    }
  }
  if (!arguments.table.table.empty()) {
    ASSIGN_OR_RETURN(std::vector<ProblemChoice> choices, ReadTables(arguments));
    for (ProblemChoice& choice : choices) {
      experiment.problems.push_back(std::move(choice));
    }
  }
  if (experiment.problems.empty()) {
    return UsageError(
        "there is nothing to search: name a --suite, a --problem or a --table "
        "(--list shows what there is)");
  }
  // What is said comes before what a suite has.
  experiment.laboratory.trials =
      arguments.trials.value_or(suite != nullptr ? suite->trials : 100);
  if (arguments.trials) {
    for (ProblemChoice& problem : experiment.problems) problem.trials = 0;
  }
  experiment.runs =
      arguments.seeds.value_or(suite != nullptr ? suite->runs : 10);
  experiment.seed = arguments.seed;
  experiment.threads = arguments.threads;
  experiment.skip_refused = arguments.algorithms.empty();
  ASSIGN_OR_RETURN(experiment.contestants, ReadContestants(arguments));
  ASSIGN_OR_RETURN(experiment.moments, ReadMoments(arguments.checkpoints));
  return experiment;
}

absl::Status WriteFile(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  if (file) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("cannot write ", path, ": ", std::strerror(errno)));
}

absl::Status MakeFolder(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("cannot make the folder ", path, ": ", error.message()));
}

void PrintList() {
  absl::PrintF("Algorithms\n");
  for (const RegisteredAlgorithm& algorithm : Algorithms()) {
    absl::PrintF(
        "  %-22s %s%s\n", algorithm.name, algorithm.info.summary,
        algorithm.info.several_objectives ? " (several objectives)" : "");
  }
  absl::PrintF("\nProblems and their settings\n");
  for (const ProblemFamily& family : ProblemFamilies()) {
    absl::PrintF("  %-22s %s\n", family.name, family.summary);
    for (const ProblemFamily::Setting& setting : family.settings) {
      absl::PrintF("    %-20s %s\n",
                   absl::StrCat(setting.name, "=", setting.default_value),
                   setting.meaning);
    }
  }
  absl::PrintF("\nSuites\n");
  for (const Suite& suite : Suites()) {
    absl::PrintF("  %-22s %s%s\n", suite.name, suite.summary,
                 suite.tables.empty() ? "" : " (needs --data)");
  }
}

absl::Status RunAll(const Arguments& arguments) {
  const Suite* suite = nullptr;
  if (!arguments.suite.empty()) {
    ASSIGN_OR_RETURN(suite, FindSuite(arguments.suite));
  }
  ASSIGN_OR_RETURN(const Experiment experiment,
                   ReadExperiment(arguments, suite));
  // Better now than after hours.
  if (!arguments.out.empty()) RETURN_IF_ERROR(MakeFolder(arguments.out));

  const bool terminal = isatty(STDERR_FILENO) == 1;
  ASSIGN_OR_RETURN(
      const Results results,
      RunExperiment(experiment, [terminal](int64_t done, int64_t all) {
        if (!terminal) return;
        absl::FPrintF(stderr, "\r%d of %d runs%s", done, all,
                      done == all ? "\r\x1b[K" : "");
      }));
  for (const std::string& refusal : results.refusals) {
    absl::FPrintF(stderr, "left out: %s\n", refusal);
  }
  std::optional<double> target = arguments.target;
  if (!target && suite != nullptr) target = suite->target;
  // All moments that somebody asked for; of the usual ones, the last.
  std::vector<size_t> moments;
  for (size_t i = 0; i < experiment.moments.size(); ++i) {
    if (!arguments.checkpoints.empty() || i + 1 == experiment.moments.size()) {
      moments.push_back(i);
    }
  }
  const std::string summary = Summary(experiment, results, moments, target);
  absl::PrintF("%s", summary);
  if (arguments.out.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(WriteFile(arguments.out + "/results.csv",
                            ResultsCsv(experiment, results)));
  RETURN_IF_ERROR(WriteFile(arguments.out + "/summary.txt", summary));
  for (const PlotFile& plot : Plots(experiment, results)) {
    RETURN_IF_ERROR(
        WriteFile(absl::StrCat(arguments.out, "/", plot.name), plot.svg));
  }
  return absl::OkStatus();
}

void AddOptions(CLI::App& app, Arguments& arguments) {
  const auto share = CLI::Range(0.0, 1.0);
  app.add_flag("--list", arguments.list,
               "Show algorithms, problems and suites, and end");

  app.add_option("-a,--algorithm", arguments.algorithms,
                 "Contestants; all that there are when left out")
      ->delimiter(',')
      ->group("What to run");
  app.add_option("--options", arguments.options,
                 "Options of a contestant: NAME='{\"option\": 1}'")
      ->allow_extra_args(false)
      ->group("What to run");
  app.add_option("--one-objective", arguments.one_objective,
                 "Contestants that get the form with one objective and a limit "
                 "of a problem that has one, such as layered-front")
      ->delimiter(',')
      ->group("What to run");
  app.add_option("-p,--problem", arguments.problems, "Problems, see --list")
      ->delimiter(',')
      ->group("What to run");
  app.add_option("--suite", arguments.suite, "A set of problems, see --list")
      ->group("What to run");
  app.add_option("--data", arguments.data,
                 "The folder with the tables of a suite")
      ->group("What to run");

  app.add_option("--table", arguments.table.table,
                 "A CSV file of measurements, may be gzip")
      ->group("Your own table");
  app.add_option("--space", arguments.table.space,
                 "A YAML file: parameters as in a study file, named as columns")
      ->group("Your own table");
  app.add_option("--objective", arguments.table.objective,
                 "The column to search by")
      ->group("Your own table");
  app.add_flag("--minimize", arguments.table.minimize,
               "Less of the objective is better")
      ->group("Your own table");
  app.add_option("--cost", arguments.table.cost,
                 "A column to be minimized too, or limited")
      ->group("Your own table");
  app.add_option("--max-cost", arguments.max_costs,
                 "Limits of the cost, each a problem of its own")
      ->delimiter(',')
      ->group("Your own table");
  app.add_option("--noise", arguments.table.noise,
                 "Columns of which a measurement draws one")
      ->delimiter(',')
      ->group("Your own table");
  app.add_option("--report", arguments.table.report,
                 "A column to report that the search does not see")
      ->group("Your own table");

  app.add_option("-n,--trials", arguments.trials, "Trials of a run (100)")
      ->check(CLI::Range(int64_t{1}, int64_t{10'000'000}))
      ->group("How to run it");
  app.add_option("--seeds", arguments.seeds,
                 "Runs of each contestant on each problem (10)")
      ->check(CLI::Range(int64_t{1}, int64_t{1'000'000}))
      ->group("How to run it");
  app.add_option("--seed", arguments.seed,
                 "The first run's; everything follows from it")
      ->capture_default_str()
      ->group("How to run it");
  app.add_option("-w,--workers", arguments.laboratory.workers,
                 "Workers that run trials at the same time")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str()
      ->group("How to run it");
  const std::map<std::string, Durations> durations = {
      {"constant", Durations::kConstant},
      {"exponential", Durations::kExponential},
      {"log-normal", Durations::kLogNormal}};
  app.add_option("--durations", arguments.laboratory.durations,
                 "How long trials take: constant, exponential (usual), "
                 "log-normal")
      ->transform(CLI::CheckedTransformer(durations))
      ->group("How to run it");
  app.add_option("--failures", arguments.laboratory.failures,
                 "The share of trials that fail")
      ->check(share)
      ->group("How to run it");
  app.add_option("--lost", arguments.laboratory.lost,
                 "The share of trials whose worker is never heard of again")
      ->check(share)
      ->group("How to run it");
  app.add_option("--threads", arguments.threads,
                 "Runs at the same time; changes no result")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str()
      ->group("How to run it");

  app.add_option("--checkpoints", arguments.checkpoints,
                 "When to look: trials, as 10,100, or shares, as 10%,100%")
      ->delimiter(',')
      ->group("What to show");
  app.add_option("--target", arguments.target,
                 "Also show the share of runs with no more regret")
      ->group("What to show");
  app.add_option("-o,--out", arguments.out,
                 "A folder for results.csv, summary.txt and SVG plots")
      ->group("What to show");
  app.footer(kFooter);
}

constexpr int kFailed = 1;
constexpr int kUsage = 2;

int Main(int argc, char** argv) {
  Arguments arguments;
  CLI::App app(kDescription, "bench_search");
  AddOptions(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsage;
  }
  if (arguments.list) {
    PrintList();
    return 0;
  }
  const absl::Status status = RunAll(arguments);
  if (status.ok()) return 0;
  absl::FPrintF(stderr, "bench_search: %s\n", status.message());
  return absl::IsInvalidArgument(status) || absl::IsNotFound(status) ? kUsage
                                                                     : kFailed;
}

}  // namespace
}  // namespace apogee

int main(int argc, char** argv) {
  try {
    return apogee::Main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_search: %s\n", error.what());
    return apogee::kFailed;
  }
}
