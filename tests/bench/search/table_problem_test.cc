#include "tests/bench/search/table_problem.h"

#include <zlib.h>

#include <fstream>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/matchers.h"
#include "tests/testing/temp_dir.h"

namespace apogee {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class TableProblemTest : public testing::Test {
 protected:
  // A description of a table and a space with these texts.
  TableDescription Describe(const std::string& table,
                            const std::string& space) {
    gzFile file = gzopen(dir_.File("t.csv.gz").c_str(), "wb");
    gzwrite(file, table.data(), static_cast<unsigned>(table.size()));
    gzclose(file);
    std::ofstream(dir_.File("s.yaml")) << space;
    return {.table = dir_.File("t.csv.gz"),
            .space = dir_.File("s.yaml"),
            .objective = "acc"};
  }

  static TestProblem Make(const TableDescription& description) {
    const absl::StatusOr<ProblemChoice> choice = TableProblem(description);
    EXPECT_THAT(choice, IsOk());
    return choice->make({.instance = 1, .several_objectives = true});
  }

  // The measurement of a trial with these parameters, texts in quotes.
  static Evaluation Evaluate(
      const TestProblem& problem,
      const std::vector<std::pair<std::string, std::string>>& values,
      int draw = 0) {
    Parameters parameters;
    for (const auto& [name, value] : values) {
      vizier::Trial::Parameter& parameter = *parameters.Add();
      parameter.set_parameter_id(name);
      if (value[0] == '"') {
        parameter.mutable_value()->set_string_value(
            value.substr(1, value.size() - 2));
      } else {
        parameter.mutable_value()->set_number_value(std::stod(value));
      }
    }
    RandomStream noise = Rng(1).At(draw);
    return problem.evaluate(parameters, noise);
  }

  static std::string ErrorOf(const TableDescription& description) {
    return std::string(TableProblem(description).status().message());
  }

  TempDir dir_;
};

constexpr char kTable[] =
    "model,units,acc,flops,s0,s1,test\n"
    "tree,1,70,10,69,71,60\n"
    "tree,2.0,80,20,79,81,61\n"
    "net,1,75,30,74,,62\n"
    "net,2,90,40,89,91,63\n"
    "svm,1,99,1,99,99,64\n"  // not in the space
    "net,4,,50,1,1,65\n";    // not measured
constexpr char kSpace[] =
    "parameters:\n"
    "  model: {categorical: [tree, net]}\n"
    "  units: {discrete: [1, 2, 4]}\n";

TEST_F(TableProblemTest, LooksUpByValue) {
  TableDescription description = Describe(kTable, kSpace);
  description.report = "test";
  const TestProblem problem = Make(description);
  const Evaluation found =
      Evaluate(problem, {{"model", "\"tree\""}, {"units", "2"}});
  EXPECT_THAT(found.measured, ElementsAre(80));
  EXPECT_EQ(found.report, 61);
  // No such row; a row without a value.
  EXPECT_THAT(
      Evaluate(problem, {{"model", "\"tree\""}, {"units", "4"}}).measured,
      IsEmpty());
  EXPECT_THAT(
      Evaluate(problem, {{"model", "\"net\""}, {"units", "4"}}).measured,
      IsEmpty());

  // The best of the space is 90, the worst 70.
  const std::unique_ptr<Scorer> scorer = problem.new_scorer();
  EXPECT_EQ(scorer->Get().regret, 20);
  scorer->Add(found);
  EXPECT_EQ(scorer->Get().regret, 10);
  EXPECT_EQ(scorer->Get().report, 61);
}

TEST_F(TableProblemTest, DrawsFromTheNoiseColumnsThatHaveAValue) {
  TableDescription description = Describe(kTable, kSpace);
  description.noise = {"s0", "s1"};
  const TestProblem problem = Make(description);
  std::set<double> tree;
  std::set<double> net;
  for (int draw = 0; draw < 50; ++draw) {
    const Evaluation of_tree =
        Evaluate(problem, {{"model", "\"tree\""}, {"units", "1"}}, draw);
    EXPECT_THAT(of_tree.exact, ElementsAre(70));
    tree.insert(of_tree.measured[0]);
    net.insert(Evaluate(problem, {{"model", "\"net\""}, {"units", "1"}}, draw)
                   .measured[0]);
  }
  EXPECT_THAT(tree, ElementsAre(69, 71));
  EXPECT_THAT(net, ElementsAre(74));
}

TEST_F(TableProblemTest, ACostIsALimitOrAnObjective) {
  TableDescription description = Describe(kTable, kSpace);
  description.cost = "flops";
  const TestProblem both = Make(description);
  ASSERT_EQ(both.spec.metrics_size(), 2);
  EXPECT_FALSE(both.spec.metrics(1).has_safety_config());
  EXPECT_THAT(both.best_front,
              ElementsAre(ElementsAre(90, 40), ElementsAre(80, 20),
                          ElementsAre(70, 10)));

  description.max_cost = 30;
  const TestProblem limited = Make(description);
  EXPECT_EQ(limited.spec.metrics(1).safety_config().safety_threshold(), 30);
  const std::unique_ptr<Scorer> scorer = limited.new_scorer();
  scorer->Add(Evaluate(limited, {{"model", "\"net\""}, {"units", "2"}}));
  EXPECT_EQ(scorer->Get().regret, 10);  // over the limit: still nothing
  scorer->Add(Evaluate(limited, {{"model", "\"net\""}, {"units", "1"}}));
  EXPECT_EQ(scorer->Get().regret, 5);
}

TEST_F(TableProblemTest, LessIsBetterWhenMinimizing) {
  TableDescription description = Describe(kTable, kSpace);
  description.minimize = true;
  const TestProblem problem = Make(description);
  const std::unique_ptr<Scorer> scorer = problem.new_scorer();
  scorer->Add(Evaluate(problem, {{"model", "\"net\""}, {"units", "1"}}));
  EXPECT_EQ(scorer->Get().regret, 5);
}

TEST_F(TableProblemTest, CharactersOfAColumn) {
  const TestProblem problem = Make(Describe("arch,acc\n01,5\n10,6\n11,7\n",
                                            "parameters:\n"
                                            "  arch[0]: {categorical: [0, 1]}\n"
                                            "  arch[1]: {int: [0, 1]}\n"));
  EXPECT_THAT(
      Evaluate(problem, {{"arch[0]", "\"1\""}, {"arch[1]", "0"}}).measured,
      ElementsAre(6));
  EXPECT_THAT(
      Evaluate(problem, {{"arch[0]", "\"0\""}, {"arch[1]", "0"}}).measured,
      IsEmpty());
}

TEST_F(TableProblemTest, InactiveParametersHaveEmptyCells) {
  const TestProblem problem =
      Make(Describe("model,depth,fast,acc\ntree,3,true,5\nlinear,,false,6\n",
                    "parameters:\n"
                    "  model: {categorical: [tree, linear]}\n"
                    "  depth: {int: [1, 4], when: {model: tree}}\n"
                    "  fast: bool\n"));
  EXPECT_THAT(
      Evaluate(problem, {{"model", "\"linear\""}, {"fast", "\"False\""}})
          .measured,
      ElementsAre(6));
  EXPECT_THAT(
      Evaluate(problem,
               {{"fast", "\"True\""}, {"model", "\"tree\""}, {"depth", "3"}})
          .measured,
      ElementsAre(5));
}

TEST_F(TableProblemTest, SeveralRowsOfOnePointAreTheirMean) {
  const TestProblem problem =
      Make(Describe("x,acc\n1,5\n1,6\n1,10\n2,0\n",
                    "parameters:\n  x: {discrete: [1, 2]}\n"));
  EXPECT_THAT(Evaluate(problem, {{"x", "1"}}).exact,
              ElementsAre(testing::DoubleEq(7)));
}

TEST_F(TableProblemTest, ErrorsNameTheThingAndTheCure) {
  EXPECT_THAT(
      ErrorOf(Describe(kTable, "parameters:\n  modle: {int: [1, 2]}\n")),
      AllOf(HasSubstr("s.yaml: parameters.modle"),
            HasSubstr("did you mean \"model\"?")));
  EXPECT_THAT(
      ErrorOf(Describe(kTable, "parameters:\n  units: {double: [0, 1]}\n")),
      HasSubstr("{discrete: [0.1, 0.2]}"));
  EXPECT_THAT(
      ErrorOf(Describe(kTable, "parameters:\n  units: {itn: [0, 1]}\n")),
      HasSubstr("s.yaml:2"));
  EXPECT_THAT(
      ErrorOf(Describe(kTable, "parameters:\n  model: {categorical: [Net]}\n")),
      AllOf(HasSubstr("no row of"), HasSubstr("\"tree\"")));

  TableDescription description = Describe(kTable, kSpace);
  description.cost = "flops";
  description.max_cost = 0.5;
  EXPECT_THAT(ErrorOf(description), HasSubstr("raise --max-cost"));
  description.cost = "flop";
  EXPECT_THAT(ErrorOf(description), HasSubstr("did you mean \"flops\"?"));
  description.table = "/no/table.csv";
  EXPECT_THAT(ErrorOf(description), HasSubstr("cannot read /no/table.csv"));
}

}  // namespace
}  // namespace apogee
