#pragma once

#include <vector>

#include "algorithms/gp/gp_features.h"
#include "algorithms/gp/gp_search.h"
#include "algorithms/guided/expert.h"
#include "algorithms/guided/study_record.h"

namespace apogee {

// The Gaussian processes of the study itself.
class ProcessExpert : public Expert {
 public:
  // All outlive it.
  ProcessExpert(const GpSearch* search, const GpFeatures* features,
                const StudyRecord* record)
      : search_(search), features_(features), record_(record) {}

  Source source() const override { return Source::kProcess; }
  bool IsReady() const override { return record_->feasible() > 0; }
  Forecaster Prepare(absl::Span<const Pending> pending) const override;

  // At each point, the logarithm of the probability that all constraints hold,
  // feasibility among them; 0 while there are none or nothing is known.
  Eigen::VectorXd LogSafe(const std::vector<Point>& points) const;
  // Whether that says anything.
  bool KnowsLimits() const;

 private:
  const GpSearch* search_;
  const GpFeatures* features_;
  const StudyRecord* record_;
};

}  // namespace apogee
