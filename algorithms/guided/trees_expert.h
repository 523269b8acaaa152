#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "Eigen/Core"
#include "algorithms/algorithm.h"
#include "algorithms/gp/gp_features.h"
#include "algorithms/gp/gp_trials.h"
#include "algorithms/guided/expert.h"
#include "algorithms/guided/label_scale.h"
#include "algorithms/guided/study_record.h"
#include "algorithms/math/boosted_trees.h"

namespace apogee {

// Boosted trees on the trials of the study. They learn steps and what single
// values do, where a Gaussian process smooths. Not where a parameter is of type
// double: there smoothing is right.
class TreesExpert : public Expert {
 public:
  // Both outlive it.
  TreesExpert(const GpFeatures* features, const StudyRecord* record);

  // A finished trial; the record has it, too.
  void Add(const Observation& observation);

  Source source() const override { return Source::kTrees; }
  bool IsReady() const override;
  Forecaster Prepare(absl::Span<const Pending> pending) const override;

 private:
  // What was learned, and the scale of its labels.
  struct Model {
    BoostedTrees trees;
    LabelScale scale;
  };

  // One column per point; what is inactive is missing, and of a category there
  // is nothing but its own number.
  Eigen::MatrixXd Rows(const std::vector<Point>& points) const;
  absl::StatusOr<Model> Fit() const;

  const GpFeatures* features_;
  const StudyRecord* record_;
  const bool takes_part_;
  GpTrials trials_;
  // The first trials, which the trees know, and how many there were in all.
  size_t fitted_ = 0;
  int64_t count_at_fit_ = 0;
  int64_t next_fit_ = 0;
  // Only a cache: follows from the trials of the last fit.
  mutable absl::StatusOr<Model> model_;
  mutable int64_t fit_ = -1;
};

}  // namespace apogee
