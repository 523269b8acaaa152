#include "algorithms/guided/gate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <optional>

#include "absl/types/span.h"
#include "algorithms/regressor/score.h"

namespace apogee {
namespace {

// Trials that count.
constexpr size_t kWindow = 20;
// From this number on, chance gets this share.
constexpr int64_t kFirstRandom = 10;
constexpr double kRandomShare = 0.05;
// The least share of the study's own process among the sources.
constexpr double kProcessFloor = 0.25;
// Weights fall by e for each unit of error, and for each trial whose order a
// source gets all wrong.
constexpr double kErrorRate = 1;
constexpr double kOrderRate = 0.5;
// Errors count no more than this, in spreads of the labels.
constexpr double kMaxError = 3;
// The fractional parts of its multiples cover [0, 1) evenly.
constexpr double kGolden = 0.6180339887498949;

// Before anything is known.
double StartWeight(Source source) {
  switch (source) {
    case Source::kPriors:
    case Source::kText:
    case Source::kContext:
      return 3;
    default:
      return 1;
  }
}

// What a source expected of a trial, if it said.
std::optional<std::array<double, 3>> ExpectedBy(
    Source source, absl::Span<const GuidedMemo::Expected> expected) {
  for (const GuidedMemo::Expected& each : expected) {
    if (each.source == source) return each.values;
  }
  return std::nullopt;
}

// The mean pinball loss of three quantiles.
double Pinball(const std::array<double, 3>& quantiles, double value) {
  double sum = 0;
  for (size_t i = 0; i < quantiles.size(); ++i) {
    const double miss = value - quantiles[i];
    sum += std::max(GuidedMemo::kShares[i] * miss,
                    (GuidedMemo::kShares[i] - 1) * miss);
  }
  return sum / static_cast<double>(quantiles.size());
}

}  // namespace

void Gate::Add(const GuidedMemo& memo, double value) {
  if (memo.expected.size() < 2) return;
  trials_.push_back({memo.expected, value});
  if (trials_.size() > kWindow) trials_.pop_front();
}

std::vector<double> Gate::Shares(const std::vector<Source>& sources,
                                 const LabelScale& scale) const {
  std::vector<double> labels;
  std::vector<std::vector<double>> medians(sources.size());
  std::vector<double> errors(sources.size());
  labels.reserve(trials_.size());
  for (const Trial& trial : trials_) {
    const bool complete =
        std::all_of(sources.begin(), sources.end(), [&](Source source) {
          return ExpectedBy(source, trial.expected).has_value();
        });
    if (!complete || !scale.IsKnown()) continue;
    labels.push_back(scale.Label(trial.value));
    for (size_t i = 0; i < sources.size(); ++i) {
      std::array<double, 3> quantiles = *ExpectedBy(sources[i], trial.expected);
      for (double& each : quantiles) each = scale.Label(each);
      medians[i].push_back(quantiles[1]);
      errors[i] += std::min(kMaxError,
                            Pinball(quantiles, labels.back()) / scale.spread());
    }
  }
  std::vector<double> logs(sources.size());
  for (size_t i = 0; i < sources.size(); ++i) {
    const double order =
        labels.size() < 2 ? 0
                          : static_cast<double>(labels.size()) *
                                (1 - RankCorrelation(medians[i], labels)) / 2;
    logs[i] = std::log(StartWeight(sources[i])) - kErrorRate * errors[i] -
              kOrderRate * order;
  }
  const double largest = *std::max_element(logs.begin(), logs.end());
  std::vector<double> shares;
  shares.reserve(sources.size());
  for (const double each : logs) shares.push_back(std::exp(each - largest));
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  for (size_t i = 0; i < sources.size(); ++i) {
    shares[i] *= (1 - kProcessFloor) / sum;
    if (sources[i] == Source::kProcess) shares[i] += kProcessFloor;
  }
  return shares;
}

Source Gate::Choose(const std::vector<Source>& sources, const LabelScale& scale,
                    int64_t ordinal) const {
  double whole = 0;
  double u = std::modf(static_cast<double>(ordinal) * kGolden, &whole);
  if (ordinal >= kFirstRandom) {
    if (u < kRandomShare) return Source::kRandom;
    u = (u - kRandomShare) / (1 - kRandomShare);
  }
  const std::vector<double> shares = Shares(sources, scale);
  for (size_t i = 0; i + 1 < sources.size(); ++i) {
    if (u < shares[i]) return sources[i];
    u -= shares[i];
  }
  return sources.back();
}

}  // namespace apogee
