#pragma once

#include <optional>
#include <vector>

#include "Eigen/Core"
#include "algorithms/gp/gp_features.h"
#include "algorithms/gp/gp_model.h"
#include "algorithms/gp/gp_trials.h"
#include "algorithms/outcome.h"

namespace apogee {

// What the trials of a study say of every place: a model for each metric, of
// the feasible trials, and once a trial was infeasible one more metric that
// tells such trials (-1, should reach 0) from the others (1).
class GpSurrogate {
 public:
  // Of the trials that the last fit of `trials` had. `features` outlives it.
  // Nothing when the numbers do not allow a model.
  static std::optional<GpSurrogate> Fit(const GpFeatures* features,
                                        const GpTrials& trials);

  // Takes the later trials of the same `trials`, and what they say of the
  // earlier ones.
  void Update(const GpTrials& trials);
  // A trial that has not finished.
  void AddPending(const Point& point);

  // As many as each other.
  const std::vector<GpModel>& models() const { return models_; }
  const std::vector<Goal>& goals() const { return goals_; }
  // One column for each feasible trial, then the pending ones.
  const Eigen::MatrixXd& rows() const { return rows_; }
  // One row per metric of the study, one column for each feasible trial.
  const Eigen::MatrixXd& labels() const { return labels_; }
  // Every trial there is, one column each.
  const Eigen::MatrixXd& known() const { return known_; }
  // Whether the parameters are the likeliest ones, and not the prior's because
  // no model could be made of those.
  bool is_fitted() const { return is_fitted_; }

 private:
  explicit GpSurrogate(const GpFeatures* features) : features_(features) {}
  bool AddModel(const Eigen::MatrixXd& rows, const Eigen::VectorXd& labels,
                const std::vector<size_t>& telling);

  const GpFeatures* features_;
  std::vector<Goal> goals_;
  std::vector<GpModel> models_;
  Eigen::MatrixXd rows_;
  Eigen::MatrixXd labels_;
  Eigen::MatrixXd known_;
  bool is_fitted_ = true;
};

}  // namespace apogee
