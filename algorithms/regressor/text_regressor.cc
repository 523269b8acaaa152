#include "algorithms/regressor/text_regressor.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "algorithms/regressor/model_bytes.h"
#include "base/rng.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

// Queries that are computed together.
constexpr size_t kBatch = 128;
// Trials in one step of tuning.
constexpr size_t kTuningBatch = 64;
// Fewer trials teach less: from here on the learning rate is the highest.
constexpr double kEnoughTrials = 40;
constexpr double kTuningRate = 5e-4;

}  // namespace

TextRegressor::TextRegressor(const NetworkShape& shape, uint64_t seed)
    : network_(shape, Rng(seed).At(0)) {}

absl::StatusOr<TextRegressor> TextRegressor::Load(absl::string_view bytes) {
  ASSIGN_OR_RETURN(const ModelBytes model,
                   UnwrapModel(ModelKind::kText, bytes));
  TextRegressor regressor(model.shape, 0);
  RETURN_IF_ERROR(regressor.network_.weights().Restore(model.weights));
  return regressor;
}

std::string TextRegressor::Serialize() const {
  return WrapModel(ModelKind::kText, network_.shape(),
                   network_.weights().Serialize());
}

absl::StatusOr<std::vector<Prediction>> TextRegressor::Predict(
    const StudyText& study, absl::Span<const NamedTrial> finished,
    absl::Span<const NamedPoint> queries) const {
  for (const NamedPoint& query : queries) RETURN_IF_ERROR(CheckPoint(query));
  Vocabulary vocabulary(network_.shape().buckets);
  const std::vector<Token> study_tokens = StudyTokens(study, vocabulary);
  std::vector<Prediction> predictions;
  predictions.reserve(queries.size());
  Tape<float> tape(false);
  std::vector<TokenSequence> sequences;
  sequences.reserve(kBatch);
  for (size_t begin = 0; begin < queries.size(); begin += kBatch) {
    sequences.clear();
    for (const NamedPoint& query : queries.subspan(begin, kBatch)) {
      TokenSequence sequence = study_tokens;
      const std::vector<Token> own = PointTokens(query, vocabulary);
      sequence.insert(sequence.end(), own.begin(), own.end());
      sequences.push_back(std::move(sequence));
    }
    const std::vector<Prediction> batch =
        network_.Predict(tape, vocabulary, sequences);
    predictions.insert(predictions.end(), batch.begin(), batch.end());
  }
  return predictions;
}

absl::StatusOr<TextRegressor> TextRegressor::Tuned(
    const StudyText& study, absl::Span<const NamedTrial> finished, int steps,
    uint64_t seed) const {
  RETURN_IF_ERROR(CheckStudy({study, {finished.begin(), finished.end()}}));
  TextRegressor tuned = *this;
  if (finished.empty()) return tuned;
  Vocabulary vocabulary(network_.shape().buckets);
  const std::vector<Token> study_tokens = StudyTokens(study, vocabulary);
  std::vector<TokenSequence> sequences;
  std::vector<NumberTokens> numbers;
  sequences.reserve(finished.size());
  numbers.reserve(finished.size());
  for (const NamedTrial& trial : finished) {
    TokenSequence sequence = study_tokens;
    const std::vector<Token> own = PointTokens(trial.point, vocabulary);
    sequence.insert(sequence.end(), own.begin(), own.end());
    sequences.push_back(std::move(sequence));
    numbers.push_back(trial.value ? EncodeNumber(*trial.value)
                                  : kInfeasibleTokens);
  }
  AdamW<float> optimizer(tuned.network_.weights());
  tuned.network_.PrepareTraining(optimizer);
  Tape<float> tape(true);
  const double rate =
      kTuningRate *
      std::min(static_cast<double>(finished.size()) / kEnoughTrials, 1.0);
  const Rng rng(seed);
  for (int step = 0; step < steps; ++step) {
    std::vector<TokenSequence> batch;
    std::vector<NumberTokens> targets;
    if (finished.size() <= kTuningBatch) {
      batch = sequences;
      targets = numbers;
    } else {
      RandomStream random = rng.At(static_cast<uint64_t>(step));
      batch.reserve(kTuningBatch);
      targets.reserve(kTuningBatch);
      for (size_t i = 0; i < kTuningBatch; ++i) {
        const size_t drawn = random.Below(finished.size());
        batch.push_back(sequences[drawn]);
        targets.push_back(numbers[drawn]);
      }
    }
    tuned.network_.Loss(tape, optimizer, vocabulary, batch, targets);
    optimizer.Step(rate, 0);
  }
  return tuned;
}

}  // namespace apogee
