#include "client/cli/score.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace apogee {

using MetricSpec = vizier::StudySpec::MetricSpec;

std::vector<const MetricSpec*> Objectives(const vizier::StudySpec& spec) {
  std::vector<const MetricSpec*> objectives;
  for (const MetricSpec& metric : spec.metrics()) {
    if (!metric.has_safety_config()) objectives.push_back(&metric);
  }
  return objectives;
}

std::string GoalName(const MetricSpec& metric) {
  return metric.goal() == MetricSpec::MINIMIZE ? "minimize" : "maximize";
}

bool IsBetter(const MetricSpec& metric, double a, double b) {
  return metric.goal() == MetricSpec::MINIMIZE ? a < b : a > b;
}

std::optional<double> FindMetric(const vizier::Measurement& measurement,
                                 const std::string& id) {
  for (const vizier::Measurement::Metric& metric : measurement.metrics()) {
    if (metric.metric_id() == id) return metric.value();
  }
  return std::nullopt;
}

std::optional<double> Objective(const vizier::StudySpec& spec,
                                const vizier::Trial& trial) {
  const std::vector<const MetricSpec*> objectives = Objectives(spec);
  if (trial.state() != vizier::Trial::SUCCEEDED || objectives.size() != 1) {
    return std::nullopt;
  }
  for (const MetricSpec& metric : spec.metrics()) {
    const std::optional<double> value =
        FindMetric(trial.final_measurement(), metric.metric_id());
    if (!value || !std::isfinite(*value)) return std::nullopt;
    if (metric.has_safety_config() &&
        IsBetter(metric, metric.safety_config().safety_threshold(), *value)) {
      return std::nullopt;
    }
  }
  return FindMetric(trial.final_measurement(), objectives[0]->metric_id());
}

std::vector<vizier::Trial> BestTrials(const vizier::StudySpec& spec,
                                      std::vector<vizier::Trial> trials,
                                      size_t count) {
  std::vector<std::pair<double, size_t>> ranked;
  for (size_t i = 0; i < trials.size(); ++i) {
    if (const auto value = Objective(spec, trials[i])) {
      ranked.emplace_back(*value, i);
    }
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [&](const auto& a, const auto& b) {
                     return IsBetter(*Objectives(spec)[0], a.first, b.first);
                   });
  std::vector<vizier::Trial> best;
  for (const auto& [value, i] : ranked) {
    if (best.size() == count) break;
    best.push_back(std::move(trials[i]));
  }
  return best;
}

vizier::StudySpec FirstObjective(vizier::StudySpec spec,
                                 const std::string& without) {
  bool found = false;
  auto& metrics = *spec.mutable_metrics();
  for (auto it = metrics.begin(); it != metrics.end();) {
    const bool objective = !it->has_safety_config();
    if (it->metric_id() == without || (objective && found)) {
      it = metrics.erase(it);
      continue;
    }
    found = found || objective;
    ++it;
  }
  return spec;
}

}  // namespace apogee
