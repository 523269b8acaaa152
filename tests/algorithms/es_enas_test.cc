#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/algorithms/algorithm_testing.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using testing::HasSubstr;

// Metrics of a point; none when it is infeasible.
using Blackbox = std::function<std::vector<double>(const Point&)>;

std::string Doubles(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    absl::StrAppend(&text, "parameters { parameter_id: 'x", i,
                    "' double_value_spec { max_value: 1 } }");
  }
  return text;
}

std::string Categories(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    absl::StrAppend(&text, "parameters { parameter_id: 'c", i,
                    "' categorical_value_spec { values: 'a' values: 'b' "
                    "values: 'c' values: 'd' } }");
  }
  return text;
}

// The best is 0: doubles at 0.3 and 0.7 in turn, categories at 'c'.
std::vector<double> Sphere(const SearchSpace& space, const Point& point) {
  double sum = 0;
  for (int i = 0; i < space.size(); ++i) {
    if (!IsActive(point[i])) continue;
    const double best = i % 2 == 0 ? 0.3 : 0.7;
    sum -= space.dimension(i).IsCategorical()
               ? 0.1 * std::abs(point[i] - 2)
               : (point[i] - best) * (point[i] - best);
  }
  return {sum};
}

// A study with so many workers whose trials end in any order; some fail, and
// some workers are never heard of again.
class Study {
 public:
  Study(const SearchSpace& space, absl::string_view options,
        std::vector<Goal> goals = {{}})
      : space_(space), algorithm_(Make(space, options, std::move(goals))) {}

  static std::unique_ptr<Algorithm> Make(const SearchSpace& space,
                                         absl::string_view options,
                                         std::vector<Goal> goals = {{}}) {
    return *MakeAlgorithm("ES_ENAS", space, options, std::move(goals));
  }

  // Returns the best first metric.
  double Run(int trials, int workers, const Blackbox& f, double failing = 0,
             double lost = 0) {
    for (int i = 0; i < trials; ++i) {
      while (static_cast<int>(pending_.size() - lost_) < workers) Ask();
      const size_t k = lost_ + random_.Below(pending_.size() - lost_);
      if (random_.Uniform() < lost) {
        std::swap(pending_[k], pending_[lost_++]);
        continue;
      }
      Observation end = {
          pending_[k].trial_id, pending_[k].point, {}, pending_[k].memo};
      if (random_.Uniform() >= failing) end.metrics = f(end.point);
      if (end.IsFeasible()) best_ = std::max(best_, end.metrics[0]);
      pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(k));
      EXPECT_OK(algorithm_->Observe({&end, 1}));
      finished_.push_back(std::move(end));
    }
    return best_;
  }

  std::vector<Suggestion> Next(const Algorithm& algorithm) const {
    return *algorithm.Suggest({20, ordinal_, pending_, rng_});
  }
  const Algorithm& algorithm() const { return *algorithm_; }
  const std::vector<Observation>& finished() const { return finished_; }
  const std::vector<Pending>& pending() const { return pending_; }

 private:
  void Ask() {
    auto suggestions = *algorithm_->Suggest({1, ordinal_, pending_, rng_});
    Point normalized = suggestions[0].point;
    space_.Normalize(normalized);
    EXPECT_EQ(Text(normalized), Text(suggestions[0].point));
    pending_.push_back({++ordinal_, suggestions[0].point, suggestions[0].memo});
  }

  const SearchSpace& space_;
  std::unique_ptr<Algorithm> algorithm_;
  Rng rng_{5};
  RandomStream random_ = Rng(6).At(0);
  int64_t ordinal_ = 0;
  // Those of lost workers first.
  std::vector<Pending> pending_;
  size_t lost_ = 0;
  std::vector<Observation> finished_;
  double best_ = -1e300;
};

double BestOf(const SearchSpace& space, absl::string_view options, int trials,
              int workers = 1, double failing = 0, double lost = 0) {
  return Study(space, options)
      .Run(
          trials, workers, [&](const Point& x) { return Sphere(space, x); },
          failing, lost);
}

double BestAtRandom(const SearchSpace& space, int trials) {
  const auto random = *MakeAlgorithm("RANDOM_SEARCH", space);
  double best = -1e300;
  for (const Point& point : Suggest(*random, 5, 0, trials)) {
    best = std::max(best, Sphere(space, point)[0]);
  }
  return best;
}

TEST(EsEnasTest, FindsASmoothOptimumFarBetterThanRandomSearch) {
  const SearchSpace space = MakeSpace(Doubles(20) + Categories(6));
  EXPECT_LT(BestAtRandom(space, 3'000), -0.5);
  EXPECT_GT(BestOf(space, "{}", 3'000), -1e-12);
}

TEST(EsEnasTest, EveryVariantLearns) {
  const SearchSpace space = MakeSpace(Doubles(10) + Categories(4));
  const double random = BestAtRandom(space, 1'500);
  for (const std::string options :
       {R"({"controller": "regularized_evolution"})",
        R"({"controller": "random"})", R"({"coupling": "separate"})",
        R"({"variant": "published"})",
        R"({"variant": "published", "optimizer": "plain", "step": 0.005})",
        R"({"variant": "published", "coupling": "shared"})"}) {
    EXPECT_GT(BestOf(space, options, 1'500), 0.5 * random) << options;
  }
}

TEST(EsEnasTest, SharedChoicesKeepANoisyControllerFromSpoilingTheDirections) {
  const SearchSpace space = MakeSpace(Doubles(20) + Categories(6));
  const auto best = [&](absl::string_view coupling) {
    return BestOf(space,
                  absl::StrCat(R"({"controller": "regularized_evolution",)",
                               R"("coupling": ")", coupling, "\"}"),
                  3'000);
  };
  EXPECT_GT(best("shared"), 0.01 * best("separate"));
}

TEST(EsEnasTest, OnlyDoublesOrOnlyCategoriesOrNothing) {
  const SearchSpace doubles = MakeSpace(Doubles(20));
  EXPECT_GT(BestOf(doubles, "{}", 1'500), -1e-4);
  const SearchSpace categories = MakeSpace(Categories(12));
  EXPECT_LT(BestAtRandom(categories, 600), -0.25);
  EXPECT_GT(BestOf(categories, "{}", 600), -0.11);
  const SearchSpace one = MakeSpace(Doubles(1));
  EXPECT_GT(BestOf(one, "{}", 200), -1e-4);
}

TEST(EsEnasTest, ClimbsLongListsAndWideIntegers) {
  std::string values;
  for (int i = 0; i < 50; ++i) absl::StrAppend(&values, " values: ", i * i);
  std::string text = Doubles(2);
  for (int i = 0; i < 6; ++i) {
    absl::StrAppend(&text, "parameters { parameter_id: 'n", i,
                    "' integer_value_spec { max_value: 1000 } }");
  }
  absl::StrAppend(&text, "parameters { parameter_id: 'list' ",
                  "discrete_value_spec {", values, " } }");
  const SearchSpace space = MakeSpace(text);
  EXPECT_GT(BestOf(space, "{}", 1'500), -1e-4);
}

TEST(EsEnasTest, ManyWorkersLearnToo) {
  const SearchSpace space = MakeSpace(Doubles(20) + Categories(6));
  // Eight for each pair of a step.
  EXPECT_GT(BestOf(space, "{}", 4'000, 32), -1e-9);
}

TEST(EsEnasTest, FailuresAndLostWorkersCostLittle) {
  const SearchSpace space = MakeSpace(Doubles(20) + Categories(6));
  EXPECT_GT(BestOf(space, "{}", 4'000, 8, 0.3, 0.01), -1e-9);
}

TEST(EsEnasTest, AFailedHalfComesAgainOnce) {
  const SearchSpace space = MakeSpace(Doubles(3));
  Study study(space, "{}");
  study.Run(1, 1, [&](const Point& x) { return Sphere(space, x); });
  // From now on all fail: each point is given twice, on both sides.
  study.Run(8, 1, [](const Point&) { return std::vector<double>(); });
  const auto& trials = study.finished();
  EXPECT_EQ(trials[1].point, trials[2].point);
  EXPECT_EQ(trials[3].point, trials[4].point);
  EXPECT_NE(trials[1].point, trials[3].point);
  EXPECT_NE(trials[5].point, trials[1].point);
  for (int i = 0; i < 3; ++i) {  // they mirror each other
    EXPECT_NEAR(trials[1].point[i] + trials[3].point[i], 1, 1e-12);
  }
}

TEST(EsEnasTest, ALostHalfIsIssuedAgainWhenManyOthersHaveFinished) {
  const SearchSpace space = MakeSpace(Doubles(3));
  Study study(space, "{}");
  const auto f = [&](const Point& x) { return Sphere(space, x); };
  study.Run(4, 1, f);
  study.Run(1, 1, f, 0, 1);  // lost
  const std::string lost = Text(study.pending()[0].point);
  const auto copies = [&] {
    return std::count_if(
        study.finished().begin(), study.finished().end(),
        [&](const Observation& each) { return Text(each.point) == lost; });
  };
  study.Run(60, 1, f);
  EXPECT_EQ(copies(), 0);
  study.Run(300, 1, f);
  EXPECT_EQ(copies(), 1);
}

constexpr char kConditional[] = R"pb(
  parameters {
    parameter_id: "kind"
    categorical_value_spec { values: "a" values: "b" values: "c" }
    conditional_parameter_specs {
      parent_categorical_values { values: "b" }
      parameter_spec {
        parameter_id: "u"
        double_value_spec { max_value: 1 }
      }
    }
    conditional_parameter_specs {
      parent_categorical_values { values: "c" }
      parameter_spec {
        parameter_id: "v"
        double_value_spec { max_value: 1 }
      }
    }
  }
  parameters {
    parameter_id: "wide"
    integer_value_spec { max_value: 99 }
    conditional_parameter_specs {
      parent_int_values { values: 20 values: 30 values: 31 }
      parameter_spec {
        parameter_id: "w"
        double_value_spec { max_value: 1 }
      }
    }
  }
  parameters {
    parameter_id: "x"
    double_value_spec { max_value: 1 }
  })pb";

TEST(EsEnasTest, ConditionalSpacesUnderFailuresAndLostWorkers) {
  const SearchSpace space = MakeSpace(kConditional);
  for (const char* options : {"{}", R"({"coupling": "separate"})"}) {
    Study study(space, options);
    // "v" is of use at 0.9 only, and "kind" only with it.
    const double best = study.Run(
        3'000, 10,
        [&](const Point& point) {
          double value = -std::abs(point.back() - 0.2);
          value += point[0] == 2 ? 1 - std::abs(point[2] - 0.9) : 0.2;
          return std::vector<double>{value};
        },
        0.3, 0.02);
    EXPECT_GT(best, 0.97) << options;
  }
}

TEST(EsEnasTest, KeepsConstraints) {
  const SearchSpace space = MakeSpace(Doubles(6));
  // As much as possible of all, which together may be 2 at most.
  Study study(space, "{}", {{}, {.threshold = -2}});
  double best = 0;
  study.Run(2'000, 4, [&](const Point& point) {
    double sum = 0;
    for (const double x : point) sum += x;
    if (sum <= 2) best = std::max(best, sum);
    return std::vector<double>{sum, -sum};
  });
  EXPECT_GT(best, 1.95);
}

TEST(EsEnasTest, TheStreamIsTheSameAfterARestart) {
  const SearchSpace space = MakeSpace(kConditional);
  Study study(space, "{}");
  for (int round = 0; round < 8; ++round) {
    study.Run(
        37, 7, [&](const Point& x) { return Sphere(space, x); }, 0.2, 0.02);
    const auto rebuilt = Study::Make(space, "{}");
    ASSERT_OK(rebuilt->Observe(study.finished()));
    const auto expected = study.Next(study.algorithm());
    const auto actual = study.Next(*rebuilt);
    ASSERT_EQ(actual.size(), expected.size());
    for (size_t i = 0; i < actual.size(); ++i) {
      EXPECT_EQ(Text(actual[i].point), Text(expected[i].point));
      EXPECT_EQ(actual[i].memo, expected[i].memo);
    }
  }
}

TEST(EsEnasTest, StartsAtTheDeclaredDefaults) {
  const SearchSpace space = MakeSpace(R"pb(
    parameters {
      parameter_id: "x"
      double_value_spec {
        max_value: 4
        default_value { value: 1 }
      }
    }
    parameters {
      parameter_id: "c"
      categorical_value_spec {
        values: "a"
        values: "b"
        default_value { value: "b" }
      }
    })pb");
  EXPECT_THAT(Suggest(*Study::Make(space, "{}"), 1, 0, 1)[0],
              testing::ElementsAre(0.25, 1));
}

// Memos of another study, with numbers that fit nothing.
TEST(EsEnasTest, StrangeMemosDoNoHarm) {
  const SearchSpace space = MakeSpace(Doubles(3) + Categories(2));
  const auto algorithm = Study::Make(space, "{}");
  std::vector<Observation> trials;
  for (int i = 0; i < 40; ++i) {
    trials.push_back(
        {i,
         space.DefaultPoint(),
         {1.0 * i},
         absl::StrCat(INT64_MAX - i / 2, i % 2 == 0 ? " + " : " - ",
                      "1 ffffffffffffffff 1 ", INT64_MAX, " ", INT64_MAX)});
  }
  ASSERT_OK(algorithm->Observe(trials));
  const std::vector<Pending> pending = {
      {99, space.DefaultPoint(), "5 - 2 0 1e-300 0 0"},
      {98, space.DefaultPoint(), "6 - 1 0 1e-300 9000000000 0"}};
  const Rng rng(1);
  const auto answer = algorithm->Suggest({10, 40, pending, rng});
  ASSERT_OK(answer);
  EXPECT_EQ(answer->size(), 10);
}

TEST(EsEnasTest, RefusesBadOptions) {
  const SearchSpace space = MakeSpace(Doubles(1));
  for (const auto& [options, named] :
       std::vector<std::pair<std::string, std::string>>{
           {R"({"controller": "ppo"})", "controller"},
           {R"({"coupling": "none"})", "coupling"},
           {R"({"variant": "best"})", "variant"},
           {R"({"sigma": 0})", "sigma"},
           {R"({"pairs": -1})", "pairs"}}) {
    EXPECT_THAT(MakeAlgorithm("ES_ENAS", space, options),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(named)));
  }
}

}  // namespace
}  // namespace apogee
