#include "algorithms/regressor/training_data.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

constexpr int kStrangeTexts = 64;
constexpr int kStrangeLetters = 6;

}  // namespace

absl::StatusOr<TrainingData> TrainingData::Make(
    absl::Span<const NamedStudy> studies, int buckets) {
  TrainingData data(buckets);
  double sum = 0;
  for (const NamedStudy& study : studies) {
    RETURN_IF_ERROR(CheckStudy(study));
    if (std::none_of(
            study.trials.begin(), study.trials.end(),
            [](const NamedTrial& trial) { return trial.value.has_value(); })) {
      continue;
    }
    data.studies_.push_back(Tokenize(study, data.vocabulary_));
    sum += std::sqrt(static_cast<double>(study.trials.size()));
    data.shares_.push_back(sum);
  }
  if (data.studies_.empty()) {
    return absl::FailedPreconditionError(
        "no study with a feasible trial to learn from; give at least one");
  }
  RandomStream letters = Rng(0).At(0);
  data.strange_.reserve(kStrangeTexts);
  for (int i = 0; i < kStrangeTexts; ++i) {
    std::string text;
    for (int j = 0; j < kStrangeLetters; ++j) {
      text += static_cast<char>('a' + letters.Below(26));
    }
    data.strange_.push_back(data.vocabulary_.Add(text));
  }
  return data;
}

const TokenStudy& TrainingData::Draw(RandomStream& random) const {
  const double at = random.Uniform() * shares_.back();
  const auto found = std::upper_bound(shares_.begin(), shares_.end(), at);
  const auto index = static_cast<size_t>(found - shares_.begin());
  return studies_[std::min(index, studies_.size() - 1)];
}

int TrainingData::StrangeText(RandomStream& random) const {
  return strange_[random.Below(strange_.size())];
}

int Disguise::operator()(int text, RandomStream& random) {
  const auto [found, is_new] = strange_.try_emplace(text, 0);
  if (is_new) found->second = data_.StrangeText(random);
  return found->second;
}

}  // namespace apogee
