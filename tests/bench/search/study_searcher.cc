#include "tests/bench/search/study_searcher.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "proto/names.h"
#include "proto/validate.h"
#include "server/engine/study.h"
#include "server/engine/suggester.h"
#include "tests/bench/search/stopwatch.h"

namespace apogee {
namespace {

absl::Time At(double time) {
  return absl::UnixEpoch() + absl::Hours(1) * (1 + time);
}

class OfStudy : public Searcher {
 public:
  explicit OfStudy(Study study)
      : study_(std::move(study)), suggester_(study_.problem(), study_.seed()) {}

  absl::StatusOr<std::optional<Trial>> Take(const std::string& worker,
                                            double time) override {
    const Stopwatch stopwatch(&seconds_);
    // A study that has no more points is over.
    if (study_.proto().state() == vizier::Study::COMPLETED) return std::nullopt;
    vizier::SuggestTrialsRequest request;
    request.set_client_id(worker);
    request.set_suggestion_count(1);
    Effects dropped;
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
    vizier::Trial& trial = *response.mutable_trials(0);
    int64_t id = 0;
    APOGEE_CHECK(absl::SimpleAtoi(trial.id(), &id));
    return Trial{.id = id,
                 .parameters = std::move(*trial.mutable_parameters())};
  }

  absl::Status Complete(int64_t id, const std::vector<double>& measured,
                        double time) override {
    const Stopwatch stopwatch(&seconds_);
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

  double Seconds() const override { return seconds_; }

 private:
  Study study_;
  Suggester suggester_;
  double seconds_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Searcher>> StudySearcher(
    const TestProblem& problem, const RegisteredAlgorithm& algorithm,
    const google::protobuf::Struct& options, int64_t trials, uint64_t seed) {
  vizier::CreateStudyRequest request;
  request.set_parent("owners/bench");
  request.mutable_study()->set_display_name("search");
  vizier::StudySpec& spec = *request.mutable_study()->mutable_study_spec();
  spec = problem.spec;
  spec.set_algorithm(algorithm.name);
  apogee::v1::StudyOptions& study_options = *spec.mutable_apogee_options();
  study_options.set_seed(seed);
  study_options.mutable_budget()->set_trials(trials);
  *study_options.mutable_algorithm() = options;
  RETURN_IF_ERROR(ValidateRequest(request));
  Effects dropped;
  ASSIGN_OR_RETURN(Study study, Study::Create(request, seed, At(0), dropped));
  return std::make_unique<OfStudy>(std::move(study));
}

}  // namespace apogee
