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
// `exploit`  as much as the objective may be there: mean + 1.8 deviations; for
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

  // One model and one goal per metric. `rows` has one column per row of the
  // models, scored or not; `labels` one row per metric and one column for each
  // row that has labels. All outlive it.
  GpAcquisition(Kind kind, absl::Span<const GpModel> models,
                absl::Span<const Goal> goals, const Eigen::MatrixXd& rows,
                const Eigen::MatrixXd& labels);

  // At the columns of `places`.
  Eigen::VectorXd Score(const Eigen::MatrixXd& places) const;
  // At one place, with its gradient.
  double Score(const Eigen::VectorXd& place, Eigen::VectorXd& gradient) const;

 private:
  double Combine(absl::Span<const Belief> beliefs) const;
  double Explore(absl::Span<const Belief> beliefs) const;
  // Of these values of the objectives.
  double Volume(absl::Span<const double> values) const;
  void PrepareVolume(const Eigen::MatrixXd& labels);

  Kind kind_;
  absl::Span<const GpModel> models_;
  absl::Span<const Goal> goals_;
  // Metrics that are objectives.
  std::vector<size_t> objectives_;
  // For each metric: what a place must promise to be explored.
  std::vector<double> thresholds_;
  // Whether a row keeps the constraints, and the value of the best that does.
  bool any_safe_ = false;
  double best_ = 0;
  // For several objectives: directions, the worst values, and how far the rows
  // reach in each direction.
  Eigen::MatrixXd directions_;
  Eigen::VectorXd worst_;
  Eigen::VectorXd reached_;
};

}  // namespace apogee
