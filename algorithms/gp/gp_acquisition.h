#pragma once

#include <vector>

#include "Eigen/Core"
#include "absl/types/span.h"
#include "algorithms/gp/gp_model.h"
#include "algorithms/outcome.h"

namespace apogee {

// What is believed of one metric at a place; `labelled_sd` is the deviation
// if no trial were pending.
struct Belief {
  double mean;
  double sd;
  double labelled_sd;
};

// How much a trial at a place is worth, by what models say of its metrics.
//
// `exploit`  as much as the objective may be there: mean + `optimism`
// deviations; for
//            several objectives, the volume that such values would add to the
//            front. Under constraints, the logarithm of what is gained over
//            the best so far, times the probability that they hold.
// `explore`  as little as is known there, among places that may be as good as
//            the best and may keep the constraints (pure exploration).
// Contal et al., "Parallel Gaussian process optimization with upper confidence
// bound and pure exploration", 2013; Song et al., "The Vizier Gaussian process
// bandit algorithm", 2024.
class GpAcquisition {
 public:
  enum class Kind { kExploit, kExplore };

  // One model and one goal per metric. `rows` are the trials that may be the
  // best, one column each, the pending ones last; `labels` has a column for
  // each of the others, and a row for each of the first metrics, the further
  // ones being constraints that these trials keep. Models and goals outlive it.
  GpAcquisition(Kind kind, double optimism, absl::Span<const GpModel> models,
                absl::Span<const Goal> goals, const Eigen::MatrixXd& rows,
                const Eigen::MatrixXd& labels);

  // At the columns of `places`.
  Eigen::VectorXd Score(const Eigen::MatrixXd& places) const;
  // At one place, with its gradient.
  double Score(const Eigen::VectorXd& place, Eigen::VectorXd& gradient) const;

 private:
  double Combine(absl::Span<const Belief> beliefs) const;
  double Explore(absl::Span<const Belief> beliefs) const;
  // How far these values of the objectives reach in a direction, as a volume;
  // what they add, with all others, to the volume below the front.
  double Reach(const Eigen::VectorXd& values, Eigen::Index direction) const;
  double Volume(const Eigen::VectorXd& values) const;
  void PrepareVolume(const Eigen::MatrixXd& values,
                     const std::vector<Eigen::Index>& safe);

  Kind kind_;
  double optimism_;
  absl::Span<const GpModel> models_;
  absl::Span<const Goal> goals_;
  // Metrics that are objectives.
  std::vector<size_t> objectives_;
  // For each metric: what a place must promise to be explored.
  std::vector<double> thresholds_;
  // Whether a row keeps the constraints, and the value of the best that does.
  bool any_safe_ = false;
  double best_ = 0;
  // For several objectives: directions, values that are worse than all, and how
  // far the rows reach in each direction.
  Eigen::MatrixXd directions_;
  Eigen::VectorXd worst_;
  Eigen::VectorXd reached_;
};

}  // namespace apogee
