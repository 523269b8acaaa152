#include <cstddef>
#include <utility>
#include <vector>

#include "algorithms/regressor/number_code.h"
#include "algorithms/regressor/text_regressor.h"
#include "algorithms/regressor/trainer.h"
#include "algorithms/regressor/training_data.h"
#include "base/rng.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

constexpr size_t kBatch = 64;
constexpr double kLearningRate = 1.5e-3;
constexpr double kWeightDecay = .01;
// How often a piece of metadata is missing, and a parameter's name is strange.
constexpr double kNoMetadata = .15;
constexpr double kStrangeName = .05;

class TextTrainer : public Trainer {
 public:
  TextTrainer(TrainingData data, const NetworkShape& shape, uint64_t seed)
      : data_(std::move(data)),
        regressor_(shape, seed),
        rng_(Rng(seed).Fork(1)),
        optimizer_(regressor_.network().weights()) {
    regressor_.network().PrepareTraining(optimizer_);
  }

  double Step(double progress) override {
    RandomStream random = rng_.At(steps_++);
    std::vector<TokenSequence> sequences(kBatch);
    std::vector<NumberTokens> numbers(kBatch);
    for (size_t i = 0; i < kBatch; ++i) {
      const TokenStudy& study = data_.Draw(random);
      const TokenTrial& trial = study.trials[random.Below(study.trials.size())];
      sequences[i] = Sequence(study, trial, random);
      numbers[i] = trial.value ? EncodeNumber(*trial.value) : kInfeasibleTokens;
    }
    const double loss = regressor_.network().Loss(
        tape_, optimizer_, data_.vocabulary(), sequences, numbers);
    optimizer_.Step(kLearningRate * LearningRateShare(progress), kWeightDecay);
    return loss;
  }

  const TrainedRegressor& regressor() const override { return regressor_; }

 private:
  TokenSequence Sequence(const TokenStudy& study, const TokenTrial& trial,
                         RandomStream& random) const {
    TokenSequence sequence;
    sequence.reserve(study.tokens.size() + trial.tokens.size());
    for (const Token& token : study.tokens) {
      // The first one is the metric.
      if (!sequence.empty() && random.Uniform() < kNoMetadata) continue;
      sequence.push_back(token);
    }
    for (Token token : trial.tokens) {
      if (random.Uniform() < kStrangeName) {
        token.name = data_.StrangeText(random);
      }
      sequence.push_back(token);
    }
    return sequence;
  }

  TrainingData data_;
  TextRegressor regressor_;
  Rng rng_;
  AdamW<float> optimizer_;
  Tape<float> tape_{true};
  uint64_t steps_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Trainer>> NewTextTrainer(
    absl::Span<const NamedStudy> studies, const NetworkShape& shape,
    uint64_t seed) {
  ASSIGN_OR_RETURN(TrainingData data,
                   TrainingData::Make(studies, shape.buckets));
  return std::make_unique<TextTrainer>(std::move(data), shape, seed);
}

}  // namespace apogee
