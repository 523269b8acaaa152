// bench_search: how well search methods search, in virtual time.

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status_macros.h"
#include "tests/bench/search/arguments.h"
#include "tests/bench/search/plots.h"
#include "tests/bench/search/read_experiment.h"
#include "tests/bench/search/summary.h"

namespace apogee {
namespace {

constexpr char kDescription[] =
    "Runs search methods on problems whose best is known, in virtual time, and "
    "prints\nhow far each stayed away from it.\n";

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
  absl::PrintF("\nPeers\n");
  for (const Peer::Info& peer : Peer::All()) {
    absl::PrintF("  %-22s %s%s\n", peer.name, peer.summary,
                 peer.several_objectives ? " (several objectives)" : "");
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
    const bool needs_data =
        !suite.tables.empty() || !suite.tasks.empty() || suite.world;
    absl::PrintF("  %-22s %s%s\n", suite.name, suite.summary,
                 needs_data ? " (needs --data)" : "");
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
  if (!arguments.peers.empty()) RETURN_IF_ERROR(Peer::Install());

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
  // All moments that somebody asked for; of the usual ones, the last.
  std::vector<size_t> moments;
  for (size_t i = 0; i < experiment.moments.size(); ++i) {
    if (!arguments.checkpoints.empty() || i + 1 == experiment.moments.size()) {
      moments.push_back(i);
    }
  }
  const std::string summary =
      Summary(experiment, results, moments, arguments.time);
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
