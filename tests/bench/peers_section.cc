// Other services on the same rounds: each with the number of workers that suits
// it best, and this one beside each of them.

#include <algorithm>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tests/bench/apogeed.h"
#include "tests/bench/sections.h"
#include "tests/bench/workload.h"

namespace apogee {
namespace {

constexpr char kPython[] = BENCH_VENV "/bin/python";
constexpr char kPeers[] = BENCH_SOURCE_DIR "/peers";
constexpr int kWorkers = 64;

class Peers {
 public:
  explicit Peers(Bench& bench)
      : bench_(bench),
        apogeed_(bench.directory, bench.directory + "/peers.db"),
        caller_(apogeed_.address()) {}

  // Measures this service, then the peer at each number of workers, and sets
  // `key` to the ratio of this one to the peer's best.
  template <typename MeasurePeer>
  void Compare(const std::string& name, const std::string& key,
               const std::vector<int>& worker_counts, MeasurePeer peer) {
    Report& report = bench_.report;
    const auto studies =
        CreateStudies(caller_, absl::StrCat("beside", compared_++, "-"), 1);
    const Load own = Measure(caller_, apogeed_.process(), kWorkers,
                             bench_.scale.window, Rounds(caller_, studies));
    report.Row(absl::StrCat("apogeed, ", kWorkers, " workers"), {own});
    double best = 0;
    for (const int workers : worker_counts) {
      const std::string what = absl::StrCat(name, ", ", workers, " workers");
      const std::optional<Load> load = peer(workers);
      if (load) {
        report.Row(what, {*load});
        best = std::max(best, load->per_second);
      } else {
        report.Note(what + " failed");
      }
    }
    if (best > 0) report.Figure(key, own.per_second / best);
  }

 private:
  Bench& bench_;
  Apogeed apogeed_;
  Caller caller_;
  int compared_ = 0;
};

// The reference server, with the same client as this one's.
class Vizier {
 public:
  explicit Vizier(const Bench& bench)
      : window_(bench.scale.peer_window),
        server_({kPython, absl::StrCat(kPeers, "/vizier_server.py"), "--file",
                 bench.directory + "/vizier.db"},
                bench.directory),
        caller_(server_.address()) {}

  Load MeasureRounds(int workers) {
    const auto studies =
        CreateStudies(caller_, absl::StrCat("workers", workers, "-"), 1);
    return Measure(caller_, server_.process(), workers, window_,
                   Rounds(caller_, studies));
  }

 private:
  const Window window_;
  ServerProcess server_;
  Caller caller_;
};

// Optuna has no server that others could speak to: its own processes measure.
std::optional<Load> MeasureOptuna(const Bench& bench, bool grpc, int workers) {
  const std::string file = absl::StrCat(
      bench.directory, grpc ? "/optuna-grpc-" : "/optuna-", workers);
  const std::string output = file + ".json";
  const Window& window = bench.scale.peer_window;
  std::vector<std::string> words = {
      kPython,     absl::StrCat(kPeers, "/optuna_rounds.py"),
      "--file",    file,
      "--output",  output,
      "--workers", absl::StrCat(workers),
      "--warm-up", absl::StrCat(absl::ToDoubleSeconds(window.warm_up)),
      "--seconds", absl::StrCat(absl::ToDoubleSeconds(window.length))};
  if (grpc) words.emplace_back("--grpc");
  if (Process(words).Wait() != 0) return std::nullopt;
  std::ifstream stream(output);
  const auto json = nlohmann::json::parse(stream, nullptr,
                                          /*allow_exceptions=*/false);
  if (!json.is_object()) return std::nullopt;
  return Load{.units = json.value("rounds", 0),
              .per_second = json.value("per_second", 0.0),
              .p50_ms = json.value("p50_ms", 0.0),
              .p99_ms = json.value("p99_ms", 0.0)};
}

}  // namespace

void PreparePeers() {
  const std::string script = BENCH_SOURCE_DIR "/make_venv.sh";
  if (Process({script, BENCH_VENV, BENCH_SOURCE_DIR "/requirements.txt"})
          .Wait() != 0) {
    Die(absl::StrCat(script,
                     " failed: --peer needs a Python package index, once"));
  }
}

void MeasurePeers(Bench& bench) {
  bench.report.Section("peers: suggest + complete, rounds, 1 study");
  Peers peers(bench);
  {
    Vizier vizier(bench);
    peers.Compare("google-vizier", "rounds_to_vizier", {1, 4, 16},
                  [&](int workers) -> std::optional<Load> {
                    return vizier.MeasureRounds(workers);
                  });
  }
  peers.Compare("Optuna, SQLite", "rounds_to_optuna", {1, 2, 4, 8},
                [&](int workers) {
                  return MeasureOptuna(bench, /*grpc=*/false, workers);
                });
  peers.Compare("Optuna, gRPC proxy", "rounds_to_optuna_grpc", {1, 4, 16},
                [&](int workers) {
                  return MeasureOptuna(bench, /*grpc=*/true, workers);
                });
}

}  // namespace apogee
