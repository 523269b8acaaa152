// bench_regressor: what regressors know of studies that they have not seen.

#include <cstdint>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "algorithms/regressor/report.h"
#include "algorithms/regressor/trainer.h"
#include "algorithms/regressor/training_run.h"
#include "base/status_macros.h"
#include "tests/bench/regressor/contest.h"
#include "tests/bench/regressor/tables.h"
#include "tests/bench/regressor/world.h"

namespace apogee {
namespace {

constexpr int kTrainingTrials = 60;
// The numbers of the studies to judge by begin here.
constexpr uint64_t kUnseen = 2000000;
// Trials of those.
constexpr int kStudyTrials =
    static_cast<int>(kFinishedCounts.back() + kJudgedTrials);

struct Options {
  int studies = 3000;
  int unseen = 40;
  double text_seconds = 400;
  double context_seconds = 400;
  int tuning_steps = 40;
  uint64_t seed = 1;
  std::string weights;
  std::string family;
  std::string data;
  int trials = 200;
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

// Trains for so much processor time and returns the best weights.
absl::StatusOr<std::string> Train(ModelKind kind, const StudySplit& studies,
                                  uint64_t seed, double seconds) {
  const bool is_text = kind == ModelKind::kText;
  ASSIGN_OR_RETURN(
      TrainingRun run,
      TrainingRun::Start(kind, is_text ? kTextShape : kContextShape, studies,
                         seed));
  const double start = CpuSeconds();
  size_t points = 0;
  for (bool is_last = false; !is_last;) {
    const double spent = CpuSeconds() - start;
    is_last = spent >= seconds;
    RETURN_IF_ERROR(run.Step(is_last ? 1 : spent / seconds));
    if (run.curve().size() == points) continue;
    points = run.curve().size();
    const TrainingRun::CurvePoint& point = run.curve().back();
    absl::FPrintF(
        stderr, "%s: %5.0f CPU-s, %d steps, loss %.3f, held out %.3f / %.3f\n",
        is_text ? "R1" : "R2", CpuSeconds() - start, point.steps, point.loss,
        point.held_out.error, point.held_out.rank_correlation);
  }
  return run.best();
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
absl::StatusOr<std::string> Obtain(ModelKind kind, const Options& options,
                                   const StudySplit& studies) {
  const bool is_text = kind == ModelKind::kText;
  const std::string path = absl::StrCat(
      options.weights, "/", is_text ? "text" : "context", ".weights");
  if (!options.weights.empty() && std::filesystem::exists(path)) {
    return Read(path);
  }
  ASSIGN_OR_RETURN(std::string bytes, Train(kind, studies, options.seed,
                                            is_text ? options.text_seconds
                                                    : options.context_seconds));
  if (!options.weights.empty()) {
    std::error_code error;  // Write tells it
    std::filesystem::create_directories(options.weights, error);
    RETURN_IF_ERROR(Write(path, bytes));
  }
  return bytes;
}

// What is said of studies that nobody has seen.
struct Question {
  std::string title;
  std::vector<NamedStudy> studies;
};

// The studies to learn from, and those to ask for.
struct Material {
  std::vector<NamedStudy> database;
  std::vector<Question> questions;
};

Material WorldMaterial(const Options& options) {
  const World world(options.seed);
  const auto unseen = [&](const World& of, World::Names names) {
    return Studies(of, kUnseen, options.unseen, kStudyTrials, names);
  };
  return {Studies(world, 0, options.studies, kTrainingTrials),
          {{"unseen studies", unseen(world, World::Names::kPlain)},
           {"the same with hashed names", unseen(world, World::Names::kHashed)},
           {"another world with the same names",
            unseen(World(options.seed + 1), World::Names::kPlain)}}};
}

absl::StatusOr<Material> TableMaterial(const Options& options) {
  if (options.data.empty()) {
    return absl::InvalidArgumentError(
        "a family is read from tables; say with --data in which folder they "
        "are");
  }
  ASSIGN_OR_RETURN(TaskStudies tasks,
                   ReadFamily(options.family, options.data,
                              static_cast<size_t>(options.trials),
                              static_cast<size_t>(kStudyTrials), options.seed));
  return Material{
      std::move(tasks.training),
      {{"unseen tasks of " + options.family, std::move(tasks.unseen)}}};
}

absl::Status Run(const Options& options) {
  ASSIGN_OR_RETURN(Material material, options.family.empty()
                                          ? WorldMaterial(options)
                                          : TableMaterial(options));
  std::vector<std::string> keys;
  keys.reserve(material.database.size());
  for (size_t i = 0; i < material.database.size(); ++i) {
    keys.push_back(absl::StrFormat("%016x", Rng(options.seed).At(i).Next()));
  }
  ASSIGN_OR_RETURN(const StudySplit studies,
                   SplitStudies(std::move(material.database), keys));
  ASSIGN_OR_RETURN(const std::string text_bytes,
                   Obtain(ModelKind::kText, options, studies));
  ASSIGN_OR_RETURN(const std::string context_bytes,
                   Obtain(ModelKind::kContext, options, studies));
  ASSIGN_OR_RETURN(const TextRegressor text, TextRegressor::Load(text_bytes));
  ASSIGN_OR_RETURN(const ContextRegressor context,
                   ContextRegressor::Load(context_bytes));

  const std::vector<NamedStudy>& unseen = material.questions[0].studies;
  ASSIGN_OR_RETURN(const double text_rate, Throughput(text, unseen[0]));
  ASSIGN_OR_RETURN(const double context_rate, Throughput(context, unseen[0]));
  ASSIGN_OR_RETURN(const FeasibilityQuality quality,
                   JudgeFeasibility(text, context, unseen));
  absl::PrintF(
      "candidates per CPU-second, all quantiles: R1 %.0f, R2 %.0f\n"
      "infeasible trials told apart (AUC; %.0f %% of them): R1 %.3f, R2 %.3f\n",
      text_rate, context_rate, 100 * quality.infeasible, quality.text,
      quality.context);
  const std::vector<Contestant> contestants =
      Contestants(text, context, options.tuning_steps);
  for (const Question& question : material.questions) {
    RETURN_IF_ERROR(
        PrintReports(question.title, contestants, question.studies));
  }
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app(
      "Trains regressors on a made-up world of studies, or on tables of real "
      "ones, and\nprints what they know of studies that they have not seen.");
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
  app.add_option("--seed", options.seed,
                 "of the world or the choice of tasks, and of the training")
      ->capture_default_str();
  app.add_option("--weights", options.weights,
                 "folder to keep weights in; what is there is not trained "
                 "again");
  app.add_option("--tuning-steps", options.tuning_steps,
                 "steps in which R1 learns the trials of an unseen study")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  app.add_option("--family", options.family,
                 "learn from real tasks, not from the made-up world")
      ->check(CLI::IsMember(FamilyNames()));
  app.add_option("--data", options.data, "the folder of tables for --family")
      ->check(CLI::ExistingDirectory);
  app.add_option("--trials", options.trials,
                 "of each study of a family to learn from")
      ->check(CLI::Range(10, 1000))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const absl::Status status = Run(options);
  if (status.ok()) return 0;
  absl::FPrintF(stderr, "bench_regressor: %s\n", std::string(status.message()));
  return 1;
}

}  // namespace
}  // namespace apogee

int main(int argc, char** argv) { return apogee::Main(argc, argv); }
