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
constexpr int64_t kMaxPaths = 8;

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
      paths_(kMaxPaths, {std::vector<double>(center_.size()),
                         std::vector<double>(center_.size())}) {}

void EvolutionStrategy::Update(absl::Span<const PairResult> pairs,
                               int64_t staleness) {
  const int size = static_cast<int>(center_.size());
  const int64_t stride = std::clamp<int64_t>(staleness + 1, 1, kMaxPaths);
  Path& path = paths_[version_++ % stride];
  std::vector<PairResult> scaled(pairs.begin(), pairs.end());
  if (options_.rule == Rule::kAdaptive) {
    if (Normalize(scaled)) {
      MoveAndAdapt(AverageDirection(size, scaled), scaled.size(), path);
    }
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

void EvolutionStrategy::MoveAndAdapt(const DirectionMean& mean, size_t pairs,
                                     Path& path) {
  const auto d = static_cast<double>(center_.size());
  const auto n = static_cast<double>(pairs);
  const double decay = (n + 2) / (d + n + 5);
  const double gain = decay * (2 - decay);
  const double damping =
      1 + 2 * std::max(0.0, std::sqrt((n - 1) / (d + 1)) - 1) + decay;
  const double unit = options_.step * sigma_;
  // A coordinate that few pairs took part in is known less well; weighted like
  // this, chance moves all of them alike.
  double weighted_square = 0;
  double active = 0;
  for (size_t k = 0; k < center_.size(); ++k) {
    weighted_square += mean.pairs[k] * mean.value[k] * mean.value[k];
    active += mean.pairs[k] > 0 ? 1 : 0;
  }
  if (weighted_square == 0) return;
  double square = 0;
  double expected_square = 0;
  for (size_t k = 0; k < center_.size(); ++k) {
    path.sum[k] *= 1 - decay;
    path.expected_square[k] *= (1 - decay) * (1 - decay);
    if (mean.pairs[k] > 0) {
      // What the box cuts off does not count as moved: a centre in a corner is
      // not on its way to anywhere.
      const double moved =
          std::clamp(center_[k] + unit * mean.value[k], 0.0, 1.0) - center_[k];
      center_[k] += moved;
      path.sum[k] +=
          std::sqrt(gain * mean.pairs[k] * active / weighted_square) * moved /
          unit;
      path.expected_square[k] += gain;
    }
    square += path.sum[k] * path.sum[k];
    expected_square += path.expected_square[k];
  }
  const double change = decay / (2 * damping) * (square / expected_square - 1);
  sigma_ = std::clamp(sigma_ * std::exp(change),
                      std::min(kSmallestSigma, options_.sigma), options_.sigma);
}

}  // namespace apogee
