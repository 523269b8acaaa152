#include "tests/bench/search/transfer_problem.h"

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <set>

#include "absl/strings/str_cat.h"
#include "algorithms/registry.h"
#include "algorithms/space/search_space.h"
#include "tests/bench/search/simulation.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using testing::HasSubstr;

// A folder with 12 tasks of decision trees and three settings of depth 1, 10
// and 30, of which the first one is the best of every task and the second one
// the worst.
std::string Data() {
  std::string data = testing::TempDir() + "/transfer_problem_test";
  std::filesystem::create_directories(data + "/rpart-tasks");
  std::ofstream(data + "/rpart-tasks/configs.csv.gz")
      << "config,cp,maxdepth,minbucket,minsplit,impute\n"
         "0,0.01,1,50,50,mean\n1,0.01,10,50,50,mean\n2,0.01,30,50,50,mean\n";
  std::ofstream acc(data + "/rpart-tasks/acc.csv.gz");
  acc << "config";
  for (int task = 0; task < 12; ++task) acc << ",t" << task;
  for (const double value : {0.9, 0.5, 0.7}) {
    acc << "\n0";
    for (int task = 0; task < 12; ++task) acc << "," << value + task / 1000.0;
  }
  acc << "\n";
  return data;
}

TestProblem Make(const ProblemChoice& choice, int64_t instance) {
  return choice.make({.instance = instance, .several_objectives = false});
}

TEST(TasksTest, OtherSettingsCountAsTheNearest) {
  ASSERT_OK_AND_ASSIGN(const TaskFamily family, ReadTasks("rpart", Data()));
  ASSERT_EQ(family.tasks.size(), 12);
  EXPECT_EQ(family.tasks[3].name, "t3");
  EXPECT_EQ(family.tasks[3].best, 0.903);
  EXPECT_EQ(family.tasks[3].median, 0.703);
  ASSERT_OK_AND_ASSIGN(const SearchSpace space,
                       SearchSpace::Create(family.spec.parameters()));
  Point point = space.DefaultPoint();
  const int depth = space.Find("maxdepth")[0];
  for (const auto& [value, accuracy] :
       {std::pair(2.0, 0.903), std::pair(12.0, 0.503),
        std::pair(29.0, 0.703)}) {
    point[depth] = space.CoordinateNear(depth, value);
    EXPECT_EQ(family.measure(3, space.Decode(point)), accuracy);
  }
}

TEST(TasksTest, SaysWhatIsMissing) {
  EXPECT_THAT(ReadTasks("rpart", "/nowhere"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/nowhere")));
  EXPECT_THAT(
      ReadTasks("nothing", Data()),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("nothing")));
}

TEST(TransferProblemTest, EachRunHasATaskAndTrialsOfOthers) {
  ASSERT_OK_AND_ASSIGN(const TaskFamily family, ReadTasks("rpart", Data()));
  const ProblemChoice choice = TransferProblem(family, Hearsay::kTrue);
  for (int64_t instance = 1; instance <= 13; ++instance) {
    const TestProblem problem = Make(choice, instance);
    const std::string own = absl::StrCat("t", (instance - 1) % 12);
    EXPECT_EQ(problem.background->text.metadata[0].second, own);
    std::set<std::string> names = {own};
    for (const PriorStudy& prior : problem.background->priors) {
      names.insert(prior.name);
      EXPECT_EQ(prior.study.trials.size(), 100);
      EXPECT_TRUE(prior.study.text.maximize);
      EXPECT_OK(CheckStudy(prior.study));
    }
    EXPECT_EQ(names.size(), 9);
  }
}

TEST(TransferProblemTest, FlippedTrialsAreTheSameWithTheOtherGoal) {
  ASSERT_OK_AND_ASSIGN(const TaskFamily family, ReadTasks("rpart", Data()));
  const auto told = Make(TransferProblem(family, Hearsay::kTrue), 2);
  const auto flipped = Make(TransferProblem(family, Hearsay::kFlipped), 2);
  EXPECT_TRUE(flipped.background->text.maximize);
  const NamedStudy& one = told.background->priors[0].study;
  const NamedStudy& other = flipped.background->priors[0].study;
  EXPECT_FALSE(other.text.maximize);
  EXPECT_EQ(one.trials[7].value, other.trials[7].value);
}

// Whoever knows that depth 1 is best everywhere begins there.
TEST(TransferProblemTest, WhoIsToldFindsTheBestAtOnce) {
  ASSERT_OK_AND_ASSIGN(const TaskFamily family, ReadTasks("rpart", Data()));
  const TestProblem problem = Make(TransferProblem(family, Hearsay::kTrue), 1);
  const Laboratory laboratory = {.trials = 3, .checkpoints = {1, 3}};
  Contestant guided = {.label = "REGRESSION_GUIDED",
                       .algorithm = FindAlgorithm("REGRESSION_GUIDED"),
                       .options = {}};
  ASSERT_OK_AND_ASSIGN(const auto told,
                       Simulate(problem, guided, laboratory, 1));
  EXPECT_EQ(told.checkpoints[0].score.regret, 0);
  guided.alone = true;
  ASSERT_OK_AND_ASSIGN(const auto alone,
                       Simulate(problem, guided, laboratory, 1));
  // The middle of the space is nearest to depth 10.
  EXPECT_DOUBLE_EQ(alone.checkpoints[0].score.regret, 2);
}

}  // namespace
}  // namespace apogee
