#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "absl/types/span.h"
#include "algorithms/math/adam.h"
#include "base/rng.h"

namespace apogee {

// What came of looking both ways along a direction g of independent standard
// normal numbers, from the centre of a search.
struct PairResult {
  // Its next draws of Normal() are g.
  RandomStream direction;
  // Score of centre + sigma g less that of centre - sigma g, over 2 sigma; more
  // is better.
  double slope;
  // How often the centre had moved when the pair was opened.
  int64_t version;
  // Coordinates that took part; empty means all.
  std::vector<bool> active;
};

// For each coordinate the mean of slope * g over the pairs that it took part
// in; 0 where there is none. It is an unbiased estimate of the gradient of the
// mean score around the centre.
struct DirectionMean {
  std::vector<double> value;
  std::vector<int> pairs;
};
DirectionMean AverageDirection(int size, absl::Span<const PairResult> pairs);

// Where doubles in [0, 1] still tell the points of a pair apart.
inline constexpr double kSmallestSigma = 1e-12;

// Climbs a function of numbers in [0, 1] that can only be compared in pairs of
// mirrored points, by their mean direction. O(coordinates) memory and, for
// each pair of an update, time: directions are drawn again, not kept.
class EvolutionStrategy {
 public:
  enum class Rule {
    // Slopes are divided by their root mean square and cut at 2.5; the centre
    // moves `step` * sigma times their mean direction. sigma grows while moves
    // go the way of those before and shrinks when they turn back, but never
    // grows past where it began. (Cumulative step-size adaptation: Hansen and
    // Ostermeier, "Completely derandomized self-adaptation in evolution
    // strategies", 2001. Here each pair is compared with the moves made before
    // it was opened: pairs that did not know of each other go the same way for
    // that reason alone.)
    kAdaptive,
    // sigma stays; the centre moves up the estimated gradient, by Adam or by
    // `step` times it. Scores have a mean square of 1.
    kAdam,
    kPlain,
  };
  struct Options {
    Rule rule;
    double sigma;
    double step;
  };

  EvolutionStrategy(std::vector<double> center, const Options& options);

  const std::vector<double>& center() const { return center_; }
  double sigma() const { return sigma_; }
  // How often the centre moved.
  int64_t version() const { return version_; }

  // `pairs` are 1 or more.
  void Update(absl::Span<const PairResult> pairs);

 private:
  void MoveAndAdapt(absl::Span<const PairResult> pairs);
  const std::vector<double>& PathAt(int64_t version) const;
  double Agreement(absl::Span<const PairResult> pairs,
                   const DirectionMean& mean) const;

  Options options_;
  std::vector<double> center_;
  double sigma_;
  int64_t version_ = 0;
  Adam adam_;
  // The sum of the moves, older ones fading, each scaled to length 1 per
  // coordinate; one such path for each of the last versions.
  std::deque<std::vector<double>> paths_;
};

}  // namespace apogee
