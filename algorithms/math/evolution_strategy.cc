#include "algorithms/math/evolution_strategy.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace apogee {
namespace {

// No pair moves the centre by more than this many times the usual.
constexpr double kLargestDifference = 2.5;
// Where doubles in [0, 1] still tell the points of a pair apart.
constexpr double kSmallestSigma = 1e-12;

// Differences in units of their root mean square, cut; false when all are 0.
bool Normalize(std::vector<PairResult>& pairs) {
  double sum = 0;
  for (const PairResult& pair : pairs) sum += pair.difference * pair.difference;
  const double root = std::sqrt(sum / static_cast<double>(pairs.size()));
  if (root == 0) return false;
  for (PairResult& pair : pairs) {
    pair.difference = std::clamp(pair.difference / root, -kLargestDifference,
                                 kLargestDifference);
  }
  return true;
}

}  // namespace

DirectionMean AverageDirection(int size, absl::Span<const PairResult> pairs) {
  DirectionMean mean = {std::vector<double>(size), std::vector<int>(size)};
  for (const PairResult& pair : pairs) {
    RandomStream direction = pair.direction;
    for (int k = 0; k < size; ++k) {
      const double g = direction.Normal();
      if (!pair.active.empty() && !pair.active[k]) continue;
      mean.value[k] += pair.difference * g;
      ++mean.pairs[k];
    }
  }
  for (int k = 0; k < size; ++k) {
    if (mean.pairs[k] > 0) mean.value[k] /= mean.pairs[k];
  }
  return mean;
}

EvolutionStrategy::EvolutionStrategy(std::vector<double> center,
                                     const Options& options)
    : options_(options),
      center_(std::move(center)),
      sigma_(options.sigma),
      adam_(center_.size(), options.step),
      path_(center_.size()),
      path_square_(center_.size()) {}

void EvolutionStrategy::Update(absl::Span<const PairResult> pairs) {
  const int size = static_cast<int>(center_.size());
  std::vector<PairResult> scaled(pairs.begin(), pairs.end());
  if (options_.rule == Rule::kAdaptive) {
    if (Normalize(scaled)) MoveAndAdapt(AverageDirection(size, scaled), scaled.size());
    return;
  }
  for (PairResult& pair : scaled) pair.difference /= 2 * sigma_;
  const std::vector<double> gradient = AverageDirection(size, scaled).value;
  if (options_.rule == Rule::kAdam) {
    adam_.Step(gradient, center_);
  } else {
    for (int k = 0; k < size; ++k) center_[k] += options_.step * gradient[k];
  }
  for (double& x : center_) x = std::clamp(x, 0.0, 1.0);
}

void EvolutionStrategy::MoveAndAdapt(const DirectionMean& mean, size_t pairs) {
  const auto d = static_cast<double>(center_.size());
  const auto n = static_cast<double>(pairs);
  const double decay = (n + 2) / (d + n + 5);
  const double gain = decay * (2 - decay);
  const double damping =
      1 + 2 * std::max(0.0, std::sqrt((n - 1) / (d + 1)) - 1) + decay;
  const double unit = options_.step * sigma_;
  double length = 0;
  double active = 0;
  for (size_t k = 0; k < center_.size(); ++k) {
    length += mean.pairs[k] * mean.value[k] * mean.value[k];
    active += mean.pairs[k] > 0;
  }
  const double scale = std::sqrt(gain * active / length);
  double square = 0;
  double expected_square = 0;
  for (size_t k = 0; k < center_.size(); ++k) {
    path_[k] *= 1 - decay;
    path_square_[k] *= (1 - decay) * (1 - decay);
    if (mean.pairs[k] > 0) {
      // What the box cuts off does not count as moved: a centre in a corner is
      // not on its way to anywhere.
      const double moved =
          std::clamp(center_[k] + unit * mean.value[k], 0.0, 1.0) - center_[k];
      center_[k] += moved;
      path_[k] += scale * std::sqrt(mean.pairs[k]) * moved / unit;
      path_square_[k] += gain;
    }
    square += path_[k] * path_[k];
    expected_square += path_square_[k];
  }
  if (expected_square == 0) return;
  sigma_ = std::clamp(sigma_ * std::exp(decay / damping / 2 * (square / expected_square - 1)),
                      kSmallestSigma, options_.sigma);
}

}  // namespace apogee
