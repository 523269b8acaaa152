#pragma once

#include <cstdint>
#include <vector>

#include "Eigen/Core"
#include "algorithms/gp/gp_features.h"
#include "algorithms/gp/gp_model.h"
#include "algorithms/guided/expert.h"
#include "algorithms/guided/prior_models.h"
#include "algorithms/guided/study_record.h"

namespace apogee {

// How much of each row of `means`, what a prior study says of each trial, there
// is in the labels of the trials: never less than nothing. Without trials, each
// row counts the same and all together count as one.
Eigen::VectorXd PriorShares(const Eigen::MatrixXd& means,
                            const Eigen::VectorXd& labels);

// Transfer without a network: a sum of what the prior studies say, each with
// its share, and a Gaussian process on what this study's trials differ from
// that. Priors that say nothing of this study lose their share, and what
// is left is a process of this study. (After Golovin et al., "Google Vizier",
// 2017, and Feurer et al., "Practical transfer learning for Bayesian
// optimization", 2018.)
class PriorsExpert : public Expert {
 public:
  // All outlive it.
  PriorsExpert(const GpFeatures* features, const PriorModels* priors,
               const StudyRecord* record)
      : features_(features), priors_(priors), record_(record) {}

  Source source() const override { return Source::kPriors; }
  bool IsReady() const override { return priors_->size() > 0; }
  Forecaster Prepare(absl::Span<const Pending> pending) const override;

 private:
  // What the first `count` trials say: places of the feasible ones, the shares
  // of the priors, what is left, and its mean.
  struct Rest {
    Eigen::MatrixXd rows;
    Eigen::VectorXd shares;
    Eigen::VectorXd labels;
    double mean;
  };
  Rest TakeRest(size_t count) const;
  const GpParameters& Parameters() const;

  const GpFeatures* features_;
  const PriorModels* priors_;
  const StudyRecord* record_;
  // Only a cache: follows from the trials of the last fit.
  mutable GpParameters parameters_;
  mutable int64_t fit_ = -1;
};

}  // namespace apogee
