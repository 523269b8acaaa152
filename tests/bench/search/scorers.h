#pragma once

#include <memory>
#include <vector>

#include "tests/bench/search/problem.h"

namespace apogee {

// For one objective, the first metric. A user takes the trial that measured
// best among those whose second metric, if there is a limit to it, keeps it;
// the regret is what this trial really lacks to the best.
struct BestScale {
  bool minimize = false;
  // The second metric may be so much.
  double limit = std::numeric_limits<double>::infinity();
  double best = 0;
  // What counts as a regret of 1.
  double unit = 1;
  double regret_of_nothing = std::numeric_limits<double>::infinity();
};
std::unique_ptr<Scorer> BestScorer(const BestScale& scale);

// For the best first metric, to be maximized, under each of several limits of
// the second: the mean of the regrets, each at most `cap`.
struct LimitScale {
  double limit;
  double best;
  double unit;
};
std::unique_ptr<Scorer> LimitsScorer(std::vector<LimitScale> limits,
                                     double cap);

// For two or three objectives: the hypervolume after (f - ideal) /
// (nadir - ideal) below 1.1 in each, counted by exact values. Metrics beyond
// those of `ideal` are not looked at.
struct VolumeScale {
  // One per objective; the ideal of one to be maximized is above its nadir.
  std::vector<double> ideal;
  std::vector<double> nadir;
  // The hypervolume that can be had.
  double best = 0;
};
inline constexpr double kVolumeReference = 1.1;
std::unique_ptr<Scorer> VolumeScorer(const VolumeScale& scale);
// `points` as VolumeScorer counts them.
double ScaledVolume(const std::vector<std::vector<double>>& points,
                    const VolumeScale& scale);

}  // namespace apogee
