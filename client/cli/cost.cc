#include "client/cli/cost.h"

#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "client/cli/score.h"
#include "proto/options.h"

namespace apogee {
namespace {

using MetricSpec = vizier::StudySpec::MetricSpec;
using Prices = std::map<std::string, double>;

// The cost of the value; keys of numbers are their texts, however written.
std::optional<double> PriceOf(const Prices& prices,
                              const google::protobuf::Value& value) {
  for (const auto& [text, price] : prices) {
    double number = 0;
    const bool same =
        value.kind_case() == google::protobuf::Value::kStringValue
            ? text == value.string_value()
            : absl::SimpleAtod(text, &number) && number == value.number_value();
    if (same) return price;
  }
  return std::nullopt;
}

// The metric that stands for the cost, or null.
const MetricSpec* CostMetric(const vizier::StudySpec& spec) {
  for (const MetricSpec& metric : spec.metrics()) {
    if (metric.has_safety_config() && metric.goal() == MetricSpec::MINIMIZE) {
      return &metric;
    }
  }
  const auto objectives = Objectives(spec);
  return objectives.size() == 2 && objectives[1]->goal() == MetricSpec::MINIMIZE
             ? objectives[1]
             : nullptr;
}

}  // namespace

absl::StatusOr<TrialCost> TrialCost::Of(const vizier::StudySpec& spec) {
  TrialCost cost;
  if (const auto options = ReadStudyOptions(spec); options.ok()) {
    const auto& fields = options->algorithm().fields();
    if (const auto it = fields.find("cost"); it != fields.end()) {
      const auto& given = it->second.struct_value().fields();
      if (const auto table = given.find("table"); table != given.end()) {
        for (const auto& [parameter, values] :
             table->second.struct_value().fields()) {
          for (const auto& [value, price] : values.struct_value().fields()) {
            cost.prices_[parameter][value] = price.number_value();
          }
        }
      }
    }
  }
  if (!cost.prices_.empty()) return cost;
  const MetricSpec* const metric = CostMetric(spec);
  if (metric == nullptr) {
    return absl::FailedPreconditionError(
        "the study knows no cost: its algorithm has no option \"cost\" with a "
        "table, and no metric to minimize has a threshold or is the second "
        "objective");
  }
  cost.metric_ = metric->metric_id();
  return cost;
}

std::optional<double> TrialCost::operator()(const vizier::Trial& trial) const {
  if (!metric_.empty()) {
    const auto value = FindMetric(trial.final_measurement(), metric_);
    return value && std::isfinite(*value) ? value : std::nullopt;
  }
  double sum = 0;
  for (const vizier::Trial::Parameter& parameter : trial.parameters()) {
    const auto prices = prices_.find(parameter.parameter_id());
    if (prices == prices_.end()) continue;
    const std::optional<double> price =
        PriceOf(prices->second, parameter.value());
    if (!price) return std::nullopt;
    sum += *price;
  }
  return sum;
}

}  // namespace apogee
