// bench_service: how fast apogeed is beside what this machine can do at best.

#include <linux/magic.h>
#include <sys/vfs.h>

#include <cstdio>
#include <string>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "tests/bench/sections.h"

namespace apogee {
namespace {

constexpr std::pair<const char*, void (*)(Bench&)> kSections[] = {
    {"calls", MeasureCalls},
    {"rounds", MeasureRounds},
    {"reads", MeasureReads},
    {"growth", MeasureGrowth},
};

// What the last line holds, whatever was measured.
constexpr const char* kKeys[] = {
    "ratio_to_durable_ceiling_64_workers",
    "complete_to_empty_call_64",
    "complete_to_empty_call_256",
    "get_to_empty_call_64",
    "rounds_per_second_64",
    "suggest_p99_ratio_1m_to_1k",
    "batch_suggest_to_empty_call",
    "list_optimal_100k_ms",
    "restart_1m_seconds",
    "resident_1m_mib",
    "fsyncs_per_1000_completes",
    "rows_per_commit",
    "server_cpu_us_per_complete",
    "rounds_to_vizier",
    "rounds_to_optuna",
    "rounds_to_optuna_grpc",
};

Scale FullScale() {
  return {.rounds = 5,
          .repeats = 3,
          .window = {absl::Milliseconds(300), absl::Milliseconds(1500)},
          .peer_window = {absl::Seconds(1), absl::Seconds(5)},
          .study_trials = {1'000, 10'000, 100'000, 1'000'000},
          .optimal_trials = 100'000};
}

Scale QuickScale() {
  return {.rounds = 5,
          .repeats = 1,
          .window = {absl::Milliseconds(100), absl::Milliseconds(400)},
          .peer_window = {absl::Milliseconds(500), absl::Seconds(2)},
          .study_trials = {1'000, 10'000, 100'000},
          .optimal_trials = 100'000};
}

Scale SmokeScale() {
  return {.rounds = 1,
          .repeats = 1,
          .window = {absl::Milliseconds(20), absl::Milliseconds(100)},
          .peer_window = {absl::Milliseconds(500), absl::Seconds(2)},
          .study_trials = {1'000, 2'000},
          .optimal_trials = 2'000};
}

struct Options {
  std::string directory = BENCH_DIRECTORY;
  std::string only;
  bool quick = false;
  bool smoke = false;
  bool peers = false;
};

int Run(const Options& options, const std::string& directory) {
  if (options.peers) PreparePeers();
  Bench bench{.scale = options.smoke   ? SmokeScale()
                       : options.quick ? QuickScale()
                                       : FullScale(),
              .directory = directory};
  for (const auto& [name, measure] : kSections) {
    if (options.only.empty() || options.only == name) measure(bench);
  }
  if (options.peers) MeasurePeers(bench);
  printf("\n%s\n", bench.report.Json(kKeys).c_str());
  return 0;
}

// A file system in memory answers a sync at once.
bool IsInMemory(const std::string& directory) {
  struct statfs info = {};
  return statfs(directory.c_str(), &info) == 0 && info.f_type == TMPFS_MAGIC;
}

}  // namespace
}  // namespace apogee

int main(int argc, char** argv) {
  apogee::Options options;
  CLI::App app(
      "Measures apogeed beside what this machine can do at best. Prints a "
      "table\nand, as its last line, the figures as one JSON object.\n",
      "bench_service");
  app.add_option("--dir", options.directory,
                 "Where to keep files meanwhile: a folder on a real disk");
  app.add_option("--only", options.only,
                 "Measure one section only; \"none\" leaves the peers")
      ->check(CLI::IsMember({"calls", "rounds", "reads", "growth", "none"}));
  app.add_flag("--quick", options.quick, "Within a minute, on less");
  app.add_flag("--smoke", options.smoke,
               "Within seconds: figures mean nothing");
  app.add_flag("--peer", options.peers,
               "Also other services: google-vizier and Optuna");
  CLI11_PARSE(app, argc, argv);
  if (apogee::IsInMemory(options.directory)) {
    apogee::Die(absl::StrCat(options.directory,
                             " is in memory; --dir must be on a disk"));
  }
  return apogee::RunSupervised(options.directory,
                               [&options](const std::string& directory) {
                                 return apogee::Run(options, directory);
                               });
}
