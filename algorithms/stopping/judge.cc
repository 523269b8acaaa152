#include "algorithms/stopping/judge.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace apogee {
namespace {

// Whether some other trial is worth no less in any of these metrics, and more
// in one, by the steps that the trial has come to.
bool IsDominated(const Stopper& rule, const std::vector<size_t>& metrics,
                 const TrialCurves& trial,
                 absl::Span<const TrialCurves* const> others) {
  return std::any_of(others.begin(), others.end(),
                     [&](const TrialCurves* other) {
                       bool more = false;
                       for (const size_t i : metrics) {
                         const int64_t step = trial.metrics[i].steps.back();
                         const auto its = rule.Worth(other->metrics[i], step);
                         const auto mine = rule.Worth(trial.metrics[i], step);
                         if (!its || *its < *mine) return false;
                         more = more || *its > *mine;
                       }
                       return more;
                     });
}

bool HasKept(const Curve& constraint) {
  return std::any_of(constraint.values.begin(), constraint.values.end(),
                     [](double missed) { return missed >= 0; });
}

}  // namespace

StopDecision JudgeTrial(const Stopper& rule,
                        absl::Span<const StoppingMetric> metrics,
                        const TrialCurves& trial,
                        absl::Span<const TrialCurves* const> others,
                        StopperOptions options) {
  const auto judge = [&](size_t metric) {
    std::vector<const Curve*> curves;
    curves.reserve(others.size());
    for (const TrialCurves* const other : others) {
      curves.push_back(&other->metrics[metric]);
    }
    options.negated = metrics[metric].is_constraint || metrics[metric].minimize;
    StopDecision decision = rule.Judge(trial.metrics[metric], curves, options);
    if (metrics.size() > 1) {
      decision.reason = absl::StrCat(
          metrics[metric].is_constraint ? "what is missed of " : "",
          metrics[metric].id, ", ", decision.reason);
    }
    return decision;
  };
  for (size_t i = 0; i < metrics.size(); ++i) {
    if (!metrics[i].is_constraint || trial.metrics[i].steps.empty() ||
        HasKept(trial.metrics[i])) {
      continue;
    }
    StopDecision decision = judge(i);
    if (decision.should_stop && IsDominated(rule, {i}, trial, others)) {
      return decision;
    }
  }
  StopDecision all;
  std::vector<size_t> objectives;
  for (size_t i = 0; i < metrics.size(); ++i) {
    if (metrics[i].is_constraint) continue;
    if (trial.metrics[i].steps.empty()) {
      return {false, "nothing has been measured yet that counts"};
    }
    StopDecision decision = judge(i);
    if (!decision.should_stop) return decision;
    absl::StrAppend(&all.reason, objectives.empty() ? "" : "; ",
                    decision.reason);
    objectives.push_back(i);
  }
  if (!IsDominated(rule, objectives, trial, others)) {
    return {false, "no other trial was better by now"};
  }
  all.should_stop = true;
  return all;
}

}  // namespace apogee
