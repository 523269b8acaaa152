#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "algorithms/algorithm.h"
#include "algorithms/gp/gp_acquisition.h"
#include "algorithms/gp/gp_features.h"
#include "algorithms/gp/gp_surrogate.h"
#include "algorithms/gp/gp_trials.h"
#include "algorithms/gp/local_model.h"
#include "algorithms/point_set.h"
#include "algorithms/registry.h"

namespace apogee {

// Gaussian processes, one per metric, say what is known of every point; an
// acquisition says what is worth a trial.
class GpSearch : public Algorithm {
 public:
  // `explores`: whether some trials are pure exploration (GP-UCB-PE).
  GpSearch(const Problem& problem, bool explores);

  // The options that both algorithms have.
  static std::vector<OptionSpec> Options();
  // As AlgorithmInfo::explain: how many results the suggestion knew, its source
  // ("seed", "exploit", "near" the best, "explore"), and Fallback.
  static std::string Explain(absl::string_view memo, double sign);
  // What the suggestion with this memo did without, because the numbers did not
  // allow it; empty if nothing.
  static std::string Fallback(absl::string_view memo);

  absl::Status Observe(absl::Span<const Observation> finished) override;
  absl::StatusOr<std::vector<Suggestion>> Suggest(
      const Ask& ask) const override;

  // What all finished trials say; null when the numbers do not allow a model.
  // Until the next Observe.
  const GpSurrogate* Model() const;

 private:
  Point SeedPoint(int64_t ordinal, const Rng& rng,
                  const PointSetOverlay& known) const;
  GpAcquisition::Kind Choose(absl::Span<const Pending> pending,
                             RandomStream& random) const;
  Suggestion Search(const GpSurrogate& everywhere,
                    absl::Span<const Pending> pending,
                    const PointSetOverlay& known, RandomStream& random) const;
  // What there is around the best trial, if it is worth a look.
  std::optional<LocalModel> Near(absl::Span<const Pending> pending) const;

  const SearchSpace& space_;
  const std::vector<Goal> goals_;
  const bool explores_;
  const int64_t initial_trials_;
  const double optimism_;
  const int candidates_;
  GpFeatures features_;
  // All points, where their combinations are no more than candidates.
  std::vector<Point> every_;
  GpTrials trials_;
  PointSet known_;

  // Only caches: they follow from `trials_`.
  mutable std::optional<GpSurrogate> surrogate_;
  mutable int64_t fit_ = 0;
  mutable std::optional<LocalModel> near_;
  mutable int64_t near_count_ = 0;
};

}  // namespace apogee
