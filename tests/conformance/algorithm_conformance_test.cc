// The laws of algorithms/README.md, for every algorithm of the registry.

#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "algorithms/registry.h"
#include "tests/algorithms/algorithm_testing.h"
#include "tests/testing/matchers.h"
#include "tests/testing/random_space.h"

namespace apogee {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

struct TestSpace {
  std::string name;
  ParameterSpecs specs;
};

// A chain of integers, each active under a value of the one above.
ParameterSpecs DeepSpace(int depth) {
  ParameterSpecs specs;
  auto* level = specs.Add();
  for (int i = 0; i < depth; ++i) {
    level->set_parameter_id(absl::StrCat("level", i));
    level->mutable_integer_value_spec()->set_max_value(2);
    if (i == depth - 1) break;
    auto* child = level->add_conditional_parameter_specs();
    child->mutable_parent_int_values()->add_values(0);
    child->mutable_parent_int_values()->add_values(2);
    level = child->mutable_parameter_spec();
  }
  return specs;
}

ParameterSpecs WideSpace(int parameters) {
  ParameterSpecs specs;
  for (int i = 0; i < parameters; ++i) {
    auto& spec = *specs.Add();
    spec.set_parameter_id(absl::StrCat("p", i));
    if (i % 2 == 0) {
      spec.mutable_double_value_spec()->set_max_value(1);
    } else {
      spec.mutable_integer_value_spec()->set_max_value(i);
    }
  }
  return specs;
}

const std::vector<TestSpace>& Spaces() {
  static const auto& spaces = *[] {
    auto* result = new std::vector<TestSpace>{
        {"nothing", {}},
        {"flat", ParseSpecs(R"pb(
           parameters {
             parameter_id: "lr"
             scale_type: UNIT_LOG_SCALE
             double_value_spec { min_value: 1e-5 max_value: 0.1 }
           }
           parameters {
             parameter_id: "layers"
             integer_value_spec { min_value: 1 max_value: 8 }
           }
           parameters {
             parameter_id: "rate"
             discrete_value_spec { values: 0 values: 0.1 values: 0.5 }
           }
           parameters {
             parameter_id: "act"
             categorical_value_spec { values: "relu" values: "tanh" }
           })pb")},
        {"single values", ParseSpecs(R"pb(
           parameters {
             parameter_id: "x"
             scale_type: UNIT_LOG_SCALE
             double_value_spec { min_value: 2 max_value: 2 }
           }
           parameters {
             parameter_id: "n"
             integer_value_spec { min_value: -3 max_value: -3 }
           }
           parameters {
             parameter_id: "c"
             categorical_value_spec { values: "only" }
           })pb")},
        {"several parents", ParseSpecs(R"pb(
           parameters {
             parameter_id: "a"
             categorical_value_spec { values: "x" values: "y" }
             conditional_parameter_specs {
               parent_categorical_values { values: "y" }
               parameter_spec {
                 parameter_id: "c"
                 integer_value_spec { max_value: 4 }
               }
             }
           }
           parameters {
             parameter_id: "b"
             discrete_value_spec { values: 1 values: 2 }
             conditional_parameter_specs {
               parent_discrete_values { values: 1 }
               parameter_spec {
                 parameter_id: "c"
                 integer_value_spec { max_value: 4 }
               }
             }
           })pb")},
        {"deep", DeepSpace(32)},
        {"200 dimensions", WideSpace(200)},
    };
    for (uint64_t seed = 0; seed < 40; ++seed) {
      result->push_back({absl::StrCat("random ", seed), RandomSpace(seed)});
    }
    return result;
  }();
  return spaces;
}

class AlgorithmConformance : public testing::TestWithParam<std::string> {
 protected:
  const AlgorithmInfo& info() const { return FindAlgorithm(GetParam())->info; }

  // On `objectives` objectives and `constraints` metrics that should reach 0.
  static absl::StatusOr<std::unique_ptr<Algorithm>> Make(
      const SearchSpace& space, int objectives = 1, int constraints = 0) {
    std::vector<Goal> goals(static_cast<size_t>(objectives));
    goals.insert(goals.end(), static_cast<size_t>(constraints),
                 {.threshold = 0});
    return MakeAlgorithm(GetParam(), space, Options(), std::move(goals));
  }

  // The defaults; but those that compare candidates compare few, which takes a
  // fraction of the time and is under the same laws.
  static std::string Options() {
    const auto& options = FindAlgorithm(GetParam())->info.options;
    const bool compares = std::any_of(
        options.begin(), options.end(),
        [](const OptionSpec& each) { return each.name == "candidates"; });
    return compares ? R"({"candidates": 100})" : "{}";
  }

  // Calls `test` with an algorithm for each space it can work on.
  template <typename Test>
  void ForEachSpace(Test test) const {
    int served = 0;
    for (const TestSpace& each : Spaces()) {
      SCOPED_TRACE(each.name);
      ASSERT_OK_AND_ASSIGN(const SearchSpace space,
                           SearchSpace::Create(each.specs));
      const auto algorithm = Make(space);
      if (!algorithm.ok()) {
        EXPECT_EQ(algorithm.status().code(),
                  absl::StatusCode::kInvalidArgument);
        EXPECT_FALSE(algorithm.status().message().empty());
        continue;
      }
      ++served;
      ASSERT_NO_FATAL_FAILURE(test(each, space));
    }
    EXPECT_GT(served, 0);
  }
};

std::vector<std::string> AlgorithmNames() {
  std::vector<std::string> names;
  for (const RegisteredAlgorithm& each : Algorithms()) {
    names.push_back(each.name);
  }
  return names;
}

INSTANTIATE_TEST_SUITE_P(Registry, AlgorithmConformance,
                         testing::ValuesIn(AlgorithmNames()),
                         [](const auto& test) { return test.param; });

std::vector<Suggestion> Question(const Algorithm& algorithm, uint64_t seed,
                                 int64_t ordinal, int count,
                                 const std::vector<Pending>& pending) {
  const Rng rng(seed);
  absl::StatusOr<std::vector<Suggestion>> suggestions =
      algorithm.Suggest({count, ordinal, pending, rng});
  EXPECT_OK(suggestions);
  return suggestions.ok() ? *std::move(suggestions) : std::vector<Suggestion>();
}

std::string Describe(const Suggestion& suggestion) {
  return absl::StrCat(Text(suggestion.point), " memo:", suggestion.memo);
}

std::vector<std::string> Describe(const std::vector<Suggestion>& suggestions) {
  std::vector<std::string> texts;
  texts.reserve(suggestions.size());
  for (const Suggestion& each : suggestions) texts.push_back(Describe(each));
  return texts;
}

// A study as the engine runs it: several trials at a time, ended out of order,
// some of them infeasible.
class StudyRun {
 public:
  StudyRun(std::unique_ptr<Algorithm> algorithm, uint64_t seed, int metrics)
      : algorithm_(std::move(algorithm)),
        seed_(seed),
        metrics_(metrics),
        random_(Rng(seed).Fork(99).At(0)) {}

  const std::vector<Observation>& finished() const { return finished_; }
  const std::vector<Pending>& pending() const { return pending_; }
  int64_t ordinal() const { return ordinal_; }
  const Algorithm& algorithm() const { return *algorithm_; }

  // Returns what was suggested.
  std::vector<Suggestion> Suggest(int count) {
    std::vector<Suggestion> suggestions =
        Question(*algorithm_, seed_, ordinal_, count, pending_);
    EXPECT_LE(suggestions.size(), count);
    for (const Suggestion& each : suggestions) {
      pending_.push_back({++ordinal_, each.point, each.memo});
    }
    return suggestions;
  }

  // Ends up to `count` pending trials and tells the algorithm.
  void Finish(int count) {
    std::vector<Observation> news;
    for (int i = 0; i < count && !pending_.empty(); ++i) {
      const auto trial = pending_.begin() + static_cast<std::ptrdiff_t>(
                                                random_.Below(pending_.size()));
      Observation observation = {
          trial->trial_id, trial->point, {}, trial->memo};
      if (random_.Uniform() >= 0.3) {
        for (int metric = 0; metric < metrics_; ++metric) {
          observation.metrics.push_back(random_.Normal());
        }
      }
      pending_.erase(trial);
      news.push_back(observation);
    }
    EXPECT_OK(algorithm_->Observe(news));
    finished_.insert(finished_.end(), news.begin(), news.end());
  }

 private:
  std::unique_ptr<Algorithm> algorithm_;
  uint64_t seed_;
  int metrics_;
  RandomStream random_;
  int64_t ordinal_ = 0;
  std::vector<Pending> pending_;
  std::vector<Observation> finished_;
};

TEST_P(AlgorithmConformance, IsDocumented) {
  EXPECT_FALSE(info().summary.empty());
  EXPECT_EQ(info().summary.find('\n'), std::string::npos);
  EXPECT_GT(info().description.size(), 100);
}

TEST_P(AlgorithmConformance, RefusesUnknownOptions) {
  google::protobuf::Struct given;
  (*given.mutable_fields())["no_such_option"].set_number_value(1);
  EXPECT_THAT(CheckOptions(GetParam(), info().options, given),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       testing::HasSubstr("no_such_option")));
}

TEST_P(AlgorithmConformance, PointsAreFeasible) {
  ForEachSpace([&](const TestSpace& each, const SearchSpace& space) {
    StudyRun run(*Make(space), 7, 1);
    for (int round = 0; round < 5; ++round) {
      for (const Suggestion& suggestion : run.Suggest(4)) {
        ASSERT_OK(CheckParameters(each.specs, space.Decode(suggestion.point)));
        Point normalized = suggestion.point;
        space.Normalize(normalized);
        ASSERT_EQ(Text(normalized), Text(suggestion.point));
      }
      run.Finish(3);
    }
  });
}

// Algorithms end only when all is tried.
TEST_P(AlgorithmConformance, GivesAsManyAsAskedWhileThereAreAny) {
  ForEachSpace([&](const TestSpace&, const SearchSpace& space) {
    StudyRun run(*Make(space), 7, 1);
    std::set<std::string> points;
    for (int round = 0; round < 5; ++round) {
      const std::vector<Suggestion> suggestions = run.Suggest(6);
      for (const Suggestion& suggestion : suggestions) {
        points.insert(Text(suggestion.point));
      }
      if (suggestions.size() == 6) continue;
      // Spent: for ever, and not one point was given twice.
      EXPECT_EQ(points.size(), run.ordinal());
      EXPECT_THAT(run.Suggest(1), IsEmpty());
      break;
    }
  });
}

TEST_P(AlgorithmConformance, AskingTwiceGivesTheSameAnswer) {
  ForEachSpace([&](const TestSpace&, const SearchSpace& space) {
    StudyRun run(*Make(space), 7, 1);
    run.Suggest(5);
    run.Finish(3);
    const auto ask = [&] {
      return Describe(
          Question(run.algorithm(), 7, run.ordinal(), 4, run.pending()));
    };
    EXPECT_EQ(ask(), ask());
  });
}

TEST_P(AlgorithmConformance, SeedsAreTheOnlyChance) {
  ForEachSpace([&](const TestSpace&, const SearchSpace& space) {
    StudyRun one(*Make(space), 7, 1);
    StudyRun same(*Make(space), 7, 1);
    for (int round = 0; round < 4; ++round) {
      ASSERT_EQ(Describe(one.Suggest(4)), Describe(same.Suggest(4)));
      one.Finish(3);
      same.Finish(3);
    }
  });
}

TEST_P(AlgorithmConformance, SeedsDiffer) {
  ASSERT_OK_AND_ASSIGN(const SearchSpace space,
                       SearchSpace::Create(WideSpace(4)));
  std::set<std::string> starts;
  for (uint64_t seed = 0; seed < 5; ++seed) {
    starts.insert(
        absl::StrJoin(Texts(Suggest(**Make(space), seed, 0, 10)), ", "));
  }
  // The plain grid draws nothing at random.
  EXPECT_THAT(starts, SizeIs(GetParam() == "GRID_SEARCH" ? 1 : 5));
}

TEST_P(AlgorithmConformance, OneByOneIsTheSameAsInBatches) {
  ForEachSpace([&](const TestSpace&, const SearchSpace& space) {
    StudyRun batches(*Make(space), 7, 1);
    StudyRun single(*Make(space), 7, 1);
    for (int round = 0; round < 4; ++round) {
      std::vector<std::string> one_by_one;
      for (int i = 0; i < 5; ++i) {
        for (const Suggestion& suggestion : single.Suggest(1)) {
          one_by_one.push_back(Describe(suggestion));
        }
      }
      ASSERT_EQ(Describe(batches.Suggest(5)), one_by_one);
      batches.Finish(3);
      single.Finish(3);
    }
  });
}

TEST_P(AlgorithmConformance, CanBeRebuiltFromTheTrials) {
  ForEachSpace([&](const TestSpace&, const SearchSpace& space) {
    StudyRun run(*Make(space), 7, 1);
    for (int round = 0; round < 5; ++round) {
      run.Suggest(4);
      run.Finish(3);
    }
    // All at once, and one by one.
    auto whole = *Make(space);
    ASSERT_OK(whole->Observe(run.finished()));
    auto split = *Make(space);
    for (const Observation& observation : run.finished()) {
      ASSERT_OK(split->Observe({&observation, 1}));
    }
    const auto next = [&](const Algorithm& algorithm) {
      return Describe(Question(algorithm, 7, run.ordinal(), 4, run.pending()));
    };
    EXPECT_EQ(next(*whole), next(run.algorithm()));
    EXPECT_EQ(next(*split), next(run.algorithm()));
  });
}

TEST_P(AlgorithmConformance, TakesTrialsThatItDidNotSuggest) {
  ForEachSpace([&](const TestSpace&, const SearchSpace& space) {
    StudyRun run(*Make(space), 7, 1);
    auto other = *Make(space);
    ASSERT_OK(other->Observe({{1, space.DefaultPoint(), {1.0}, ""},
                              {2, space.DefaultPoint(), {}, ""},
                              {9, space.DefaultPoint(), {-1e300}, ""}}));
    const std::vector<Pending> pending = {{4, space.DefaultPoint(), ""}};
    EXPECT_THAT(Question(*other, 7, 0, 1, pending), SizeIs(1));
  });
}

TEST_P(AlgorithmConformance, WorksWhenNothingIsFeasible) {
  ForEachSpace([&](const TestSpace&, const SearchSpace& space) {
    auto algorithm = *Make(space);
    std::vector<Pending> none;
    for (int i = 0; i < 20; ++i) {
      const auto suggestions = Question(*algorithm, 7, i, 1, none);
      if (suggestions.empty()) break;
      ASSERT_OK(algorithm->Observe(
          {{i + 1, suggestions[0].point, {}, suggestions[0].memo}}));
    }
  });
}

// An algorithm for several objectives takes two, and may refuse more.
TEST_P(AlgorithmConformance, SeveralObjectivesWorkOrAreRefused) {
  ASSERT_OK_AND_ASSIGN(const SearchSpace space,
                       SearchSpace::Create(WideSpace(4)));
  ASSERT_EQ(Make(space, 2).ok(), info().several_objectives);
  for (const int objectives : {2, 3}) {
    auto algorithm = Make(space, objectives);
    if (!algorithm.ok()) {
      EXPECT_THAT(algorithm, StatusIs(absl::StatusCode::kInvalidArgument,
                                      testing::HasSubstr("objective")));
      continue;
    }
    StudyRun run(*std::move(algorithm), 7, objectives);
    for (int round = 0; round < 5; ++round) {
      EXPECT_THAT(run.Suggest(4), SizeIs(4));
      run.Finish(3);
    }
  }
}

TEST_P(AlgorithmConformance, WorksUnderConstraints) {
  ForEachSpace([&](const TestSpace& each, const SearchSpace& space) {
    StudyRun run(*Make(space, 1, 2), 7, 3);
    for (int round = 0; round < 5; ++round) {
      for (const Suggestion& suggestion : run.Suggest(4)) {
        ASSERT_OK(CheckParameters(each.specs, space.Decode(suggestion.point)));
      }
      run.Finish(3);
    }
  });
}

TEST_P(AlgorithmConformance, DistantOrdinalsAreAsQuickAsNearOnes) {
  ForEachSpace([&](const TestSpace& each, const SearchSpace& space) {
    const auto algorithm = *Make(space);
    const absl::Time start = absl::Now();
    for (const Point& point : Suggest(*algorithm, 7, 1'000'000'000, 10)) {
      ASSERT_OK(CheckParameters(each.specs, space.Decode(point)));
    }
    // Counting through a billion would take far longer.
    EXPECT_LT(absl::Now() - start, absl::Seconds(2));
  });
}

// The easiest problem of a space: every coordinate has one best place and
// counts by itself. 1 is the best of all.
double Value(const SearchSpace& space, const Point& point) {
  double sum = 0;
  for (int i = 0; i < space.size(); ++i) {
    sum += space.dimension(i).IsCategorical()
               ? point[i]
               : 1 - (point[i] - 0.3) * (point[i] - 0.3);
  }
  return sum / space.size();
}

// Spaces of doubles, of categories, and of both with integers.
std::vector<ParameterSpecs> EasySpaces() {
  std::string doubles;
  std::string categories;
  for (int i = 0; i < 4; ++i) {
    absl::StrAppend(&doubles, "parameters { parameter_id: 'x", i,
                    "' double_value_spec { max_value: 1 } }");
  }
  for (int i = 0; i < 12; ++i) {
    absl::StrAppend(&categories, "parameters { parameter_id: 'c", i,
                    "' categorical_value_spec { values: 'a' values: 'b' } }");
  }
  return {ParseSpecs(doubles), ParseSpecs(categories),
          ParseSpecs(absl::StrCat(
              doubles, categories,
              "parameters { parameter_id: 'n' integer_value_spec { max_value: "
              "50 } }"))};
}

using Maker = std::function<absl::StatusOr<std::unique_ptr<Algorithm>>(
    const SearchSpace&)>;

// The best value of 100 trials one after the other, averaged over seeds.
double MeanBest(const SearchSpace& space, const Maker& make) {
  constexpr int kSeeds = 5;
  double sum = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const std::unique_ptr<Algorithm> algorithm = *make(space);
    double best = 0;
    for (int i = 0; i < 100; ++i) {
      const Suggestion suggestion = Question(*algorithm, seed, i, 1, {}).at(0);
      const double value = Value(space, suggestion.point);
      best = std::max(best, value);
      EXPECT_OK(algorithm->Observe(
          {{i + 1, suggestion.point, {value}, suggestion.memo}}));
    }
    sum += best;
  }
  return sum / kSeeds;
}

// Whether the algorithm does better than random search on all easy problems
// that it can work on.
bool BeatsRandom(const Maker& make) {
  int served = 0;
  for (const ParameterSpecs& specs : EasySpaces()) {
    const SearchSpace space = *SearchSpace::Create(specs);
    if (!make(space).ok()) continue;
    ++served;
    const double random = MeanBest(space, [](const SearchSpace& each) {
      return MakeAlgorithm("RANDOM_SEARCH", each);
    });
    if (MeanBest(space, make) <= random) return false;
  }
  return served > 0;
}

TEST_P(AlgorithmConformance, LearnsExactlyIfItSaysSo) {
  if (info().learns) {
    EXPECT_TRUE(
        BeatsRandom([&](const SearchSpace& space) { return Make(space); }));
    return;
  }
  ForEachSpace([&](const TestSpace&, const SearchSpace& space) {
    StudyRun run(*Make(space), 7, 1);
    run.Suggest(8);
    run.Finish(5);
    EXPECT_EQ(Describe(Question(run.algorithm(), 7, 8, 4, run.pending())),
              Describe(Question(**Make(space), 7, 8, 4, {})));
  });
}

// Changes one coordinate of the best point.
class HillClimber : public Algorithm {
 public:
  explicit HillClimber(const SearchSpace* space) : space_(space) {}

  absl::Status Observe(absl::Span<const Observation> finished) override {
    for (const Observation& each : finished) {
      if (best_.empty() || each.metrics[0] > best_value_) {
        best_ = each.point;
        best_value_ = each.metrics[0];
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<Suggestion>> Suggest(
      const Ask& ask) const override {
    RandomStream random = ask.rng.At(ask.ordinal);
    Point point = best_.empty() ? space_->DefaultPoint() : best_;
    const int i = static_cast<int>(random.Below(point.size()));
    point[i] = space_->dimension(i).IsCategorical()
                   ? static_cast<double>(random.Below(2))
                   : point[i] + 0.1 * random.Normal();
    space_->Normalize(point);
    return std::vector<Suggestion>{{point, ""}};
  }

 private:
  const SearchSpace* space_;
  Point best_;
  double best_value_ = 0;
};

// The measure itself can tell a learner from luck.
TEST(BeatsRandomTest, TellsALearnerFromOneThatDoesNot) {
  EXPECT_TRUE(BeatsRandom([](const SearchSpace& space) {
    return absl::StatusOr<std::unique_ptr<Algorithm>>(
        std::make_unique<HillClimber>(&space));
  }));
  EXPECT_FALSE(BeatsRandom([](const SearchSpace& space) {
    return MakeAlgorithm("RANDOM_SEARCH", space);
  }));
}

}  // namespace
}  // namespace apogee
