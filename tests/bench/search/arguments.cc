#include "tests/bench/search/arguments.h"

#include <map>

namespace apogee {
namespace {

constexpr char kFooter[] =
    R"(Examples:
  bench_search --suite quick
  bench_search --suite layered-front --algorithm NSGA2,LAYER_NAS \
      --one-objective LAYER_NAS --out out
  bench_search --problem bbob/f=1..5/d=10 --trials 1000 --seeds 15
  bench_search --problem hybrid/con=5,zdt/f=1 --workers 16 --failures 0.1
  bench_search --table my.csv.gz --space my.yaml --objective accuracy \
      --cost latency --max-cost 10,20 --trials 200 --seeds 50
  bench_search --problem bbob/d=5 --algorithm CMA_ES --peer cma,cmaes \
      --trials 3000 --target 1e-8
  bench_search --problem bbob --algorithm A,A:small \
      --options A:small='{"population_size": 10}'

Problems are written NAME/setting=value/...; a setting takes 3, 1+3 or 1..5.
A contestant is the name of an algorithm or a peer, or NAME:label for one more
with other options. tests/bench/search/README.md says more.

Exit codes: 0 done, 1 a run failed or a file could not be written, 2 wrong
usage, a table or space file that does not fit included.
)";

}  // namespace

void AddOptions(CLI::App& app, Arguments& arguments) {
  const auto share = CLI::Range(0.0, 1.0);
  app.add_flag("--list", arguments.list,
               "Show algorithms, problems and suites, and end");

  app.add_option("-a,--algorithm", arguments.algorithms,
                 "Contestants; all that there are when left out")
      ->delimiter(',')
      ->group("What to run");
  app.add_option("--peer", arguments.peers,
                 "Contestants that are Python libraries, see --list; the first "
                 "time, they are installed from a package index")
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
  app.add_option("--alone", arguments.alone,
                 "Contestants that are not told the background of a problem "
                 "that has one, such as those of suite transfer")
      ->delimiter(',')
      ->group("What to run");
  app.add_option("-p,--problem", arguments.problems, "Problems, see --list")
      ->delimiter(',')
      ->group("What to run");
  app.add_option("--suite", arguments.suite, "A set of problems, see --list")
      ->group("What to run");
  app.add_option("--data", arguments.data,
                 "The folder with the tables or the regressors of a suite")
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
  app.add_option("--target", arguments.targets,
                 "Also show the share of runs with no more regret, and after "
                 "how many trials they had reached it")
      ->delimiter(',')
      ->group("What to show");
  app.add_option("--against", arguments.against,
                 "A contestant: also show each mean regret as a multiple of "
                 "this one's, with the interval of 95 % probability")
      ->group("What to show");
  app.add_flag("--stop-at-target", arguments.laboratory.stop_at_targets,
               "End a run when the last of these is reached")
      ->group("What to show");
  app.add_flag("--time", arguments.time,
               "Also show the processor time for each suggestion; not "
               "reproducible")
      ->group("What to show");
  app.add_option("-o,--out", arguments.out,
                 "A folder for results.csv, summary.txt and SVG plots")
      ->group("What to show");
  app.footer(kFooter);
}

}  // namespace apogee
