// The part of Study that judges running trials.

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "server/engine/rows.h"
#include "server/engine/study.h"

namespace apogee {
namespace {

using vizier::Trial;

// The newest this many finished trials are compared with, or as many as the
// study's own min_trials if that is more: a judgement must not take longer as
// the study grows.
constexpr int64_t kCompared = 100;

// The trial's first objective over its steps, signed so that more is better.
// Measurements without a step count are numbered.
Curve MakeCurve(const StudyProblem& problem, const Trial& trial) {
  const auto metric = std::find_if(
      problem.metrics().begin(), problem.metrics().end(),
      [](const StudyProblem::Metric& m) { return m.goal.IsObjective(); });
  Curve curve;
  if (metric == problem.metrics().end()) return curve;
  for (int i = 0; i < trial.measurements_size(); ++i) {
    const vizier::Measurement& measurement = trial.measurements(i);
    const int64_t step =
        measurement.step_count() > 0 ? measurement.step_count() : i + 1;
    if (!curve.steps.empty() && step <= curve.steps.back()) continue;
    for (const vizier::Measurement::Metric& measured : measurement.metrics()) {
      if (measured.metric_id() == metric->id &&
          std::isfinite(measured.value())) {
        curve.steps.push_back(step);
        curve.values.push_back(metric->sign * measured.value());
        break;
      }
    }
  }
  return curve;
}

}  // namespace

absl::Status Study::CanJudgeStopping(int64_t id) const {
  RETURN_IF_ERROR(trials_->CheckExists(id));
  const Trial::State state = trials_->state(id);
  if (state == Trial::ACTIVE || state == Trial::STOPPING) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      absl::StrCat("trial ", id, " is ", StateName(state),
                   "; only a running trial can be told to stop"));
}

StopDecision Study::JudgeStopping(int64_t id) {
  const std::vector<int64_t>& finished = trials_->finished();
  const auto window = static_cast<size_t>(
      std::max(kCompared, problem_->stopper_options().min_trials));
  if (curves_erasures_ != trials_->erasures()) {
    curves_erasures_ = trials_->erasures();
    curves_seen_ = 0;
    curves_.clear();
  }
  if (finished.size() > window) {
    curves_seen_ = std::max(curves_seen_, finished.size() - window);
  }
  for (; curves_seen_ < finished.size(); ++curves_seen_) {
    const int64_t seen = finished[curves_seen_];
    if (trials_->state(seen) != Trial::SUCCEEDED) continue;
    Scratch scratch;
    Curve curve = MakeCurve(*problem_, trials_->Get(seen, scratch));
    if (!curve.steps.empty()) curves_.push_back(std::move(curve));
  }
  if (curves_.size() > window) {
    curves_.erase(curves_.begin(),
                  curves_.end() - static_cast<std::ptrdiff_t>(window));
  }
  if (trials_->state(id) == Trial::STOPPING) {
    return {.should_stop = true, .reason = "the trial was told to stop"};
  }
  Scratch scratch;
  return problem_->stopper().Judge(
      MakeCurve(*problem_, trials_->Get(id, scratch)), curves_,
      problem_->stopper_options());
}

}  // namespace apogee
