#include "server/engine/curves.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <optional>
#include <utility>

#include "proto/scratch.h"
#include "server/engine/rows.h"

namespace apogee {
namespace {

using vizier::Measurement;
using vizier::Trial;

// The newest this many finished trials are compared with, or as many as the
// study's own min_trials if that is more: a judgement must not take longer as
// the study grows.
constexpr int64_t kCompared = 100;

// Signed so that more is better; nothing where it is missing or not finite.
std::optional<double> SignedValue(const StudyProblem::Metric& metric,
                                  const Measurement& measurement) {
  for (const Measurement::Metric& measured : measurement.metrics()) {
    if (measured.metric_id() != metric.id) continue;
    if (!std::isfinite(measured.value())) return std::nullopt;
    return metric.sign * measured.value();
  }
  return std::nullopt;
}

// At most 0: by how much the value misses the constraint.
double Missed(const StudyProblem::Metric& metric, double value) {
  return std::max(std::min(value - *metric.goal.threshold, 0.0),
                  std::numeric_limits<double>::lowest());
}

// Measurements without a step count are numbered; those that do not come after
// the ones before are left out.
TrialCurves ReadCurves(const StudyProblem& problem, int64_t id,
                       const Trial& trial) {
  const std::vector<StudyProblem::Metric>& metrics = problem.metrics();
  TrialCurves curves;
  curves.metrics.resize(metrics.size());
  for (Curve& curve : curves.metrics) {
    curve.trial = id;
    curve.running = !IsFinished(trial.state());
  }
  for (int i = 0; i < trial.measurements_size(); ++i) {
    const Measurement& measurement = trial.measurements(i);
    const int64_t step =
        measurement.step_count() > 0 ? measurement.step_count() : i + 1;
    const bool is_safe =
        std::all_of(metrics.begin(), metrics.end(),
                    [&](const StudyProblem::Metric& metric) {
                      const auto value = SignedValue(metric, measurement);
                      return !value || metric.goal.IsKeptBy(*value);
                    });
    for (size_t m = 0; m < metrics.size(); ++m) {
      Curve& curve = curves.metrics[m];
      const bool is_objective = metrics[m].goal.IsObjective();
      const auto value = SignedValue(metrics[m], measurement);
      if (!value || (is_objective && !is_safe) ||
          (!curve.steps.empty() && step <= curve.steps.back())) {
        continue;
      }
      curve.steps.push_back(step);
      curve.values.push_back(is_objective ? *value
                                          : Missed(metrics[m], *value));
      curve.seconds.push_back(
          absl::ToDoubleSeconds(FromProto(measurement.elapsed_duration())));
    }
  }
  return curves;
}

bool IsEmpty(const TrialCurves& curves) {
  return std::all_of(curves.metrics.begin(), curves.metrics.end(),
                     [](const Curve& curve) { return curve.steps.empty(); });
}

}  // namespace

void StudyCurves::Update(const StudyProblem& problem, const Trials& trials) {
  if (erasures_ != trials.erasures()) {
    *this = StudyCurves();
    erasures_ = trials.erasures();
  }
  const auto read = [&](int64_t id) {
    Scratch scratch;
    return std::make_unique<const TrialCurves>(
        ReadCurves(problem, id, trials.Get(id, scratch)));
  };
  std::erase_if(running_, [&](const auto& entry) {
    return !trials.running().contains(entry.first);
  });
  for (const auto& [id, worker] : trials.running()) {
    Running& known = running_[id];
    const int measurements = trials.measurements(id);
    if (known.curves != nullptr && known.measurements == measurements) continue;
    known = {measurements, read(id)};
  }
  // From the newest backwards, so that the same trials are kept however many
  // there were the last time.
  const auto window = static_cast<size_t>(
      std::max(kCompared, problem.stopper_options().min_trials));
  std::vector<std::unique_ptr<const TrialCurves>> ended;
  const std::vector<int64_t>& order = trials.finished();
  for (size_t i = order.size(); i > seen_ && ended.size() < window; --i) {
    const int64_t id = order[i - 1];
    if (trials.state(id) != Trial::SUCCEEDED || trials.measurements(id) == 0) {
      continue;
    }
    if (auto curves = read(id); !IsEmpty(*curves)) {
      ended.push_back(std::move(curves));
    }
  }
  seen_ = order.size();
  std::move(ended.rbegin(), ended.rend(), std::back_inserter(finished_));
  while (finished_.size() > window) finished_.pop_front();
}

std::vector<const TrialCurves*> StudyCurves::Others(int64_t id) const {
  std::vector<const TrialCurves*> others;
  others.reserve(finished_.size() + running_.size());
  for (const auto& curves : finished_) others.push_back(curves.get());
  for (const auto& [other, known] : running_) {
    if (other != id) others.push_back(known.curves.get());
  }
  return others;
}

}  // namespace apogee
