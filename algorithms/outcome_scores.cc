#include "algorithms/outcome_scores.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace apogee {
namespace {

void Standardize(std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  // So that no square overflows.
  double largest = 0;
  for (const double value : values) {
    largest = std::max(largest, std::abs(value));
  }
  if (largest == 0) return;
  double mean = 0;
  for (double& value : values) mean += (value /= largest) / n;
  double variance = 0;
  for (double& value : values) {
    value -= mean;
    variance += value * value / n;
  }
  if (variance == 0) return;
  for (double& value : values) value /= std::sqrt(variance);
}

}  // namespace

std::vector<double> RankScores(absl::Span<const Outcome> outcomes) {
  std::vector<size_t> order(outcomes.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return IsBetter(outcomes[b], outcomes[a]);
  });
  std::vector<double> scores(outcomes.size());
  for (size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() &&
           !IsBetter(outcomes[order[end]], outcomes[order[begin]])) {
      ++end;
    }
    for (size_t i = begin; i < end; ++i) {
      scores[order[i]] = static_cast<double>(begin + end - 1) / 2;
    }
  }
  Standardize(scores);
  return scores;
}

std::vector<double> ValueScores(absl::Span<const Outcome> outcomes) {
  std::vector<double> scores;
  for (const Outcome& outcome : outcomes) {
    if (!outcome.IsSafe()) return RankScores(outcomes);
    scores.push_back(outcome.objectives[0]);
  }
  Standardize(scores);
  return scores;
}

std::vector<double> Merits(absl::Span<const Outcome> outcomes) {
  const bool any_safe =
      std::any_of(outcomes.begin(), outcomes.end(),
                  [](const Outcome& each) { return each.IsSafe(); });
  std::vector<double> known;
  for (const Outcome& each : outcomes) {
    if (any_safe && each.IsSafe()) known.push_back(each.objectives[0]);
    if (!any_safe && !each.IsInfeasible()) known.push_back(-each.violation);
  }
  if (known.empty()) return std::vector<double>(outcomes.size(), 0.0);
  std::vector<double> sorted = known;
  std::sort(sorted.begin(), sorted.end());
  const double low = sorted[sorted.size() / 4];
  const double high = sorted[3 * sorted.size() / 4];
  // Where half of them are equal the quartiles say nothing.
  double least = sorted.front();
  if (low < high) least = std::max(least, low - 3 * (high - low));

  std::vector<double> merits;
  merits.reserve(outcomes.size());
  auto next = known.begin();
  for (const Outcome& each : outcomes) {
    const bool is_known = any_safe ? each.IsSafe() : !each.IsInfeasible();
    merits.push_back(is_known ? std::max(least, *next++) : least);
  }
  return merits;
}

}  // namespace apogee
