#include "algorithms/regressor/training_run.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "algorithms/regressor/context_regressor.h"
#include "algorithms/regressor/text_regressor.h"
#include "base/rng.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr NetworkShape kTiny = {.layers = 1,
                                .width = 16,
                                .heads = 2,
                                .hidden = 32,
                                .buckets = 256,
                                .piece_width = 8};

NamedStudy Study(int number, int trials) {
  RandomStream random = Rng(4).At(static_cast<uint64_t>(number));
  NamedStudy study{{"loss", false, {{"job", absl::StrCat("job ", number)}}},
                   {}};
  study.trials.reserve(static_cast<size_t>(trials));
  for (int i = 0; i < trials; ++i) {
    const double x = random.Uniform();
    const double y = random.Uniform();
    study.trials.push_back({{{"x", x}, {"y", y}}, x + 2 * y});
  }
  return study;
}

std::vector<NamedStudy> Studies(int count, int trials) {
  std::vector<NamedStudy> studies;
  studies.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) studies.push_back(Study(i, trials));
  return studies;
}

std::set<std::string> Jobs(const std::vector<NamedStudy>& studies) {
  std::set<std::string> jobs;
  for (const NamedStudy& study : studies) {
    jobs.insert(study.text.metadata[0].second);
  }
  return jobs;
}

// By the jobs' names alone.
StudySplit Split(const std::vector<NamedStudy>& studies) {
  std::vector<std::string> keys;
  keys.reserve(studies.size());
  for (const NamedStudy& study : studies) {
    keys.push_back(study.text.metadata[0].second);
  }
  return SplitStudies(studies, keys).value();
}

TEST(SplitStudiesTest, EveryStudyIsOnOneSide) {
  for (const int count : {2, 9, 30, 500}) {
    const StudySplit split = Split(Studies(count, 20));
    EXPECT_EQ(split.held_out.size(),
              std::clamp<size_t>(static_cast<size_t>(count) / 10, 1, 16));
    std::set<std::string> all = Jobs(split.training);
    all.merge(Jobs(split.held_out));
    EXPECT_EQ(all.size(), static_cast<size_t>(count));
  }
  EXPECT_THAT(Jobs(Split(Studies(30, 20)).held_out),
              ElementsAre("job 0", "job 1", "job 10"));
}

TEST(SplitStudiesTest, StudiesStayOnTheirSideAsTheyGrowAndChangePlaces) {
  std::vector<NamedStudy> studies = Studies(30, 20);
  const std::set<std::string> before = Jobs(Split(studies).held_out);
  std::reverse(studies.begin(), studies.end());
  for (NamedStudy& study : studies) {
    study.trials.push_back({{{"x", 3.0}, {"y", 4.0}}, 5.0});
  }
  EXPECT_EQ(Jobs(Split(studies).held_out), before);
}

TEST(SplitStudiesTest, StudiesWithoutValuesAreNotHeldOut) {
  std::vector<NamedStudy> studies = Studies(20, 20);
  for (int i = 0; i < 19; ++i) {
    for (NamedTrial& trial : studies[static_cast<size_t>(i)].trials) {
      trial.value.reset();
    }
  }
  const StudySplit split = Split(studies);
  EXPECT_EQ(Jobs(split.held_out), std::set<std::string>{"job 19"});
}

TEST(SplitStudiesTest, TooFewStudiesAreRefused) {
  const auto refusal = [](int count, int trials) {
    const std::vector<std::string> keys(static_cast<size_t>(count));
    const absl::Status status =
        SplitStudies(Studies(count, trials), keys).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    return std::string(status.message());
  };
  EXPECT_THAT(refusal(0, 0), HasSubstr("there are 0 studies"));
  EXPECT_THAT(refusal(1, 20), HasSubstr("at least 2 studies are needed"));
  EXPECT_THAT(refusal(5, 2), HasSubstr("5 studies, 0 of them"));
}

TrainingRun Ran(ModelKind kind, int steps, uint64_t seed) {
  const StudySplit split = Split(Studies(30, 20));
  TrainingRun run = TrainingRun::Start(kind, kTiny, split, seed).value();
  for (int i = 1; i <= steps; ++i) {
    EXPECT_OK(run.Step(static_cast<double>(i) / steps));
  }
  return run;
}

class TrainingRunTest : public testing::TestWithParam<ModelKind> {};
INSTANTIATE_TEST_SUITE_P(, TrainingRunTest,
                         testing::Values(ModelKind::kText,
                                         ModelKind::kContext));

TEST_P(TrainingRunTest, LearnsAndJudgesTenTimes) {
  const TrainingRun run = Ran(GetParam(), 300, 1);
  ASSERT_EQ(run.curve().size(), 10U);
  EXPECT_EQ(run.steps(), 300);
  int64_t steps = 0;
  for (const TrainingRun::CurvePoint& point : run.curve()) {
    EXPECT_EQ(point.steps, steps += 30);
    EXPECT_NEAR(point.progress, static_cast<double>(steps) / 300, 1e-9);
  }
  EXPECT_LT(run.curve().back().loss, run.curve().front().loss);
  EXPECT_GT(run.curve().back().held_out.rank_correlation, .8);
}

TEST_P(TrainingRunTest, KeepsTheWeightsOfTheBestPoint) {
  const TrainingRun run = Ran(GetParam(), 300, 1);
  // What the kept weights score on the studies held out is the best score of
  // the curve.
  const StudySplit split = Split(Studies(30, 20));
  const auto quality = [&](const Regressor& regressor) {
    double sum = 0;
    for (const NamedStudy& study : split.held_out) {
      const auto trials = absl::MakeConstSpan(study.trials);
      const Score score = ScoreStudy(regressor, study.text, trials.first(10),
                                     trials.subspan(10))
                              .value();
      sum += score.rank_correlation - score.error;
    }
    return sum / static_cast<double>(split.held_out.size());
  };
  double best = -2;
  for (const TrainingRun::CurvePoint& point : run.curve()) {
    best =
        std::max(best, point.held_out.rank_correlation - point.held_out.error);
  }
  EXPECT_NEAR(GetParam() == ModelKind::kText
                  ? quality(TextRegressor::Load(run.best()).value())
                  : quality(ContextRegressor::Load(run.best()).value()),
              best, 1e-9);
}

TEST_P(TrainingRunTest, SameSeedSameWeights) {
  const std::string bytes = Ran(GetParam(), 20, 1).best();
  EXPECT_EQ(Ran(GetParam(), 20, 1).best(), bytes);
  EXPECT_NE(Ran(GetParam(), 20, 2).best(), bytes);
}

TEST_P(TrainingRunTest, NothingIsKeptBeforeTheFirstPoint) {
  const StudySplit split = Split(Studies(30, 20));
  TrainingRun run = TrainingRun::Start(GetParam(), kTiny, split, 1).value();
  EXPECT_OK(run.Step(.05));
  EXPECT_TRUE(run.best().empty());
  EXPECT_OK(run.Step(.1));
  EXPECT_FALSE(run.best().empty());
}

}  // namespace
}  // namespace apogee
