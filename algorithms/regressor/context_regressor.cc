#include "algorithms/regressor/context_regressor.h"

#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "algorithms/regressor/model_bytes.h"
#include "algorithms/regressor/outcome_warp.h"
#include "base/rng.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

// Queries that are computed together.
constexpr size_t kBatch = 256;

}  // namespace

ContextRegressor::ContextRegressor(const NetworkShape& shape, uint64_t seed)
    : network_(shape, Rng(seed).At(0)) {}

absl::StatusOr<ContextRegressor> ContextRegressor::Load(
    absl::string_view bytes) {
  ASSIGN_OR_RETURN(const ModelBytes model,
                   UnwrapModel(ModelKind::kContext, bytes));
  ContextRegressor regressor(model.shape, 0);
  RETURN_IF_ERROR(regressor.network_.weights().Restore(model.weights));
  return regressor;
}

std::string ContextRegressor::Serialize() const {
  return WrapModel(ModelKind::kContext, network_.shape(),
                   network_.weights().Serialize());
}

absl::StatusOr<std::vector<Prediction>> ContextRegressor::Predict(
    const StudyText& study, absl::Span<const NamedTrial> finished,
    absl::Span<const NamedPoint> queries) const {
  RETURN_IF_ERROR(CheckStudy({study, {finished.begin(), finished.end()}}));
  for (const NamedPoint& query : queries) RETURN_IF_ERROR(CheckPoint(query));
  std::vector<double> values;
  values.reserve(finished.size());
  for (const NamedTrial& trial : finished) {
    if (trial.value) values.push_back(*trial.value);
  }
  if (values.empty()) {
    return absl::FailedPreconditionError(
        "no feasible trial to predict from; finish one first");
  }
  const OutcomeWarp warp(values, study.maximize);

  Vocabulary vocabulary(network_.shape().buckets);
  Episode episode;
  episode.study_tokens = StudyTokens(study, vocabulary);
  episode.known.reserve(finished.size());
  for (const NamedTrial& trial : finished) {
    episode.known.push_back({PointTokens(trial.point, vocabulary),
                             trial.value ? warp.Warp(*trial.value) : 0,
                             trial.value.has_value()});
  }
  std::vector<Prediction> predictions;
  predictions.reserve(queries.size());
  Tape<float> tape(false);
  for (size_t begin = 0; begin < queries.size(); begin += kBatch) {
    episode.queries.clear();
    for (const NamedPoint& query : queries.subspan(begin, kBatch)) {
      episode.queries.push_back({PointTokens(query, vocabulary), 0, true});
    }
    for (const Belief& belief : network_.Predict(tape, vocabulary, episode)) {
      Prediction prediction;
      prediction.p_feasible = belief.p_feasible;
      for (size_t i = 0; i < kQuantiles.size(); ++i) {
        // Small values of a metric to be minimized are large warped ones.
        const double z =
            study.maximize ? kNormalQuantiles[i] : -kNormalQuantiles[i];
        prediction.quantiles[i] =
            warp.Unwarp(belief.mean + z * belief.deviation);
      }
      predictions.push_back(prediction);
    }
  }
  return predictions;
}

}  // namespace apogee
