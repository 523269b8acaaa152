#include "tests/bench/stopping/stopping_run.h"

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <optional>
#include <queue>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "base/rng.h"
#include "base/status_macros.h"
#include "proto/validate.h"
#include "server/engine/study.h"

namespace apogee {
namespace {

constexpr uint64_t kOrder = 1;  // purposes of random numbers
constexpr uint64_t kPace = 2;

vizier::CreateStudyRequest CreateRequest(const StoppingPlan& plan) {
  vizier::CreateStudyRequest request;
  request.set_parent("owners/bench");
  request.mutable_study()->set_display_name("stopping");
  vizier::StudySpec& spec = *request.mutable_study()->mutable_study_spec();
  spec.set_algorithm("RANDOM_SEARCH");
  auto& metric = *spec.add_metrics();
  metric.set_metric_id("loss");
  metric.set_goal(vizier::StudySpec::MetricSpec::MINIMIZE);
  auto& parameter = *spec.add_parameters();
  parameter.set_parameter_id("x");
  parameter.mutable_double_value_spec()->set_max_value(1);
  *spec.mutable_apogee_options()->mutable_stopping() = plan.stopping;
  return request;
}

class Run {
 public:
  Run(const CurveTable& table, const StoppingPlan& plan, Study study)
      : table_(table), plan_(plan), study_(std::move(study)) {
    settings_.resize(table.curves.size());
    std::iota(settings_.begin(), settings_.end(), size_t{0});
    RandomStream random = Rng(plan.seed).Fork(kOrder).At(0);
    std::shuffle(settings_.begin(), settings_.end(), random);
  }

  absl::StatusOr<StoppingOutcome> Do() {
    for (int worker = 0; worker < plan_.workers; ++worker) {
      RETURN_IF_ERROR(Begin(worker));
    }
    while (!events_.empty() &&
           (plan_.steps == 0 || outcome_.steps < plan_.steps)) {
      const auto [time, worker] = events_.top();
      events_.pop();
      now_ = time;
      RETURN_IF_ERROR(Step(worker));
    }
    outcome_.lost_best = lost_ && *lost_ < best_;
    return std::move(outcome_);
  }

 private:
  struct Working {
    int64_t trial;
    const std::vector<double>* curve;
    size_t step = 0;  // measured
    double pace;
  };

  absl::Time Now() const { return absl::UnixEpoch() + now_ * absl::Hours(1); }

  // The next setting on a worker, if there is one.
  absl::Status Begin(int worker) {
    if (begun_ == plan_.trials ||
        begun_ == static_cast<int64_t>(settings_.size())) {
      return absl::OkStatus();
    }
    const size_t setting = settings_[static_cast<size_t>(begun_++)];
    vizier::CreateTrialRequest request;
    request.set_parent(study_.name().ToString());
    auto& parameter = *request.mutable_trial()->add_parameters();
    parameter.set_parameter_id("x");
    parameter.mutable_value()->set_number_value(0.5);
    Effects dropped;
    RETURN_IF_ERROR(study_.CreateTrial(request, Now(), dropped).status());
    vizier::SuggestTrialsRequest suggest;
    suggest.set_client_id(absl::StrCat(worker));
    suggest.set_suggestion_count(1);
    RETURN_IF_ERROR(study_.Suggest(suggest, Now(), dropped).status());
    const double pace = 0.5 + Rng(plan_.seed).Fork(kPace).At(setting).Uniform();
    working_[worker] = {
        .trial = begun_, .curve = &table_.curves[setting], .pace = pace};
    outcome_.all_steps += static_cast<int64_t>(
        std::min(working_[worker].curve->size() + 1, table_.steps));
    events_.push({now_ + pace, worker});
    return absl::OkStatus();
  }

  absl::Status Step(int worker) {
    Working& working = working_[worker];
    ++outcome_.steps;
    Effects dropped;
    if (working.step == working.curve->size()) {
      vizier::CompleteTrialRequest request;
      request.set_trial_infeasible(true);
      request.set_infeasible_reason("diverged");
      return End(worker, request);
    }
    const double value = (*working.curve)[working.step++];
    best_ = outcome_.best.empty() ? value : std::min(best_, value);
    outcome_.best.resize(static_cast<size_t>(outcome_.steps), best_);
    vizier::Measurement measurement;
    measurement.set_step_count(static_cast<int64_t>(working.step));
    auto& metric = *measurement.add_metrics();
    metric.set_metric_id("loss");
    metric.set_value(value);
    RETURN_IF_ERROR(
        study_.AddMeasurement(working.trial, measurement, dropped).status());
    if (working.step == table_.steps) return End(worker, {});
    if (study_.JudgeStopping(working.trial, dropped).should_stop) {
      ++outcome_.stopped;
      for (size_t i = working.step; i < working.curve->size(); ++i) {
        const double missed = (*working.curve)[i];
        lost_ = std::min(missed, lost_.value_or(missed));
      }
      return End(worker, {});
    }
    events_.push({now_ + working.pace, worker});
    return absl::OkStatus();
  }

  absl::Status End(int worker, const vizier::CompleteTrialRequest& request) {
    Effects dropped;
    RETURN_IF_ERROR(
        study_.CompleteTrial(working_[worker].trial, request, Now(), dropped)
            .status());
    ++outcome_.trials;
    return Begin(worker);
  }

  const CurveTable& table_;
  const StoppingPlan& plan_;
  Study study_;
  std::vector<size_t> settings_;
  int64_t begun_ = 0;
  double now_ = 0;
  // By time, then by worker.
  std::priority_queue<std::pair<double, int>,
                      std::vector<std::pair<double, int>>, std::greater<>>
      events_;
  std::map<int, Working> working_;
  StoppingOutcome outcome_;
  double best_ = 0;
  // The best that stopped trials would have measured later.
  std::optional<double> lost_;
};

}  // namespace

absl::StatusOr<StoppingOutcome> RunStopping(const CurveTable& table,
                                            const StoppingPlan& plan) {
  const vizier::CreateStudyRequest request = CreateRequest(plan);
  RETURN_IF_ERROR(ValidateRequest(request));
  Effects dropped;
  ASSIGN_OR_RETURN(Study study, Study::Create(request, plan.seed,
                                              absl::UnixEpoch(), dropped));
  return Run(table, plan, std::move(study)).Do();
}

}  // namespace apogee
