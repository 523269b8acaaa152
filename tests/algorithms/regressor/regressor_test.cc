#include "algorithms/regressor/regressor.h"

#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "algorithms/regressor/context_regressor.h"
#include "algorithms/regressor/score.h"
#include "algorithms/regressor/text_regressor.h"
#include "algorithms/regressor/trainer.h"
#include "base/rng.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using testing::HasSubstr;

constexpr NetworkShape kSmall = {.layers = 2,
                                 .width = 32,
                                 .heads = 2,
                                 .hidden = 64,
                                 .buckets = 512,
                                 .piece_width = 16};

// Studies of a world with one law: the best learning rate is 1e-4 on dataset
// "a" and 1e-2 on "b"; dropout does little; adam is better than sgd, whose
// momentum should be high. More than 100 units are infeasible.
NamedStudy Study(uint64_t number, int trials) {
  RandomStream random = Rng(7).At(number);
  const bool is_a = number % 2 == 0;
  NamedStudy study{{"accuracy", true, {{"dataset", is_a ? "a" : "b"}}}, {}};
  for (int i = 0; i < trials; ++i) {
    const double log_rate = -5 + 4 * random.Uniform();
    const bool adam = random.Below(2) == 0;
    const double momentum = random.Uniform();
    const double dropout = random.Uniform();
    const double units = std::round(10 + 110 * random.Uniform());
    NamedTrial trial;
    trial.point = {{"learning_rate", std::pow(10, log_rate)},
                   {"optimizer", adam ? "adam" : "sgd"},
                   {"dropout", dropout},
                   {"units", units}};
    if (!adam) trial.point.push_back({"momentum", momentum});
    const double off = log_rate - (is_a ? -4 : -2);
    if (units <= 100) {
      trial.value = 90 - 8 * off * off - 3 * dropout -
                    (adam ? 0 : 5 + 10 * (1 - momentum)) + .2 * random.Normal();
    }
    study.trials.push_back(trial);
  }
  return study;
}

constexpr uint64_t kUnseen = 1000;

using NewTrainer = absl::StatusOr<std::unique_ptr<Trainer>>(
    absl::Span<const NamedStudy>, const NetworkShape&, uint64_t);

std::unique_ptr<Trainer> Trained(NewTrainer* make, const NetworkShape& shape,
                                 int steps) {
  std::vector<NamedStudy> studies;
  studies.reserve(40);
  for (uint64_t i = 0; i < 40; ++i) studies.push_back(Study(i, 30));
  std::unique_ptr<Trainer> trainer = make(studies, shape, 1).value();
  for (int i = 0; i < steps; ++i) {
    trainer->Step(static_cast<double>(i) / steps);
  }
  return trainer;
}

// Trained once for all tests.
const TextRegressor& Text() {
  static const Trainer* const trainer =
      Trained(NewTextTrainer, kSmall, 500).release();
  return dynamic_cast<const TextRegressor&>(trainer->regressor());
}
const ContextRegressor& Context() {
  static const Trainer* const trainer =
      Trained(NewContextTrainer, kSmall, 3000).release();
  return dynamic_cast<const ContextRegressor&>(trainer->regressor());
}

Score MeanScore(const TrainedRegressor& regressor, size_t finished,
                const std::function<void(NamedStudy&)>& change = {}) {
  Score sum{0, 0};
  constexpr int kStudies = 10;
  for (uint64_t i = 0; i < kStudies; ++i) {
    NamedStudy study = Study(kUnseen + i, 60);
    if (change) change(study);
    const auto trials = absl::MakeConstSpan(study.trials);
    const Score score = ScoreStudy(regressor, study.text,
                                   trials.first(finished), trials.subspan(20))
                            .value();
    sum.error += score.error / kStudies;
    sum.rank_correlation += score.rank_correlation / kStudies;
  }
  return sum;
}

std::vector<NamedPoint> Points(const NamedStudy& study) {
  std::vector<NamedPoint> points;
  points.reserve(study.trials.size());
  for (const NamedTrial& trial : study.trials) points.push_back(trial.point);
  return points;
}

void Rename(NamedStudy& study) {
  for (auto& [key, value] : study.text.metadata) value = "zzz";
  for (NamedTrial& trial : study.trials) {
    for (NamedValue& parameter : trial.point) {
      parameter.name = absl::StrCat("q", parameter.name.size());
    }
  }
}

TEST(TextRegressorTest, RanksAStudyThatHasNoTrialYet) {
  const Score score = MeanScore(Text(), 0);
  EXPECT_GT(score.rank_correlation, .9);
  EXPECT_LT(score.error, .08);
}

TEST(TextRegressorTest, KnowsWhatItKnowsByTheNames) {
  EXPECT_LT(MeanScore(Text(), 0, Rename).rank_correlation, .5);
}

TEST(TextRegressorTest, TuningTeachesItAStudyOfAnotherKind) {
  // What was good is bad here.
  NamedStudy study = Study(kUnseen, 60);
  for (NamedTrial& trial : study.trials) {
    if (trial.value) trial.value = 100 - *trial.value;
  }
  const auto trials = absl::MakeConstSpan(study.trials);
  const TextRegressor tuned =
      Text().Tuned(study.text, trials.first(30), 150, 1).value();
  const auto judged = trials.subspan(30);
  EXPECT_LT(ScoreStudy(Text(), study.text, {}, judged)->rank_correlation, -.5);
  EXPECT_GT(ScoreStudy(tuned, study.text, {}, judged)->rank_correlation, .3);
}

TEST(ContextRegressorTest, PredictsFromFewTrials) {
  const Score few = MeanScore(Context(), 3);
  const Score more = MeanScore(Context(), 20);
  EXPECT_GT(few.rank_correlation, .8);
  EXPECT_GT(more.rank_correlation, .9);
  EXPECT_LT(more.error, few.error);
  EXPECT_LT(more.error, .1);
}

TEST(ContextRegressorTest, DoesNotCareAboutTheUnitOfTheMetric) {
  NamedStudy study = Study(kUnseen, 40);
  const auto finished = absl::MakeConstSpan(study.trials).first(20);
  const std::vector<NamedPoint> queries = Points(study);
  const auto plain = Context().Predict(study.text, finished, queries).value();
  std::vector<NamedTrial> scaled(finished.begin(), finished.end());
  for (NamedTrial& trial : scaled) {
    if (trial.value) trial.value = 1e6 * *trial.value + 5e6;
  }
  const auto other = Context().Predict(study.text, scaled, queries).value();
  for (size_t i = 0; i < plain.size(); ++i) {
    EXPECT_NEAR(other[i].Median(), 1e6 * plain[i].Median() + 5e6, 2e3);
  }
}

TEST(ContextRegressorTest, AnswersEachQueryAsIfItWereAlone) {
  const NamedStudy study = Study(kUnseen, 300);
  const auto finished = absl::MakeConstSpan(study.trials).first(10);
  const std::vector<NamedPoint> queries = Points(study);
  const auto together =
      Context().Predict(study.text, finished, queries).value();
  ASSERT_EQ(together.size(), queries.size());
  for (size_t i = 0; i < queries.size(); i += 37) {
    const auto alone =
        Context().Predict(study.text, finished, {queries[i]}).value();
    EXPECT_NEAR(alone[0].Median(), together[i].Median(), 1e-3);
  }
}

TEST(ContextRegressorTest, NeedsAFeasibleTrial) {
  const NamedStudy study = Study(kUnseen, 2);
  EXPECT_THAT(
      Context().Predict(study.text, {}, Points(study)).status().message(),
      HasSubstr("no feasible trial"));
}

class EveryRegressorTest
    : public testing::TestWithParam<const TrainedRegressor& (*)()> {};

const TrainedRegressor& AnyText() { return Text(); }
const TrainedRegressor& AnyContext() { return Context(); }
std::string RegressorName(
    const testing::TestParamInfo<const TrainedRegressor& (*)()>& tested) {
  return tested.param == AnyText ? "Text" : "Context";
}
INSTANTIATE_TEST_SUITE_P(, EveryRegressorTest,
                         testing::Values(AnyText, AnyContext), RegressorName);

TEST_P(EveryRegressorTest, QuantilesRise) {
  const NamedStudy study = Study(kUnseen, 60);
  const auto finished = absl::MakeConstSpan(study.trials).first(10);
  const auto predictions =
      GetParam()().Predict(study.text, finished, Points(study)).value();
  for (const Prediction& prediction : predictions) {
    for (size_t i = 1; i < kQuantiles.size(); ++i) {
      EXPECT_GT(prediction.quantiles[i], prediction.quantiles[i - 1]);
    }
  }
}

TEST_P(EveryRegressorTest, QuantilesCoverWhatTheySay) {
  double inside = 0;
  double all = 0;
  for (uint64_t i = 0; i < 20; ++i) {
    const NamedStudy study = Study(kUnseen + i, 40);
    const auto finished = absl::MakeConstSpan(study.trials).first(10);
    const auto predictions =
        GetParam()().Predict(study.text, finished, Points(study)).value();
    for (size_t t = 10; t < study.trials.size(); ++t) {
      if (!study.trials[t].value) continue;
      ++all;
      if (predictions[t].quantiles.front() < *study.trials[t].value &&
          *study.trials[t].value < predictions[t].quantiles.back()) {
        ++inside;
      }
    }
  }
  // 90 %, as the quantiles say, give or take.
  EXPECT_GT(inside / all, .7);
}

TEST_P(EveryRegressorTest, KnowsWhichTrialsFail) {
  std::vector<double> scores;
  std::vector<bool> feasible;
  for (uint64_t i = 0; i < 10; ++i) {
    const NamedStudy study = Study(kUnseen + i, 60);
    const auto finished = absl::MakeConstSpan(study.trials).first(10);
    const auto predictions =
        GetParam()().Predict(study.text, finished, Points(study)).value();
    for (size_t t = 10; t < study.trials.size(); ++t) {
      scores.push_back(predictions[t].p_feasible);
      feasible.push_back(study.trials[t].value.has_value());
    }
  }
  EXPECT_GT(RankingQuality(scores, feasible), .85);
}

TEST_P(EveryRegressorTest, TakesAnySpaceAndAnySubsetOfIt) {
  const NamedStudy study = Study(kUnseen, 10);
  const std::vector<NamedPoint> queries = {
      {},
      {{"never seen", 1e300}},
      {{"never seen", -1e-300}, {"", ""}, {"größe", "groß"}},
      {{"momentum", .5}},
  };
  const auto predictions =
      GetParam()().Predict(study.text, study.trials, queries).value();
  ASSERT_EQ(predictions.size(), 4U);
  for (const Prediction& prediction : predictions) {
    for (const double value : prediction.quantiles) {
      EXPECT_TRUE(std::isfinite(value));
    }
    EXPECT_TRUE(prediction.p_feasible >= 0 && prediction.p_feasible <= 1);
  }
}

TEST_P(EveryRegressorTest, RefusesWhatIsNoPoint) {
  const NamedStudy study = Study(kUnseen, 10);
  const auto refusal = [&](const NamedPoint& point) {
    return std::string(GetParam()()
                           .Predict(study.text, study.trials, {point})
                           .status()
                           .message());
  };
  EXPECT_THAT(refusal({{"x", 1.0}, {"x", 2.0}}), HasSubstr("'x' has two"));
  EXPECT_THAT(refusal({{"x", std::numeric_limits<double>::infinity()}}),
              HasSubstr("'x' is inf"));
}

std::vector<Prediction> Reloaded(const std::string& bytes,
                                 const NamedStudy& study) {
  const auto text = TextRegressor::Load(bytes);
  if (text.ok()) {
    return text->Predict(study.text, study.trials, Points(study)).value();
  }
  return ContextRegressor::Load(bytes)
      .value()
      .Predict(study.text, study.trials, Points(study))
      .value();
}

TEST_P(EveryRegressorTest, ComesBackFromItsBytes) {
  const NamedStudy study = Study(kUnseen, 10);
  const auto before =
      GetParam()().Predict(study.text, study.trials, Points(study)).value();
  const auto after = Reloaded(GetParam()().Serialize(), study);
  for (size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(before[i].quantiles, after[i].quantiles);
    EXPECT_EQ(before[i].p_feasible, after[i].p_feasible);
  }
}

TEST_P(EveryRegressorTest, DamagedBytesAreRefused) {
  const std::string bytes = GetParam()().Serialize();
  const auto is_refused = [](const std::string& damaged) {
    return !TextRegressor::Load(damaged).ok() &&
           !ContextRegressor::Load(damaged).ok();
  };
  EXPECT_FALSE(is_refused(bytes));
  RandomStream random = Rng(8).At(0);
  for (int i = 0; i < 50; ++i) {
    std::string damaged = bytes;
    // The header at least as often as the rest.
    const size_t at = random.Below(i % 2 == 0 ? 48 : bytes.size());
    damaged[at] = static_cast<char>(damaged[at] ^ 1 << random.Below(8));
    EXPECT_TRUE(is_refused(damaged)) << at;
  }
  for (const size_t size :
       {size_t{0}, size_t{7}, size_t{30}, bytes.size() / 2, bytes.size() - 1}) {
    EXPECT_TRUE(is_refused(bytes.substr(0, size))) << size;
  }
  EXPECT_TRUE(is_refused(bytes + "x"));
}

TEST(TrainerTest, SameSeedSameWeights) {
  for (NewTrainer* make : {&NewTextTrainer, &NewContextTrainer}) {
    const std::string bytes = Trained(make, kSmall, 5)->regressor().Serialize();
    EXPECT_EQ(Trained(make, kSmall, 5)->regressor().Serialize(), bytes);
    EXPECT_NE(Trained(make, kSmall, 6)->regressor().Serialize(), bytes);
  }
}

TEST(TrainerTest, RefusesWhatTeachesNothing) {
  for (NewTrainer* make : {&NewTextTrainer, &NewContextTrainer}) {
    EXPECT_THAT(make({}, kSmall, 1).status().message(),
                HasSubstr("no study with a feasible trial"));
    NamedStudy study = Study(0, 3);
    study.trials[1].value = std::nan("");
    EXPECT_THAT(make({study}, kSmall, 1).status().message(),
                HasSubstr("'accuracy' is nan"));
  }
}

}  // namespace
}  // namespace apogee
