#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "Eigen/Core"
#include "absl/types/span.h"
#include "algorithms/algorithm.h"
#include "algorithms/outcome.h"

namespace apogee {

// The finished trials that models are made of, and when to fit them anew: at
// each of the first 30 trials, then whenever there are a tenth more, at the
// latest after 100, and at the first one that is infeasible. Follows from the
// trials and their order alone.
//
// At a fit no more than `capacity` trials are kept: half of them are the
// latest, the others the best of the rest. Those left out do not come back.
class GpTrials {
 public:
  struct Trial {
    Point point;
    // Empty when infeasible.
    std::vector<double> metrics;
    Outcome outcome;
  };

  GpTrials(std::vector<Goal> goals, size_t capacity)
      : goals_(std::move(goals)), capacity_(capacity) {}

  void Add(const Observation& observation);

  // One for each metric.
  const std::vector<Goal>& goals() const { return goals_; }
  // Those kept, in the order they finished.
  const std::vector<Trial>& trials() const { return trials_; }
  // How many of them the last fit had: the first ones.
  size_t fitted() const { return fitted_; }
  // How many trials there were in all, and at the last fit.
  int64_t count() const { return count_; }
  int64_t count_at_fit() const { return count_at_fit_; }
  // How many finished since the best one did; 0 while there is none, or when
  // there are several objectives.
  int64_t since_best() const { return best_ ? count_ - count_at_best_ : 0; }

  // Only the kept trials at these places, all of them fitted.
  GpTrials Subset(const std::vector<size_t>& places) const;

  // About the first `among` trials:
  // the places of the best `count` of them, best first;
  std::vector<size_t> Best(size_t count, size_t among) const;
  // of the `count` that say most: good and late ones by turns;
  std::vector<size_t> Telling(size_t count, size_t among) const;
  // what models learn: one row per metric, one column per feasible trial. Of a
  // trial that broke a constraint no objective counts for more than the best
  // that kept them all.
  Eigen::MatrixXd Labels(size_t among) const;

 private:
  void Prune();

  std::vector<Goal> goals_;
  size_t capacity_;
  std::vector<Trial> trials_;
  int64_t count_ = 0;
  int64_t count_at_fit_ = 0;
  int64_t count_at_best_ = 0;
  std::optional<Outcome> best_;
  int64_t next_fit_ = 1;
  size_t fitted_ = 0;
  bool any_infeasible_ = false;
};

}  // namespace apogee
