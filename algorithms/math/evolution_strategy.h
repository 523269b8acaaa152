#pragma once

#include <cstdint>
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
  // Score of centre + sigma g less that of centre - sigma g; more is better.
  double difference;
  // Coordinates that took part; empty means all.
  std::vector<bool> active;
};

// For each coordinate the mean of difference * g over the pairs that it took
// part in; 0 where there is none. With differences divided by 2 sigma this is
// an unbiased estimate of the gradient of the mean score around the centre.
struct DirectionMean {
  std::vector<double> value;
  std::vector<int> pairs;
};
DirectionMean AverageDirection(int size, absl::Span<const PairResult> pairs);

// Climbs a function of numbers in [0, 1] that can only be compared in pairs of
// mirrored points, by their mean direction. O(coordinates) memory and, for
// each pair of an update, time: directions are drawn again, not kept.
class EvolutionStrategy {
 public:
  enum class Rule {
    // Differences are divided by their root mean square and cut at 2.5; the
    // centre moves `step` * sigma times their mean direction. sigma grows while
    // moves go the same way and shrinks when they turn back, but never grows
    // past where it began. (Cumulative step-size adaptation: Hansen and
    // Ostermeier, "Completely derandomized self-adaptation in evolution
    // strategies", 2001; here by the directions of the moves alone, because
    // their lengths say more about the number of pairs than about the path.)
    kAdaptive,
    // sigma stays; the centre moves up the estimated gradient, by Adam or by
    // `step` times it. Differences are of scores with a mean square of 1.
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
  // How many updates there were.
  int64_t version() const { return version_; }

  // `pairs` are 1 or more; `staleness` is how many updates there were since
  // they were opened. Moves whose pairs did not know of each other go the same
  // way for that reason alone, so only moves further apart are compared.
  void Update(absl::Span<const PairResult> pairs, int64_t staleness);

 private:
  // Of comparable moves: their sum, older ones fading, each scaled to length 1
  // per coordinate; and the square that chance alone would give it.
  struct Path {
    std::vector<double> sum;
    std::vector<double> expected_square;
  };

  void MoveAndAdapt(const DirectionMean& mean, size_t pairs, Path& path);

  Options options_;
  std::vector<double> center_;
  double sigma_;
  int64_t version_ = 0;
  Adam adam_;
  std::vector<Path> paths_;
};

}  // namespace apogee
