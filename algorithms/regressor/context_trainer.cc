#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

#include "algorithms/regressor/context_regressor.h"
#include "algorithms/regressor/outcome_warp.h"
#include "algorithms/regressor/trainer.h"
#include "algorithms/regressor/training_data.h"
#include "base/rng.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

constexpr size_t kBatch = 16;
constexpr double kLearningRate = 1e-3;
constexpr double kWeightDecay = .01;
// Rows of an episode, and how many of them may be known.
constexpr size_t kMostRows = 60;
constexpr size_t kMostKnown = 50;
// How often the metadata is missing, and all texts of an episode are strange.
constexpr double kNoMetadata = .15;
constexpr double kStrangeTexts = .15;
// Values further off than this are wild.
constexpr double kFarthest = 6;

class ContextTrainer : public Trainer {
 public:
  ContextTrainer(TrainingData data, const NetworkShape& shape, uint64_t seed)
      : data_(std::move(data)),
        regressor_(shape, seed),
        rng_(Rng(seed).Fork(1)),
        optimizer_(regressor_.network().weights()) {
    regressor_.network().PrepareTraining(optimizer_);
  }

  double Step(double progress) override {
    RandomStream random = rng_.At(steps_++);
    std::vector<Episode> episodes;
    episodes.reserve(kBatch);
    // A study whose first trials are all infeasible teaches nothing.
    for (size_t tries = 0; tries < 10 * kBatch && episodes.size() < kBatch;
         ++tries) {
      Episode episode = Draw(random);
      if (!episode.queries.empty()) episodes.push_back(std::move(episode));
    }
    if (episodes.empty()) return 0;
    const double loss = regressor_.network().Loss(tape_, optimizer_,
                                                  data_.vocabulary(), episodes);
    optimizer_.Step(kLearningRate * LearningRateShare(progress), kWeightDecay);
    return loss;
  }

  const TrainedRegressor& regressor() const override { return regressor_; }

 private:
  // Without queries if the study has too few trials.
  Episode Draw(RandomStream& random) const {
    const TokenStudy& study = data_.Draw(random);
    std::vector<size_t> order(study.trials.size());
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), random);
    order.resize(std::min(order.size(), kMostRows));
    // Few known trials are as important as many: by the logarithm.
    const auto most =
        std::min(kMostKnown, order.size() - std::min<size_t>(order.size(), 1));
    const auto known = static_cast<size_t>(
        std::pow(static_cast<double>(most + 1), random.Uniform()));
    std::vector<double> values;
    for (size_t i = 0; i < std::min(known, order.size()); ++i) {
      const TokenTrial& trial = study.trials[order[i]];
      if (trial.value) values.push_back(*trial.value);
    }
    Episode episode;
    if (values.empty()) return episode;
    const OutcomeWarp warp(values, study.maximize);

    const bool no_metadata = random.Uniform() < kNoMetadata;
    const bool strange = random.Uniform() < kStrangeTexts;
    Disguise disguise(data_);
    const auto disguised = [&](std::vector<Token> tokens) {
      if (!strange) return tokens;
      for (Token& token : tokens) {
        token.name = disguise(token.name, random);
        if (token.word >= 0) token.word = disguise(token.word, random);
      }
      return tokens;
    };
    episode.study_tokens = disguised(study.tokens);
    if (no_metadata) episode.study_tokens.resize(1);
    episode.known.reserve(known);
    episode.queries.reserve(order.size() - known);
    for (size_t i = 0; i < order.size(); ++i) {
      const TokenTrial& trial = study.trials[order[i]];
      Episode::Row row{disguised(trial.tokens), 0, trial.value.has_value()};
      if (trial.value) {
        row.value = std::clamp(warp.Warp(*trial.value), -kFarthest, kFarthest);
      }
      (i < known ? episode.known : episode.queries).push_back(std::move(row));
    }
    return episode;
  }

  TrainingData data_;
  ContextRegressor regressor_;
  Rng rng_;
  AdamW<float> optimizer_;
  Tape<float> tape_{true};
  uint64_t steps_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Trainer>> NewContextTrainer(
    absl::Span<const NamedStudy> studies, const NetworkShape& shape,
    uint64_t seed) {
  ASSIGN_OR_RETURN(TrainingData data,
                   TrainingData::Make(studies, shape.buckets));
  return std::make_unique<ContextTrainer>(std::move(data), shape, seed);
}

}  // namespace apogee
