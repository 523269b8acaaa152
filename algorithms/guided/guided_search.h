#pragma once

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "algorithms/algorithm.h"
#include "algorithms/gp/gp_features.h"
#include "algorithms/gp/gp_search.h"
#include "algorithms/guided/expert.h"
#include "algorithms/guided/gate.h"
#include "algorithms/guided/prior_models.h"
#include "algorithms/guided/process_expert.h"
#include "algorithms/guided/study_record.h"
#include "algorithms/guided/trees_expert.h"
#include "algorithms/point_set.h"
#include "algorithms/registry.h"

namespace apogee {

// Several sources predict what points are worth: the Gaussian processes and the
// boosted trees of the study, the processes of prior studies, trained
// regressors. A gate gives each of them a share of the trials by how well it
// predicted those before.
class GuidedSearch : public Algorithm {
 public:
  // The problem has one objective.
  explicit GuidedSearch(const Problem& problem);

  static std::vector<OptionSpec> Options();
  // As AlgorithmInfo::explain, by GuidedMemo::ToJson.
  static std::string Explain(absl::string_view memo, double sign);

  absl::Status Observe(absl::Span<const Observation> finished) override;
  absl::StatusOr<std::vector<Suggestion>> Suggest(
      const Ask& ask) const override;

 private:
  // One point; the process's where the source fails whose turn it is.
  absl::StatusOr<Suggestion> SuggestOne(int64_t ordinal, const Rng& rng,
                                        absl::Span<const Pending> pending,
                                        const PointSetOverlay& known) const;
  // Those that can say anything now; the process is always among them.
  std::vector<const Expert*> Ready() const;
  Source Choose(const std::vector<const Expert*>& ready, int64_t ordinal) const;
  // The point for which the expert has the largest hopes.
  absl::StatusOr<Point> Search(const Expert& expert,
                               absl::Span<const Pending> pending,
                               const PointSetOverlay& known,
                               RandomStream& random) const;
  GuidedMemo Memo(Source chosen, const std::vector<const Expert*>& ready,
                  absl::Span<const Pending> pending, const Point& point) const;

  const SearchSpace& space_;
  // May be null.
  const std::shared_ptr<const Background> background_;
  const double optimism_;
  const int candidates_;
  const int network_candidates_;
  const GpFeatures features_;
  const PriorModels priors_;
  GpSearch search_;
  StudyRecord record_;
  Gate gate_;
  PointSet known_;
  ProcessExpert process_;
  TreesExpert trees_;
  // What the background brings.
  std::vector<std::unique_ptr<Expert>> others_;
};

}  // namespace apogee
