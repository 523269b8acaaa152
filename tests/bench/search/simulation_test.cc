#include "tests/bench/search/simulation.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/bench/search/experiment.h"
#include "tests/bench/search/scorers.h"
#include "tests/bench/search/summary.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

Contestant Named(const std::string& name) {
  return {.label = name, .algorithm = FindAlgorithm(name), .options = {}};
}

std::vector<ProblemChoice> Choices(absl::string_view text) {
  absl::StatusOr<std::vector<ProblemChoice>> choices = ParseProblems(text);
  EXPECT_THAT(choices, IsOk());
  return *std::move(choices);
}

TestProblem Sphere() {
  return Choices("bbob/f=1/d=3")[0].make(
      {.instance = 1, .several_objectives = false});
}

// Counts what the scorer is given.
struct Counted {
  explicit Counted(TestProblem made) : problem(std::move(made)) {
    problem.new_scorer = [this, make = problem.new_scorer] {
      class Counter : public Scorer {
       public:
        Counter(std::unique_ptr<Scorer> scorer, int* count)
            : scorer_(std::move(scorer)), count_(count) {}
        void Add(const Evaluation& evaluation) override {
          ++*count_;
          scorer_->Add(evaluation);
        }
        Score Get() const override { return scorer_->Get(); }

       private:
        std::unique_ptr<Scorer> scorer_;
        int* count_;
      };
      return std::make_unique<Counter>(make(), &measured);
    };
  }

  TestProblem problem;
  int measured = 0;
};

TEST(SimulationTest, RegretsFallAndCheckpointsAreAllThere) {
  const auto run =
      Simulate(Sphere(), Named("RANDOM_SEARCH"),
               {.trials = 50, .workers = 4, .checkpoints = {1, 10, 10, 50}}, 1);
  ASSERT_THAT(run, IsOk());
  ASSERT_EQ(run->checkpoints.size(), 4);
  for (size_t i = 1; i < 4; ++i) {
    EXPECT_LE(run->checkpoints[i].score.regret,
              run->checkpoints[i - 1].score.regret);
    EXPECT_GE(run->checkpoints[i].time, run->checkpoints[i - 1].time);
  }
  EXPECT_EQ(run->checkpoints[3].trials, 50);
}

TEST(SimulationTest, ManyWorkersTakeLessTime) {
  for (const Durations durations :
       {Durations::kConstant, Durations::kExponential, Durations::kLogNormal}) {
    std::vector<double> times;
    for (const int workers : {1, 10}) {
      const auto run = Simulate(Sphere(), Named("RANDOM_SEARCH"),
                                {.trials = 500,
                                 .workers = workers,
                                 .durations = durations,
                                 .checkpoints = {500}},
                                1);
      ASSERT_THAT(run, IsOk());
      times.push_back(run->checkpoints[0].time);
    }
    // Trials take 1 on average.
    EXPECT_NEAR(times[0], 500, 100);
    EXPECT_NEAR(times[1], 50, 15);
  }
}

TEST(SimulationTest, FailuresAndLostWorkersTakeTheirShare) {
  Counted counted(Sphere());
  const auto run = Simulate(counted.problem, Named("RANDOM_SEARCH"),
                            {.trials = 1000,
                             .workers = 8,
                             .failures = 0.3,
                             .lost = 0.1,
                             .checkpoints = {1000}},
                            1);
  ASSERT_THAT(run, IsOk());
  EXPECT_NEAR(counted.measured, 600, 60);
}

TEST(SimulationTest, AllTrialsMayBeLost) {
  Counted counted(Sphere());
  const auto run =
      Simulate(counted.problem, Named("QUASI_RANDOM_SEARCH"),
               {.trials = 30, .workers = 3, .lost = 1, .checkpoints = {30}}, 1);
  ASSERT_THAT(run, IsOk());
  EXPECT_EQ(counted.measured, 0);
  EXPECT_TRUE(std::isinf(run->checkpoints[0].score.regret));
}

TEST(SimulationTest, ASpentSpaceEndsTheRunAndFindsTheBest) {
  Counted counted(Choices("layered/l=2/s=3")[0].make(
      {.instance = 1, .several_objectives = false}));
  const auto run =
      Simulate(counted.problem, Named("SHUFFLED_GRID_SEARCH"),
               {.trials = 100, .workers = 4, .checkpoints = {50, 100}}, 1);
  ASSERT_THAT(run, IsOk());
  EXPECT_EQ(counted.measured, 9);
  ASSERT_EQ(run->checkpoints.size(), 2);
  EXPECT_NEAR(run->checkpoints[1].score.regret, 0, 1e-12);
}

Experiment SmallExperiment() {
  Experiment experiment;
  experiment.problems = Choices("layered-front/l=3/s=3");
  for (ProblemChoice& choice : Choices("hybrid/f=1..2/con=2/cat=2/trials=40")) {
    experiment.problems.push_back(std::move(choice));
  }
  experiment.contestants = {Named("RANDOM_SEARCH"),
                            Named("QUASI_RANDOM_SEARCH")};
  experiment.laboratory = {
      .trials = 60, .workers = 5, .failures = 0.1, .lost = 0.05};
  experiment.moments = {{0.1, true}, {1, true}};
  experiment.runs = 4;
  return experiment;
}

std::string CsvOf(const Experiment& experiment) {
  const absl::StatusOr<Results> results =
      RunExperiment(experiment, [](int64_t, int64_t) {});
  EXPECT_THAT(results, IsOk());
  return ResultsCsv(experiment, *results);
}

TEST(ExperimentTest, ResultsDoNotDependOnThreads) {
  Experiment experiment = SmallExperiment();
  const std::string alone = CsvOf(experiment);
  experiment.threads = 4;
  EXPECT_EQ(CsvOf(experiment), alone);
  // A header, and a row for each problem, contestant, run and moment.
  EXPECT_EQ(std::count(alone.begin(), alone.end(), '\n'), 1 + 3 * 2 * 4 * 2);
  EXPECT_THAT(alone, HasSubstr("hybrid/f=2/con=2/cat=2/trials=40,"
                               "QUASI_RANDOM_SEARCH,4,40,"));
  experiment.seed = 2;
  EXPECT_NE(CsvOf(experiment), alone);
}

TEST(ExperimentTest, WhoRefusesAProblemIsLeftOutOrAnError) {
  Experiment experiment = SmallExperiment();
  google::protobuf::Value one;
  one.set_number_value(1);
  (*experiment.contestants[1].options.mutable_fields())["no_such"] = one;
  EXPECT_THAT(RunExperiment(experiment, [](int64_t, int64_t) {}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("QUASI_RANDOM_SEARCH on layered-front")));
  experiment.skip_refused = true;
  const absl::StatusOr<Results> results =
      RunExperiment(experiment, [](int64_t, int64_t) {});
  ASSERT_THAT(results, IsOk());
  EXPECT_EQ(results->refusals.size(), 3);
  EXPECT_EQ(results->Of(0, 0).size(), 4);
  EXPECT_THAT(results->Of(0, 1), IsEmpty());
  EXPECT_THAT(Summary(experiment, *results, {1}, /*time=*/false),
              AllOf(HasSubstr("RANDOM_SEARCH"),
                    testing::Not(HasSubstr("QUASI_RANDOM_SEARCH"))));
}

TEST(ExperimentTest, TargetsAreNotedWhenTheyAreReached) {
  Laboratory laboratory = {.trials = 40, .workers = 3, .failures = 0.2};
  for (int64_t trials = 1; trials <= laboratory.trials; ++trials) {
    laboratory.checkpoints.push_back(trials);
  }
  laboratory.targets = {1000, 10, 1e-12};
  const auto run = Simulate(Sphere(), Named("CMA_ES"), laboratory, 5);
  ASSERT_THAT(run, IsOk());
  ASSERT_EQ(run->reached.size(), 3);
  for (size_t t = 0; t < 2; ++t) {
    const auto first =
        std::find_if(run->checkpoints.begin(), run->checkpoints.end(),
                     [&](const Checkpoint& checkpoint) {
                       return checkpoint.score.regret <= laboratory.targets[t];
                     });
    ASSERT_NE(first, run->checkpoints.end());
    EXPECT_EQ(run->reached[t], static_cast<double>(first->trials));
  }
  EXPECT_TRUE(std::isinf(run->reached[2]));

  laboratory.targets.pop_back();
  laboratory.stop_at_targets = true;
  const auto stopped = Simulate(Sphere(), Named("CMA_ES"), laboratory, 5);
  ASSERT_THAT(stopped, IsOk());
  EXPECT_EQ(stopped->reached[1], run->reached[1]);
  const auto last = static_cast<size_t>(stopped->reached[1]) - 1;
  EXPECT_EQ(stopped->checkpoints.back().time, run->checkpoints[last].time);
}

TEST(ExperimentTest, SummaryShowsTargetsAndTime) {
  Experiment experiment = SmallExperiment();
  experiment.laboratory.targets = {0, 1e9};
  const auto results = RunExperiment(experiment, [](int64_t, int64_t) {});
  ASSERT_THAT(results, IsOk());
  const std::string with = Summary(experiment, *results, {1}, /*time=*/true);
  // Nobody reaches the best, everybody the other one with the first trial that
  // succeeds.
  EXPECT_THAT(with,
              testing::ContainsRegex("<=0 +trials to 0 +<=1e\\+09 +"
                                     "trials to 1e\\+09 .* ms +ms at end"));
  EXPECT_THAT(with, testing::ContainsRegex(" 0% +- +100% +[1-9]"));
  EXPECT_THAT(Summary(experiment, *results, {1}, /*time=*/false),
              testing::Not(HasSubstr("ms at end")));
}

TEST(MomentTest, IsNeverBeyondTheTrials) {
  EXPECT_EQ((Moment{0.01, true}).Trials(50), 1);
  EXPECT_EQ((Moment{0.5, true}).Trials(51), 26);
  EXPECT_EQ((Moment{20, false}).Trials(50), 20);
  EXPECT_EQ((Moment{200, false}).Trials(50), 50);
}

}  // namespace
}  // namespace apogee
