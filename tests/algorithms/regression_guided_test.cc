#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "algorithms/guided/guided_memo.h"
#include "algorithms/guided/named_points.h"
#include "algorithms/variation.h"
#include "tests/algorithms/algorithm_testing.h"
#include "tests/algorithms/simulated_study.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

constexpr char kName[] = "REGRESSION_GUIDED";

// A network with a rate that depends on its optimizer, in some bounds.
SearchSpace Network(int max_units) {
  return MakeSpace(
      absl::StrCat(R"pb(
                     parameters {
                       parameter_id: "rate"
                       double_value_spec { min_value: 1e-5 max_value: 1 }
                       scale_type: UNIT_LOG_SCALE
                     }
                     parameters {
                       parameter_id: "optimizer"
                       categorical_value_spec { values: "adam" values: "sgd" }
                       conditional_parameter_specs {
                         parent_categorical_values { values: "sgd" }
                         parameter_spec {
                           parameter_id: "momentum"
                           double_value_spec { min_value: 0 max_value: 1 }
                         }
                       }
                     }
                     parameters {
                       parameter_id: "dropout"
                       double_value_spec { min_value: 0 max_value: 0.8 }
                     })pb",
                   "parameters { parameter_id: 'units' "
                   "integer_value_spec { min_value: 8 max_value: ",
                   max_units, " } scale_type: UNIT_LOG_SCALE }"));
}

// What it measures on a data set: 0 is the best there is.
double Measure(const NamedPoint& point, double dataset) {
  double sum = 0;
  for (const NamedValue& each : point) {
    if (each.name == "optimizer") {
      sum += std::get<std::string>(each.value) == "sgd" ? 0 : 0.3;
      continue;
    }
    const double value = std::get<double>(each.value);
    const double miss =
        each.name == "rate"       ? std::log10(value) + 2 + dataset
        : each.name == "units"    ? std::log2(value / 100) / 2 - dataset
        : each.name == "momentum" ? 2 * (value - 0.9)
                                  : 2 * (value - 0.2 - dataset / 2);
    sum += miss * miss;
  }
  return -sum;
}

Evaluate OnDataset(const SearchSpace& space, double dataset) {
  return [&space, dataset](const Point& point) {
    return std::vector<double>{Measure(ToNamed(space, point), dataset)};
  };
}

// Random trials of three other data sets, in other bounds. `sign` -1 says that
// all of it was the other way around.
std::shared_ptr<Background> Priors(double sign) {
  const SearchSpace space = Network(/*max_units=*/4096);
  auto background = std::make_shared<Background>();
  background->text.metric = "accuracy";
  for (const double dataset : {-0.2, 0.1, 0.2}) {
    PriorStudy prior = {absl::StrCat("dataset ", dataset), {}};
    RandomStream random = Rng(17).At(background->priors.size());
    for (int i = 0; i < 80; ++i) {
      const NamedPoint point = ToNamed(space, RandomPoint(space, random));
      prior.study.trials.push_back({point, sign * Measure(point, dataset)});
    }
    background->priors.push_back(prior);
  }
  return background;
}

// Knows what a measurement will be, or believes the opposite.
class Oracle : public Regressor {
 public:
  explicit Oracle(double sign) : sign_(sign) {}

  absl::StatusOr<std::vector<Prediction>> Predict(
      const StudyText&, absl::Span<const NamedTrial>,
      absl::Span<const NamedPoint> queries) const override {
    std::vector<Prediction> predictions;
    predictions.reserve(queries.size());
    for (const NamedPoint& query : queries) {
      Prediction prediction = {{}, 1};
      const double middle = sign_ * Measure(query, 0);
      for (size_t i = 0; i < kQuantiles.size(); ++i) {
        prediction.quantiles[i] = middle + 0.4 * (kQuantiles[i] - 0.5);
      }
      predictions.push_back(prediction);
    }
    return predictions;
  }

 private:
  double sign_;
};

class Broken : public Regressor {
 public:
  explicit Broken(bool is_available = true) : is_available_(is_available) {}

  absl::StatusOr<std::vector<Prediction>> Predict(
      const StudyText&, absl::Span<const NamedTrial>,
      absl::Span<const NamedPoint>) const override {
    ++calls;
    return absl::InternalError("no predictions today");
  }
  bool IsAvailable() const override { return is_available_; }

  mutable int calls = 0;

 private:
  const bool is_available_;
};

std::shared_ptr<Background> Networks(double sign) {
  auto background = std::make_shared<Background>();
  background->text.metric = "accuracy";
  background->text_regressor = std::make_shared<Oracle>(sign);
  background->context_regressor = std::make_shared<Oracle>(sign);
  background->regressor_version = "12";
  return background;
}

std::unique_ptr<Algorithm> Make(
    const SearchSpace& space,
    const std::shared_ptr<const Background>& background,
    const std::string& options = R"({"network_candidates": 200})") {
  return *MakeAlgorithm(kName, space, options, {{}}, 0, background);
}

// What the best trial lacks, averaged over seeds.
double Regret(const std::shared_ptr<const Background>& background, int trials) {
  const SearchSpace space = Network(512);
  constexpr int kSeeds = 5;
  double sum = 0;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const auto algorithm = Make(space, background);
    sum -= BestSafe(RunStudy(*algorithm, {.trials = trials, .seed = seed},
                             OnDataset(space, 0)));
  }
  return sum / kSeeds;
}

TEST(RegressionGuidedTest, PriorsHalveTheRegretOfFiveTrials) {
  EXPECT_LT(Regret(Priors(1), 5), Regret(nullptr, 5) / 2);
}

TEST(RegressionGuidedTest, RegressorsHalveTheRegretOfFiveTrials) {
  EXPECT_LT(Regret(Networks(1), 5), Regret(nullptr, 5) / 2);
}

TEST(RegressionGuidedTest, WhatMisleadsDoesNoLastingHarm) {
  const double alone = Regret(nullptr, 30);
  // A random point lacks about 3.
  EXPECT_LT(Regret(Priors(-1), 30), alone + 0.02);
  EXPECT_LT(Regret(Networks(-1), 30), alone + 0.02);
}

TEST(RegressionGuidedTest, RegressorsThatFailAreDoneWithout) {
  auto background = Priors(1);
  background->text_regressor = std::make_shared<Broken>();
  background->context_regressor = std::make_shared<Broken>();
  EXPECT_LT(Regret(background, 10), Regret(nullptr, 10));
}

// Who chose, among the last `count` of the trials.
int ChosenBy(Source source, const std::vector<Observation>& finished,
             size_t count) {
  return static_cast<int>(
      std::count_if(finished.end() - static_cast<std::ptrdiff_t>(count),
                    finished.end(), [&](const Observation& each) {
                      return GuidedMemo::Parse(each.memo)->chosen == source;
                    }));
}

TEST(RegressionGuidedTest, WhoPredictsBetterChoosesMore) {
  const SearchSpace space = Network(512);
  const auto run = [&](double sign) {
    const auto algorithm = Make(space, Networks(sign));
    return RunStudy(*algorithm, {.trials = 30}, OnDataset(space, 0));
  };
  // The text regressor is not among them: what misleads in it is corrected.
  const auto chosen = [](const std::vector<Observation>& finished) {
    return ChosenBy(Source::kContext, finished, 15);
  };
  EXPECT_GT(chosen(run(1)), 2 * chosen(run(-1)));
}

TEST(RegressionGuidedTest, ARemoteRegressorIsASourceLikeTheOthers) {
  const SearchSpace space = Network(512);
  auto background = std::make_shared<Background>();
  background->remote_regressor = std::make_shared<Oracle>(1);
  EXPECT_LT(Regret(background, 5), Regret(nullptr, 5) / 2);
  const auto algorithm = Make(space, background);
  const auto finished =
      RunStudy(*algorithm, {.trials = 8}, OnDataset(space, 0));
  EXPECT_EQ(ChosenBy(Source::kRemote, {finished[0]}, 1), 1);
  EXPECT_TRUE(absl::StrContains(finished[5].memo, "; remote "))
      << finished[5].memo;
}

TEST(RegressionGuidedTest, ARegressorThatFailsIsAskedOnceForASuggestion) {
  const SearchSpace space = Network(512);
  const auto broken = std::make_shared<Broken>();
  auto background = std::make_shared<Background>();
  background->remote_regressor = broken;
  const auto algorithm = Make(space, background);
  const auto alone = Make(space, nullptr);
  ASSERT_EQ(Suggest(*algorithm, 7, 0, 1), Suggest(*alone, 7, 0, 1));
  EXPECT_EQ(broken->calls, 1);
}

TEST(RegressionGuidedTest, ARegressorThatIsNotAvailableIsNotAsked) {
  const SearchSpace space = Network(512);
  const auto away = std::make_shared<Broken>(/*is_available=*/false);
  auto background = std::make_shared<Background>();
  background->remote_regressor = away;
  const auto algorithm = Make(space, background);
  (void)RunStudy(*algorithm, {.trials = 10}, OnDataset(space, 0));
  EXPECT_EQ(away->calls, 0);
}

TEST(RegressionGuidedTest, MemosSayWhatWasExpectedByWhichVersion) {
  const SearchSpace space = Network(512);
  auto background = Networks(1);
  background->priors = Priors(1)->priors;
  const auto algorithm = Make(space, background);
  const auto finished =
      RunStudy(*algorithm, {.trials = 8}, OnDataset(space, 0));
  for (size_t i = 0; i < finished.size(); ++i) {
    const auto memo = GuidedMemo::Parse(finished[i].memo);
    ASSERT_TRUE(memo.has_value());
    EXPECT_EQ(memo->version, "12");
    if (i >= 2) {
      EXPECT_EQ(memo->expected.size(), 4) << i;
    }
    for (const GuidedMemo::Expected& each : memo->expected) {
      EXPECT_LE(each.values[0], each.values[1]);
      EXPECT_LE(each.values[1], each.values[2]);
    }
  }
}

// What keeps a process that was killed in step with one that was not.
TEST(RegressionGuidedTest, RebuiltIsTheSameWithABackground) {
  const SearchSpace space = Network(512);
  auto background = Networks(1);
  background->priors = Priors(1)->priors;
  const std::string options =
      R"({"candidates": 100, "network_candidates": 20})";
  const auto grown = Make(space, background, options);
  const Rng rng(7);
  std::vector<Observation> finished;
  for (int i = 0; i < 40; ++i) {
    const auto one = grown->Suggest({1, i, {}, rng});
    ASSERT_OK(one);
    const auto rebuilt = Make(space, background, options);
    ASSERT_OK(rebuilt->Observe(finished));
    const auto same = rebuilt->Suggest({1, i, {}, rng});
    ASSERT_OK(same);
    ASSERT_EQ(Text((*one)[0].point), Text((*same)[0].point));
    ASSERT_EQ((*one)[0].memo, (*same)[0].memo);
    finished.push_back({i + 1, (*one)[0].point,
                        i % 5 == 4 ? std::vector<double>()
                                   : OnDataset(space, 0)((*one)[0].point),
                        (*one)[0].memo});
    ASSERT_OK(grown->Observe({finished.back()}));
  }
}

// Eight choices, of which three matter, and most of all together.
TEST(RegressionGuidedTest, TreesJoinInWhereNoParameterIsADouble) {
  std::string specs;
  for (int i = 0; i < 8; ++i) {
    absl::StrAppend(&specs, "parameters { parameter_id: 's", i,
                    "' categorical_value_spec { values: 'a' values: 'b' "
                    "values: 'c' } }");
  }
  const SearchSpace space = MakeSpace(specs);
  const auto value = [](const Point& point) {
    const int right = (point[0] == 1 ? 1 : 0) + (point[3] == 2 ? 1 : 0) +
                      (point[6] == 0 ? 1 : 0);
    return std::vector<double>{right == 3 ? 5.0 : right == 2 ? 1.0 : 0.0};
  };
  const std::string options = R"({"candidates": 200})";
  const auto algorithm = Make(space, nullptr, options);
  const auto finished = RunStudy(
      *algorithm, {.trials = 60, .workers = 3, .infeasible = 0.1}, value);
  EXPECT_GE(ChosenBy(Source::kTrees, finished, 30), 1);
  EXPECT_EQ(
      ChosenBy(Source::kTrees, {finished.begin(), finished.begin() + 20}, 20),
      0);
  EXPECT_TRUE(absl::StrContains(finished.back().memo, "; trees "));
  const auto rebuilt = Make(space, nullptr, options);
  ASSERT_OK(rebuilt->Observe(finished));
  EXPECT_EQ(Suggest(*algorithm, 7, 60, 4), Suggest(*rebuilt, 7, 60, 4));
}

TEST(RegressionGuidedTest, WorkersSideBySideDoNotTryTheSame) {
  const SearchSpace space = Network(512);
  for (const auto& background : {Priors(1), Networks(1)}) {
    const auto algorithm = Make(space, background);
    const std::vector<Point> points = Suggest(*algorithm, 7, 0, 8);
    for (size_t i = 0; i < points.size(); ++i) {
      for (size_t k = 0; k < i; ++k) {
        EXPECT_NE(Text(points[i]), Text(points[k]));
      }
    }
  }
}

// Says the same of everything.
class Indifferent : public Regressor {
 public:
  absl::StatusOr<std::vector<Prediction>> Predict(
      const StudyText&, absl::Span<const NamedTrial>,
      absl::Span<const NamedPoint> queries) const override {
    const Prediction prediction = {{-3, -2, -1, 0, 1, 2, 3}, 1};
    return std::vector<Prediction>(queries.size(), prediction);
  }
};

TEST(RegressionGuidedTest, TenThousandPointsAreAllowedAndNew) {
  const auto gives = [](const SearchSpace& space, int count) {
    auto background = std::make_shared<Background>();
    background->text.metric = "accuracy";
    PriorStudy prior = {"prior", {}};
    RandomStream random = Rng(5).At(0);
    for (int i = 0; i < 20; ++i) {
      prior.study.trials.push_back(
          {ToNamed(space, RandomPoint(space, random)), random.Uniform()});
    }
    background->priors.push_back(prior);
    background->text_regressor = std::make_shared<Indifferent>();
    background->context_regressor = std::make_shared<Indifferent>();
    const auto algorithm = Make(
        space, background,
        R"({"candidates": 100, "network_candidates": 20, "max_trials": 10})");
    ExpectAllowedAndNew(*algorithm, space, count);
  };
  gives(MakeSpace(absl::StrCat(DoubleSpecs(2), CategorySpecs(2, 3))), 4000);
  gives(MakeSpace(absl::StrCat(DoubleSpecs(1), kConditionalSpecs)), 3000);
  gives(MakeSpace(DoubleSpecs(3), {"x0 + x1 + x2 = 1"}), 3000);
}

TEST(RegressionGuidedTest, FailuresLostWorkersAndLimits) {
  const SearchSpace space = Network(512);
  const auto algorithm =
      *MakeAlgorithm(kName, space, R"({"network_candidates": 100})",
                     {Goal(), {.threshold = 0}}, 0, Priors(1));
  // Few units, and dropouts above 0.5 fail.
  const auto value = [&](const Point& point) {
    const std::vector<Dimension>::size_type dropout = 3;
    if (point[dropout] > 0.6) return std::vector<double>();
    return std::vector<double>{Measure(ToNamed(space, point), 0),
                               0.5 - point.back()};
  };
  const auto finished = RunStudy(
      *algorithm, {.trials = 50, .workers = 4, .infeasible = 0.1, .lost = 0.1},
      value);
  // The best within the limit has 64 units.
  EXPECT_GT(BestSafe(finished), -0.2);
}

TEST(RegressionGuidedTest, SearchesWithinLinearConstraints) {
  const SearchSpace space = MakeSpace(DoubleSpecs(3), {"x0 + x1 + x2 = 1"});
  auto background = std::make_shared<Background>();
  PriorStudy prior = {"prior", {}};
  const auto value = [](const Point& point) {
    return std::vector<double>{-std::pow(point[0] - 0.2, 2) -
                               std::pow(point[1] - 0.3, 2)};
  };
  RandomStream random = Rng(3).At(0);
  for (int i = 0; i < 50; ++i) {
    const Point point = RandomPoint(space, random);
    prior.study.trials.push_back({ToNamed(space, point), value(point)[0]});
  }
  background->priors.push_back(prior);
  const auto algorithm = Make(space, background);
  for (const Observation& each :
       RunStudy(*algorithm, {.trials = 20}, [&](const Point& point) {
         EXPECT_TRUE(space.KeepsConstraints(point));
         return value(point);
       })) {
    EXPECT_TRUE(each.IsFeasible());
  }
}

// Without a background it is the process of the study, point by point, but for
// those that chance chooses.
TEST(RegressionGuidedTest, AloneItIsTheGaussianProcessBandit) {
  const SearchSpace space = MakeSpace(DoubleSpecs(3));
  const auto guided = *MakeAlgorithm(kName, space);
  const auto process = *MakeAlgorithm("GAUSSIAN_PROCESS_BANDIT", space);
  const Rng rng(7);
  int random = 0;
  for (int i = 0; i < 40; ++i) {
    const auto one = *guided->Suggest({1, i, {}, rng});
    const auto other = *process->Suggest({1, i, {}, rng});
    if (absl::StartsWith(one[0].memo, "random")) {
      ++random;
    } else {
      ASSERT_EQ(Text(one[0].point), Text(other[0].point));
    }
    const double value = -std::pow(one[0].point[0] - 0.3, 2);
    const Observation observation = {i + 1, one[0].point, {value}, ""};
    ASSERT_OK(guided->Observe({observation}));
    ASSERT_OK(process->Observe({observation}));
  }
  EXPECT_LE(random, 3);
}

}  // namespace
}  // namespace apogee
