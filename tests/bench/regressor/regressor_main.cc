// bench_regressor: what regressors know of studies that they have not seen.

#include <cstdint>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "algorithms/regressor/trainer.h"
#include "base/status_macros.h"
#include "tests/bench/regressor/contest.h"
#include "tests/bench/regressor/world.h"

namespace apogee {
namespace {

constexpr int kTrainingTrials = 60;
// Numbers of studies: those to choose checkpoints by, those to judge by.
constexpr uint64_t kHeldOut = 1000000;
constexpr uint64_t kUnseen = 2000000;
constexpr int kHeldOutStudies = 16;
// What is known of a study when a checkpoint is judged; R1 ignores it.
constexpr size_t kHeldOutFinished = 10;

struct Options {
  int studies = 3000;
  int unseen = 40;
  double text_seconds = 400;
  double context_seconds = 400;
  uint64_t seed = 1;
  std::string weights;
};

double CpuSeconds() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) +
         1e-9 * static_cast<double>(now.tv_nsec);
}

std::vector<NamedStudy> Studies(const World& world, uint64_t first, int count,
                                int trials,
                                World::Names names = World::Names::kPlain) {
  std::vector<NamedStudy> studies;
  studies.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    studies.push_back(
        world.Study(first + static_cast<uint64_t>(i), trials, names));
  }
  return studies;
}

// The mean over studies.
absl::StatusOr<Score> HeldOutScore(const Regressor& regressor,
                                   const std::vector<NamedStudy>& studies) {
  Score sum{0, 0};
  double count = 0;
  for (const NamedStudy& study : studies) {
    const auto trials = absl::MakeConstSpan(study.trials);
    const auto score =
        ScoreStudy(regressor, study.text, trials.first(kHeldOutFinished),
                   trials.subspan(kHeldOutFinished));
    // Not where nearly all trials are infeasible.
    if (!score.ok()) continue;
    sum.error += score->error;
    sum.rank_correlation += score->rank_correlation;
    ++count;
  }
  return Score{sum.error / count, sum.rank_correlation / count};
}

// Trains for so much processor time and returns the weights of the best
// checkpoint.
absl::StatusOr<std::string> Train(const char* name, Trainer& trainer,
                                  const std::vector<NamedStudy>& held_out,
                                  double seconds) {
  constexpr int kCheckpoints = 10;
  std::string best;
  double best_score = 0;
  int64_t steps = 0;
  double spent = 0;
  for (int checkpoint = 1; checkpoint <= kCheckpoints; ++checkpoint) {
    double loss = 0;
    int64_t batches = 0;
    const double start = CpuSeconds();
    const double until = seconds * checkpoint / kCheckpoints - spent;
    double used = 0;
    do {
      loss += trainer.Step((spent + used) / seconds);
      ++batches;
      used = CpuSeconds() - start;
    } while (used < until);
    spent += used;
    steps += batches;
    ASSIGN_OR_RETURN(const Score score,
                     HeldOutScore(trainer.regressor(), held_out));
    const double quality = score.rank_correlation - score.error;
    if (best.empty() || quality > best_score) {
      best = trainer.regressor().Serialize();
      best_score = quality;
    }
    absl::FPrintF(
        stderr, "%s: %5.0f CPU-s, %d steps, loss %.3f, held out %.3f / %.3f\n",
        name, spent, steps, loss / static_cast<double>(batches), score.error,
        score.rank_correlation);
  }
  return best;
}

void Print(const char* title, const Scores& scores) {
  absl::PrintF("\n%s: error / rank correlation\n%-22s", title, "");
  for (const int n : kFinished) absl::PrintF(" %13s", absl::StrCat("n=", n));
  absl::PrintF("\n");
  for (const char* who : {kMean, kGp, kText, kTuned, kContext}) {
    absl::PrintF("%-22s", who);
    for (const int n : kFinished) {
      const auto& row = scores.at(who);
      const auto found = row.find(n);
      absl::PrintF(" %13s",
                   found == row.end()
                       ? "-"
                       : absl::StrFormat("%.3f / %.2f", found->second.error,
                                         found->second.rank_correlation));
    }
    absl::PrintF("\n");
  }
}

// Candidates per second of processor time.
absl::StatusOr<double> Throughput(const Regressor& regressor,
                                  const NamedStudy& study) {
  std::vector<NamedPoint> queries;
  constexpr size_t kQueries = 2000;
  queries.reserve(kQueries);
  for (size_t i = 0; i < kQueries; ++i) {
    queries.push_back(study.trials[i % study.trials.size()].point);
  }
  const double start = CpuSeconds();
  RETURN_IF_ERROR(regressor
                      .Predict(study.text,
                               absl::MakeConstSpan(study.trials).first(20),
                               queries)
                      .status());
  return static_cast<double>(kQueries) / (CpuSeconds() - start);
}

absl::StatusOr<std::string> Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read ", path));
  return std::string(std::istreambuf_iterator<char>(file), {});
}

absl::Status Write(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  file.close();
  return file ? absl::OkStatus()
              : absl::UnavailableError(absl::StrCat("cannot write ", path));
}

// The weights of one regressor: those that are kept already, or trained.
absl::StatusOr<std::string> Obtain(
    const char* name, const Options& options,
    const std::function<absl::StatusOr<std::unique_ptr<Trainer>>()>& make,
    const std::vector<NamedStudy>& held_out, double seconds) {
  const std::string path = absl::StrCat(options.weights, "/", name, ".weights");
  if (!options.weights.empty() && std::filesystem::exists(path)) {
    return Read(path);
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<Trainer> trainer, make());
  ASSIGN_OR_RETURN(std::string bytes, Train(name, *trainer, held_out, seconds));
  if (!options.weights.empty()) RETURN_IF_ERROR(Write(path, bytes));
  return bytes;
}

absl::Status Run(const Options& options) {
  const World world(options.seed);
  const std::vector<NamedStudy> database =
      Studies(world, 0, options.studies, kTrainingTrials);
  const std::vector<NamedStudy> held_out =
      Studies(world, kHeldOut, kHeldOutStudies, kTrainingTrials);
  ASSIGN_OR_RETURN(
      const std::string text_bytes,
      Obtain(
          "text", options,
          [&] { return NewTextTrainer(database, kTextShape, options.seed); },
          held_out, options.text_seconds));
  ASSIGN_OR_RETURN(const std::string context_bytes,
                   Obtain(
                       "context", options,
                       [&] {
                         return NewContextTrainer(database, kContextShape,
                                                  options.seed);
                       },
                       held_out, options.context_seconds));
  ASSIGN_OR_RETURN(const TextRegressor text, TextRegressor::Load(text_bytes));
  ASSIGN_OR_RETURN(const ContextRegressor context,
                   ContextRegressor::Load(context_bytes));

  const auto unseen = Studies(world, kUnseen, options.unseen, kStudyTrials);
  ASSIGN_OR_RETURN(const double text_rate, Throughput(text, unseen[0]));
  ASSIGN_OR_RETURN(const double context_rate, Throughput(context, unseen[0]));
  ASSIGN_OR_RETURN(const FeasibilityQuality quality,
                   JudgeFeasibility(text, context, unseen));
  absl::PrintF(
      "candidates per CPU-second, all quantiles: R1 %.0f, R2 %.0f\n"
      "infeasible trials told apart (AUC; %.0f %% of them): R1 %.3f, R2 %.3f\n",
      text_rate, context_rate, 100 * quality.infeasible, quality.text,
      quality.context);
  ASSIGN_OR_RETURN(const Scores known, Contest(text, context, unseen));
  Print("unseen studies", known);
  ASSIGN_OR_RETURN(const Scores hashed,
                   Contest(text, context,
                           Studies(world, kUnseen, options.unseen, kStudyTrials,
                                   World::Names::kHashed)));
  Print("the same with hashed names", hashed);
  ASSIGN_OR_RETURN(const Scores misled,
                   Contest(text, context,
                           Studies(World(options.seed + 1), kUnseen,
                                   options.unseen, kStudyTrials)));
  Print("another world with the same names", misled);
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app(
      "Trains regressors on a made-up world of studies and prints what they "
      "know of studies\nthat they have not seen.");
  app.add_option("--studies", options.studies, "studies to learn from")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_option("--unseen", options.unseen, "studies to judge by")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  app.add_option("--text-seconds", options.text_seconds,
                 "processor time to train R1")
      ->capture_default_str();
  app.add_option("--context-seconds", options.context_seconds,
                 "processor time to train R2")
      ->capture_default_str();
  app.add_option("--seed", options.seed, "of the world and of the training")
      ->capture_default_str();
  app.add_option("--weights", options.weights,
                 "folder to keep weights in; what is there is not trained "
                 "again")
      ->check(CLI::ExistingDirectory);
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = Run(options);
  if (status.ok()) return 0;
  absl::FPrintF(stderr, "bench_regressor: %s\n", std::string(status.message()));
  return 1;
}

}  // namespace
}  // namespace apogee

int main(int argc, char** argv) { return apogee::Main(argc, argv); }
