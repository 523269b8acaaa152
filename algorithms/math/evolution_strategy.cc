#include "algorithms/math/evolution_strategy.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace apogee {
namespace {

// No pair moves the centre by more than this many times the usual.
constexpr double kLargestSlope = 2.5;
// Pairs that are older than so many moves count as no older.
constexpr size_t kMaxPaths = 32;

// Slopes in units of their root mean square, cut; false when all are 0.
bool Normalize(std::vector<PairResult>& pairs) {
  double sum = 0;
  for (const PairResult& pair : pairs) sum += pair.slope * pair.slope;
  const double root = std::sqrt(sum / static_cast<double>(pairs.size()));
  if (root == 0) return false;
  for (PairResult& pair : pairs) {
    pair.slope = std::clamp(pair.slope / root, -kLargestSlope, kLargestSlope);
  }
  return true;
}

double Dot(const std::vector<double>& a, const std::vector<double>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

}  // namespace

DirectionMean AverageDirection(int size, absl::Span<const PairResult> pairs) {
  DirectionMean mean = {std::vector<double>(size), std::vector<int>(size)};
  for (const PairResult& pair : pairs) {
    RandomStream direction = pair.direction;
    for (int k = 0; k < size; ++k) {
      const double g = direction.Normal();
      if (!pair.active.empty() && !pair.active[k]) continue;
      mean.value[k] += pair.slope * g;
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
      paths_({std::vector<double>(center_.size())}) {}

void EvolutionStrategy::Update(absl::Span<const PairResult> pairs) {
  if (options_.rule == Rule::kAdaptive) {
    std::vector<PairResult> scaled(pairs.begin(), pairs.end());
    if (Normalize(scaled)) MoveAndAdapt(scaled);
    return;
  }
  const int size = static_cast<int>(center_.size());
  const std::vector<double> gradient = AverageDirection(size, pairs).value;
  if (options_.rule == Rule::kAdam) {
    adam_.Step(gradient, center_);
  } else {
    for (int k = 0; k < size; ++k) center_[k] += options_.step * gradient[k];
  }
  for (double& x : center_) x = std::clamp(x, 0.0, 1.0);
  ++version_;
}

void EvolutionStrategy::MoveAndAdapt(absl::Span<const PairResult> pairs) {
  const auto d = static_cast<double>(center_.size());
  const auto n = static_cast<double>(pairs.size());
  const double decay = (n + 2) / (d + n + 5);
  const double damping =
      1 + 2 * std::max(0.0, std::sqrt((n - 1) / (d + 1)) - 1) + decay;
  const DirectionMean mean = AverageDirection(static_cast<int>(d), pairs);
  // A coordinate that few pairs took part in is known less well; weighted like
  // this, chance moves all of them alike.
  double square = 0;
  double active = 0;
  for (size_t k = 0; k < center_.size(); ++k) {
    square += mean.pairs[k] * mean.value[k] * mean.value[k];
    active += mean.pairs[k] > 0 ? 1 : 0;
  }
  if (square == 0) return;
  const double agreement = Agreement(pairs, mean) / std::sqrt(square);
  std::vector<double> path = paths_.back();
  const double unit = options_.step * sigma_;
  for (size_t k = 0; k < center_.size(); ++k) {
    // What the box cuts off does not count as moved: a centre in a corner is
    // not on its way to anywhere.
    const double moved =
        std::clamp(center_[k] + unit * mean.value[k], 0.0, 1.0) - center_[k];
    center_[k] += moved;
    path[k] = (1 - decay) * path[k] +
              std::sqrt(decay * (2 - decay) * mean.pairs[k] * active / square) *
                  moved / unit;
  }
  paths_.push_back(std::move(path));
  if (paths_.size() > kMaxPaths) paths_.pop_front();
  ++version_;
  sigma_ *= std::exp(std::sqrt(decay / 2) / damping *
                     std::clamp(agreement, -1.0, 1.0));
  sigma_ = std::clamp(sigma_, std::min(kSmallestSigma, options_.sigma),
                      options_.sigma);
}

const std::vector<double>& EvolutionStrategy::PathAt(int64_t version) const {
  const int64_t age = std::clamp<int64_t>(
      version_ - version, 0, static_cast<int64_t>(paths_.size()) - 1);
  return paths_[paths_.size() - 1 - static_cast<size_t>(age)];
}

// How far the move goes along the paths that its pairs knew: its part along a
// path of the mean length.
double EvolutionStrategy::Agreement(absl::Span<const PairResult> pairs,
                                    const DirectionMean& mean) const {
  double along = 0;
  double path_square = 0;
  double weight = 0;
  for (const PairResult& pair : pairs) {
    const std::vector<double>& path = PathAt(pair.version);
    RandomStream direction = pair.direction;
    for (size_t k = 0; k < path.size(); ++k) {
      const double g = direction.Normal();
      if (!pair.active.empty() && !pair.active[k]) continue;
      along += pair.slope * g * path[k] / std::sqrt(mean.pairs[k]);
    }
    path_square += pair.slope * pair.slope * Dot(path, path);
    weight += pair.slope * pair.slope;
  }
  return path_square > 0 ? along / std::sqrt(path_square / weight) : 0;
}

}  // namespace apogee
