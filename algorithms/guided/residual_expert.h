#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "Eigen/Core"
#include "algorithms/gp/gp_features.h"
#include "algorithms/gp/gp_model.h"
#include "algorithms/guided/expert.h"
#include "algorithms/guided/study_record.h"

namespace apogee {

// What is said of points without a look at this study's trials.
struct Opinions {
  // Labels: one row for each opinion, one column for each point.
  Eigen::MatrixXd means;
  // The logarithm of the chance that a trial is feasible.
  Eigen::VectorXd log_feasible;
};
using AskOpinions =
    std::function<absl::StatusOr<Opinions>(const std::vector<Point>&)>;

// How much of each row of `means`, an opinion of each trial, there is in the
// labels of the trials: never less than nothing. Without trials, each row
// counts the same and all together count as one.
Eigen::VectorXd OpinionShares(const Eigen::MatrixXd& means,
                              const Eigen::VectorXd& labels);

// A sum of opinions, such as those of prior studies, each with its share, and a
// Gaussian process on what this study's trials differ from that. Opinions that
// say nothing of this study lose their share, and what is left is a process of
// this study. (After Golovin et al., "Google Vizier",
// 2017, and Feurer et al., "Practical transfer learning for Bayesian
// optimization", 2018.)
class ResidualExpert : public Expert {
 public:
  // The latter two outlive it.
  ResidualExpert(Source source, AskOpinions ask, const GpFeatures* features,
                 const StudyRecord* record)
      : source_(source),
        ask_(std::move(ask)),
        features_(features),
        record_(record) {}

  Source source() const override { return source_; }
  bool IsReady() const override { return features_->size() > 0; }
  Forecaster Prepare(absl::Span<const Pending> pending) const override;

 private:
  // What the first `count` trials say: places of the feasible ones, the shares
  // of the opinions, what is left, and its mean.
  struct Rest {
    Eigen::MatrixXd rows;
    Eigen::VectorXd shares;
    Eigen::VectorXd labels;
    double mean;
  };
  absl::StatusOr<Rest> TakeRest(size_t count) const;
  absl::StatusOr<GpParameters> Parameters() const;
  absl::StatusOr<Forecaster> Forecasting(
      absl::Span<const Pending> pending) const;

  Source source_;
  AskOpinions ask_;
  const GpFeatures* features_;
  const StudyRecord* record_;
  // Only a cache: follows from the trials of the last fit.
  mutable GpParameters parameters_;
  mutable int64_t fit_ = -1;
};

}  // namespace apogee
