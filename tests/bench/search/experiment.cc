#include "tests/bench/search/experiment.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

struct Cell {
  size_t problem;
  size_t contestant;
  int64_t run;
};

absl::StatusOr<Run> RunCell(const Experiment& experiment, const Cell& cell,
                            const Laboratory& laboratory) {
  const Contestant& contestant = experiment.contestants[cell.contestant];
  const ProblemChoice& choice = experiment.problems[cell.problem];
  const TestProblem problem =
      choice.make({.instance = cell.run + 1,
                   .several_objectives = contestant.SeveralObjectives()});
  absl::StatusOr<Run> run =
      Simulate(problem, contestant, laboratory, experiment.seed + cell.run);
  if (run.ok()) return run;
  return absl::Status(run.status().code(),
                      absl::StrCat(contestant.label, " on ", choice.name, ": ",
                                   run.status().message()));
}

}  // namespace

int64_t Moment::Trials(int64_t of) const {
  const double trials =
      is_share ? std::ceil(amount * static_cast<double>(of)) : amount;
  return std::clamp<int64_t>(static_cast<int64_t>(trials), 1, of);
}

Laboratory Experiment::LaboratoryFor(const ProblemChoice& problem) const {
  Laboratory result = laboratory;
  if (problem.trials > 0) result.trials = problem.trials;
  result.checkpoints.clear();
  for (const Moment& moment : moments) {
    result.checkpoints.push_back(moment.Trials(result.trials));
  }
  std::sort(result.checkpoints.begin(), result.checkpoints.end());
  return result;
}

absl::StatusOr<Results> RunExperiment(
    const Experiment& experiment,
    const std::function<void(int64_t done, int64_t all)>& progress) {
  Results results;
  results.contestants = experiment.contestants.size();
  results.runs.resize(experiment.problems.size() * results.contestants);
  std::vector<Cell> cells;
  for (size_t p = 0; p < experiment.problems.size(); ++p) {
    for (size_t c = 0; c < results.contestants; ++c) {
      // Who refuses does so at once.
      Laboratory nothing = experiment.LaboratoryFor(experiment.problems[p]);
      nothing.workers = 0;
      const absl::Status status =
          RunCell(experiment, {p, c, 0}, nothing).status();
      if (absl::IsInvalidArgument(status) && experiment.skip_refused) {
        results.refusals.push_back(std::string(status.message()));
        continue;
      }
      RETURN_IF_ERROR(status);
      results.runs[p * results.contestants + c].resize(experiment.runs);
      for (int64_t run = 0; run < experiment.runs; ++run) {
        cells.push_back({p, c, run});
      }
    }
  }

  std::vector<absl::Status> statuses(cells.size());
  std::atomic<size_t> next = 0;
  std::atomic<int64_t> done = 0;
  std::atomic<bool> failed = false;
  const auto work = [&] {
    for (size_t i = next++; i < cells.size() && !failed; i = next++) {
      const Cell& cell = cells[i];
      absl::StatusOr<Run> run =
          RunCell(experiment, cell,
                  experiment.LaboratoryFor(experiment.problems[cell.problem]));
      if (run.ok()) {
        results.runs[cell.problem * results.contestants + cell.contestant]
                    [cell.run] = *std::move(run);
      } else {
        statuses[i] = run.status();
        failed = true;
      }
      progress(++done, static_cast<int64_t>(cells.size()));
    }
  };
  std::vector<std::thread> threads;
  for (int i = 1; i < experiment.threads; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  for (const absl::Status& status : statuses) RETURN_IF_ERROR(status);
  return results;
}

}  // namespace apogee
