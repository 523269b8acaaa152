#include "tests/bench/search/simulation.h"

#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <optional>
#include <queue>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/rng.h"
#include "base/status_macros.h"
#include "tests/bench/search/background_searcher.h"
#include "tests/bench/search/statistics.h"
#include "tests/bench/search/study_searcher.h"

namespace apogee {
namespace {

// Purposes of random numbers under the seed of a run.
constexpr uint64_t kOfStudy = 1;
constexpr uint64_t kOfTrials = 2;
constexpr uint64_t kOfNoise = 3;

double Duration(Durations durations, RandomStream& random) {
  switch (durations) {
    case Durations::kExponential:
      return -std::log1p(-random.Uniform());
    case Durations::kLogNormal:
      return std::exp(random.Normal() - 0.5);
    default:
      return 1;
  }
}

enum class Fate { kMeasured, kFailed, kLost };

// A trial in the hands of a worker.
struct Running {
  double end;
  int64_t id;
  int worker;
  Fate fate;
  Evaluation evaluation;

  // For a queue: the one that ends first is the largest.
  bool operator<(const Running& other) const {
    return std::tie(other.end, other.id) < std::tie(end, id);
  }
};

absl::StatusOr<std::unique_ptr<Searcher>> SearcherOf(
    const Contestant& contestant, const TestProblem& problem,
    const Laboratory& laboratory, uint64_t seed) {
  if (contestant.peer != nullptr) {
    return contestant.peer->Start(problem, contestant.options,
                                  laboratory.trials, laboratory.workers, seed);
  }
  if (problem.background != nullptr && !contestant.alone &&
      contestant.algorithm->info.uses_background) {
    return BackgroundSearcher(problem, *contestant.algorithm,
                              contestant.options, laboratory.trials, seed);
  }
  return StudySearcher(problem, *contestant.algorithm, contestant.options,
                       laboratory.trials, seed);
}

// What suggestions cost: the processor time when so many had been taken.
class Meter {
 public:
  explicit Meter(int64_t trials)
      : last_tenth_(static_cast<size_t>(trials - (trials + 9) / 10)) {}

  // One more is about to be taken.
  void Note(double seconds) {
    if (taken_++ > 0) each_.push_back(seconds - before_);
    before_ = seconds;
  }

  Cost Get(double seconds) {
    Cost cost;
    if (taken_ == 0) return cost;
    Note(seconds);
    cost.mean = Mean(each_);
    cost.p99 = Quantile(each_, 0.99);
    if (each_.size() > last_tenth_) {
      each_.erase(each_.begin(),
                  each_.begin() + static_cast<std::ptrdiff_t>(last_tenth_));
      cost.at_end = Mean(each_);
    }
    return cost;
  }

 private:
  const size_t last_tenth_;
  int64_t taken_ = 0;
  double before_ = 0;
  std::vector<double> each_;
};

}  // namespace

bool Contestant::SeveralObjectives() const {
  const bool can = peer != nullptr ? peer->info().several_objectives
                                   : algorithm->info.several_objectives;
  return can && !one_objective;
}

absl::StatusOr<Run> Simulate(const TestProblem& problem,
                             const Contestant& contestant,
                             const Laboratory& laboratory, uint64_t seed) {
  const Rng rng(seed);
  const Rng of_trials = rng.Fork(kOfTrials);
  const Rng of_noise = rng.Fork(kOfNoise);
  ASSIGN_OR_RETURN(
      const std::unique_ptr<Searcher> searcher,
      SearcherOf(contestant, problem, laboratory, rng.Fork(kOfStudy).seed()));
  const std::unique_ptr<Scorer> scorer = problem.new_scorer();

  Run run;
  Meter meter(laboratory.trials);
  std::priority_queue<Running> running;
  int workers = 0;
  const auto start = [&](int worker, double time) -> absl::Status {
    meter.Note(searcher->Seconds());
    ASSIGN_OR_RETURN(const std::optional<Searcher::Trial> trial,
                     searcher->Take(absl::StrCat("worker-", worker), time));
    if (!trial) return absl::OkStatus();
    run.sources.push_back(trial->source);
    RandomStream random = of_trials.At(trial->id);
    const double fate = random.Uniform();
    Running next = {.end = time + Duration(laboratory.durations, random),
                    .id = trial->id,
                    .worker = worker,
                    .fate = Fate::kMeasured,
                    .evaluation = {}};
    if (fate < laboratory.lost) {
      next.fate = Fate::kLost;
    } else if (fate < laboratory.lost + laboratory.failures) {
      next.fate = Fate::kFailed;
    } else {
      RandomStream noise = of_noise.At(trial->id);
      next.evaluation = problem.evaluate(trial->parameters, noise);
    }
    running.push(std::move(next));
    return absl::OkStatus();
  };

  while (workers < laboratory.workers && workers < laboratory.trials) {
    RETURN_IF_ERROR(start(workers++, 0));
  }
  run.reached.assign(laboratory.targets.size(),
                     std::numeric_limits<double>::infinity());
  int64_t ended = 0;
  double time = 0;
  // Whether there are targets, and all are reached.
  const auto reaches_targets = [&] {
    if (laboratory.targets.empty()) return false;
    const double regret = scorer->Get().regret;
    bool all = true;
    for (size_t i = 0; i < laboratory.targets.size(); ++i) {
      if (std::isinf(run.reached[i]) && regret <= laboratory.targets[i]) {
        run.reached[i] = static_cast<double>(ended);
      }
      all = all && !std::isinf(run.reached[i]);
    }
    return all;
  };
  const auto note = [&](int64_t trials) {
    while (run.checkpoints.size() < laboratory.checkpoints.size() &&
           laboratory.checkpoints[run.checkpoints.size()] <= trials) {
      run.checkpoints.push_back(
          {.trials = laboratory.checkpoints[run.checkpoints.size()],
           .time = time,
           .score = scorer->Get()});
    }
  };
  while (!running.empty()) {
    Running done = running.top();
    running.pop();
    time = done.end;
    if (done.fate == Fate::kLost) {
      done.worker = workers++;
    } else {
      RETURN_IF_ERROR(
          searcher->Complete(done.id, done.evaluation.measured, time));
      if (!done.evaluation.measured.empty()) scorer->Add(done.evaluation);
    }
    ++ended;
    const bool all_reached = reaches_targets();
    note(ended);
    if (all_reached && laboratory.stop_at_targets) break;
    if (ended + static_cast<int64_t>(running.size()) < laboratory.trials) {
      RETURN_IF_ERROR(start(done.worker, time));
    }
  }
  note(laboratory.trials);
  run.front = scorer->Front();
  run.cost = meter.Get(searcher->Seconds());
  return run;
}

}  // namespace apogee
