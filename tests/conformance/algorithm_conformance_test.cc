// The laws of algorithms/README.md, for every algorithm of the registry.

#include <algorithm>
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
#include "tests/algorithms/simulated_study.h"
#include "tests/conformance/test_spaces.h"
#include "tests/testing/matchers.h"
#include "tests/testing/random_space.h"

namespace apogee {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

class AlgorithmConformance : public testing::TestWithParam<std::string> {
 protected:
  const AlgorithmInfo& info() const { return FindAlgorithm(GetParam())->info; }

  // On `objectives` objectives and `constraints` metrics that should reach 0.
  static absl::StatusOr<std::unique_ptr<Algorithm>> Make(
      const SearchSpace& space, int objectives = 1, int constraints = 0) {
    std::vector<Goal> goals(static_cast<size_t>(objectives));
    goals.insert(goals.end(), static_cast<size_t>(constraints),
                 {.threshold = 0});
    return MakeAlgorithm(GetParam(), space, QuickOptions(GetParam()),
                         std::move(goals));
  }

  // Calls `test` with an algorithm for each space it can work on.
  template <typename Test>
  void ForEachSpace(Test test) const {
    int served = 0;
    for (const TestSpace& each : TestSpaces()) {
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

// The first constraint is always kept: an algorithm may take it for a cost.
// Those that model each metric by itself learn from every value of it.
TEST_P(AlgorithmConformance, OfABrokenConstraintOnlyTheViolationCounts) {
  const bool models_each_metric = GetParam() == "GAUSSIAN_PROCESS_BANDIT" ||
                                  GetParam() == "GP_UCB_PE" ||
                                  GetParam() == "REGRESSION_GUIDED";
  bool only_violations = true;
  ForEachSpace([&](const TestSpace&, const SearchSpace& space) {
    const auto run = [&](double objective_when_broken) {
      const auto algorithm = *Make(space, 1, 2);
      RandomStream random = Rng(3).At(0);
      std::vector<Point> points;
      for (const Observation& each : RunStudy(
               *algorithm,
               {.trials = models_each_metric ? 15 : 40,
               .workers = 3,
               .infeasible = 0.2},
               [&](const Point&) {
                 const double objective = random.Normal();
                 const double room = random.Normal();
                 return std::vector<double>{
                     room < 0 ? objective_when_broken : objective, 1, room};
               })) {
        points.push_back(each.point);
      }
      return Texts(points);
    };
    if (run(1e6) != run(-1e6)) only_violations = false;
  });
  EXPECT_NE(only_violations, models_each_metric);
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

// Workers that end in any order, of which some are never heard of again.
TEST_P(AlgorithmConformance, FailuresAndLostWorkersDoNotStopIt) {
  for (const int objectives : {1, 2}) {
    if (objectives > 1 && !info().several_objectives) continue;
    for (const uint64_t seed : {101, 102, 103}) {
      SCOPED_TRACE(seed);
      const ParameterSpecs specs = RandomSpace(seed);
      ASSERT_OK_AND_ASSIGN(const SearchSpace space, SearchSpace::Create(specs));
      const auto algorithm = Make(space, objectives);
      if (!algorithm.ok()) continue;
      RandomStream random = Rng(seed).At(0);
      const auto finished = RunStudy(
          **algorithm,
          {.trials = 150, .workers = 10, .infeasible = 0.3, .lost = 0.1},
          [&](const Point& point) {
            EXPECT_OK(CheckParameters(specs, space.Decode(point)));
            std::vector<double> metrics(static_cast<size_t>(objectives));
            for (double& metric : metrics) metric = random.Normal();
            return metrics;
          });
      // Only those that do not learn come to an end.
      if (info().learns) {
        EXPECT_THAT(finished, SizeIs(150));
      }
    }
  }
}

TEST_P(AlgorithmConformance, OnlyThoseThatLearnLookAtResults) {
  if (info().learns) return;
  ForEachSpace([&](const TestSpace&, const SearchSpace& space) {
    StudyRun run(*Make(space), 7, 1);
    run.Suggest(8);
    run.Finish(5);
    EXPECT_EQ(Describe(Question(run.algorithm(), 7, 8, 4, run.pending())),
              Describe(Question(**Make(space), 7, 8, 4, {})));
  });
}

}  // namespace
}  // namespace apogee
