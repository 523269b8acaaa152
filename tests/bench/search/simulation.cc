#include "tests/bench/search/simulation.h"

#include <cmath>
#include <memory>
#include <optional>
#include <queue>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/rng.h"
#include "base/status_macros.h"
#include "proto/names.h"
#include "proto/validate.h"
#include "server/engine/study.h"
#include "server/engine/suggester.h"

namespace apogee {
namespace {

// Purposes of random numbers under the seed of a run.
constexpr uint64_t kOfStudy = 1;
constexpr uint64_t kOfTrials = 2;
constexpr uint64_t kOfNoise = 3;

absl::Time At(double time) {
  return absl::UnixEpoch() + absl::Hours(1) * (1 + time);
}

// A study on its own, asked as the service asks it; what it commits is dropped.
class Bench {
 public:
  static absl::StatusOr<Bench> Create(const TestProblem& problem,
                                      const Contestant& contestant,
                                      int64_t trials, uint64_t seed) {
    vizier::CreateStudyRequest request;
    request.set_parent("owners/bench");
    request.mutable_study()->set_display_name("search");
    vizier::StudySpec& spec = *request.mutable_study()->mutable_study_spec();
    spec = problem.spec;
    spec.set_algorithm(contestant.algorithm->name);
    apogee::v1::StudyOptions& options = *spec.mutable_apogee_options();
    options.set_seed(seed);
    options.mutable_budget()->set_trials(trials);
    *options.mutable_algorithm() = contestant.options;
    RETURN_IF_ERROR(ValidateRequest(request));
    Effects dropped;
    ASSIGN_OR_RETURN(Study study, Study::Create(request, seed, At(0), dropped));
    return Bench(std::move(study));
  }

  // A trial for this worker; none when there will be no more.
  absl::StatusOr<std::optional<vizier::Trial>> Take(const std::string& worker,
                                                    double time) {
    vizier::SuggestTrialsRequest request;
    request.set_client_id(worker);
    request.set_suggestion_count(1);
    Effects dropped;
    // A study that has no more points is over.
    if (study_.proto().state() == vizier::Study::COMPLETED) return std::nullopt;
    ASSIGN_OR_RETURN(google::longrunning::Operation operation,
                     study_.Suggest(request, At(time), dropped));
    if (!operation.done()) {
      absl::StatusOr<Proposal> proposal =
          suggester_.Answer(suggester_.Prepare(study_, study_.BeginAsk()));
      const absl::Status answered = proposal.status();
      study_.EndAsk(std::move(proposal), At(time), dropped);
      RETURN_IF_ERROR(answered);
      const auto name = OperationName::Parse(operation.name());
      APOGEE_CHECK(name.ok());
      ASSIGN_OR_RETURN(operation,
                       study_.GetOperation(name->client_id, name->number));
    }
    vizier::SuggestTrialsResponse response;
    APOGEE_CHECK(operation.done() && !operation.has_error() &&
                 operation.response().UnpackTo(&response));
    if (response.trials().empty()) return std::nullopt;
    return std::move(*response.mutable_trials(0));
  }

  absl::Status Complete(int64_t id, const std::vector<double>& measured,
                        double time) {
    vizier::CompleteTrialRequest request;
    if (measured.empty()) {
      request.set_trial_infeasible(true);
      request.set_infeasible_reason("failed");
    }
    for (size_t i = 0; i < measured.size(); ++i) {
      vizier::Measurement::Metric& metric =
          *request.mutable_final_measurement()->add_metrics();
      metric.set_metric_id(study_.problem()->metrics()[i].id);
      metric.set_value(measured[i]);
    }
    Effects dropped;
    return study_.CompleteTrial(id, request, At(time), dropped).status();
  }

 private:
  explicit Bench(Study study)
      : study_(std::move(study)), suggester_(study_.problem(), study_.seed()) {}

  Study study_;
  Suggester suggester_;
};

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

}  // namespace

absl::StatusOr<Run> Simulate(const TestProblem& problem,
                             const Contestant& contestant,
                             const Laboratory& laboratory, uint64_t seed) {
  const Rng rng(seed);
  const Rng of_trials = rng.Fork(kOfTrials);
  const Rng of_noise = rng.Fork(kOfNoise);
  ASSIGN_OR_RETURN(Bench bench,
                   Bench::Create(problem, contestant, laboratory.trials,
                                 rng.Fork(kOfStudy).seed()));
  const std::unique_ptr<Scorer> scorer = problem.new_scorer();

  std::priority_queue<Running> running;
  int workers = 0;
  const auto start = [&](int worker, double time) -> absl::Status {
    ASSIGN_OR_RETURN(const std::optional<vizier::Trial> trial,
                     bench.Take(absl::StrCat("worker-", worker), time));
    if (!trial) return absl::OkStatus();
    int64_t id = 0;
    APOGEE_CHECK(absl::SimpleAtoi(trial->id(), &id));
    RandomStream random = of_trials.At(id);
    const double fate = random.Uniform();
    Running next = {.end = time + Duration(laboratory.durations, random),
                    .id = id,
                    .worker = worker,
                    .fate = Fate::kMeasured,
                    .evaluation = {}};
    if (fate < laboratory.lost) {
      next.fate = Fate::kLost;
    } else if (fate < laboratory.lost + laboratory.failures) {
      next.fate = Fate::kFailed;
    } else {
      RandomStream noise = of_noise.At(id);
      next.evaluation = problem.evaluate(trial->parameters(), noise);
    }
    running.push(std::move(next));
    return absl::OkStatus();
  };

  while (workers < laboratory.workers && workers < laboratory.trials) {
    RETURN_IF_ERROR(start(workers++, 0));
  }
  Run run;
  int64_t ended = 0;
  double time = 0;
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
      RETURN_IF_ERROR(bench.Complete(done.id, done.evaluation.measured, time));
      if (!done.evaluation.measured.empty()) scorer->Add(done.evaluation);
    }
    note(++ended);
    if (ended + static_cast<int64_t>(running.size()) < laboratory.trials) {
      RETURN_IF_ERROR(start(done.worker, time));
    }
  }
  note(laboratory.trials);
  run.front = scorer->Front();
  return run;
}

}  // namespace apogee
