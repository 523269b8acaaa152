#include "algorithms/guided/trees_predictor.h"

#include <limits>

#include "Eigen/Core"
#include "algorithms/gp/study_predictor.h"
#include "algorithms/math/boosted_trees.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

using Eigen::VectorXd;

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr NamedRows::Marks kMarks = {1, kMissing, kMissing};
// Parts are the same for all studies.
constexpr uint64_t kFitSeed = 1;

absl::StatusOr<Belief> ByTrees(const NamedRows& rows,
                               const std::vector<int>& groups,
                               absl::Span<const NamedPoint* const> known,
                               const VectorXd& labels,
                               absl::Span<const NamedPoint* const> asked) {
  const auto count = static_cast<Eigen::Index>(asked.size());
  if (groups.empty()) {
    return Belief{VectorXd::Zero(count), VectorXd::Ones(count)};
  }
  ASSIGN_OR_RETURN(const BoostedTrees trees,
                   BoostedTrees::Fit(rows.Of(known, kMarks), labels, kFitSeed));
  ASSIGN_OR_RETURN(const BoostedTrees::Prediction at,
                   trees.Predict(rows.Of(asked, kMarks)));
  return Belief{at.mean,
                (at.sd.array().square() + trees.noise_variance()).sqrt()};
}

}  // namespace

absl::StatusOr<std::vector<Prediction>> PredictByTrees(
    const StudyText& study, absl::Span<const NamedTrial> finished,
    absl::Span<const NamedPoint> queries) {
  return PredictInStudy(ByTrees, study, finished, queries);
}

}  // namespace apogee
