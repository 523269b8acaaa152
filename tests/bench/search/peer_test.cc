#include "tests/bench/search/peer.h"

#include <cmath>
#include <memory>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/bench/search/experiment.h"
#include "tests/bench/search/summary.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// The peer that needs no library.
std::shared_ptr<Peer> RandomPeer() {
  return std::make_shared<Peer>(
      Peer::Info{.name = "random", .several_objectives = true},
      std::vector<std::string>{
          "python3",
          absl::StrCat(BENCH_SOURCE_DIR, "/search/peers/random_peer.py")});
}

// A peer that gives these answers, whatever it is told.
std::shared_ptr<Peer> Says(const std::string& answers) {
  return std::make_shared<Peer>(
      Peer::Info{.name = "scripted"},
      std::vector<std::string>{
          "sh", "-c",
          absl::StrCat("printf '", answers, "'; exec cat >/dev/null")});
}

Experiment ExperimentWith(std::shared_ptr<Peer> peer,
                          const std::string& problem) {
  Experiment experiment;
  absl::StatusOr<std::vector<ProblemChoice>> problems = ParseProblems(problem);
  EXPECT_THAT(problems, IsOk());
  experiment.problems = *std::move(problems);
  experiment.contestants = {
      {.label = "peer", .peer = std::move(peer), .options = {}}};
  experiment.laboratory.trials = 30;
  experiment.runs = 3;
  return experiment;
}

absl::StatusOr<Results> RunIt(const Experiment& experiment) {
  return RunExperiment(experiment, [](int64_t, int64_t) {});
}

TEST(PeerTest, TakesPartLikeAnAlgorithm) {
  Experiment experiment =
      ExperimentWith(RandomPeer(), "hybrid/f=1/con=2/cat=2");
  for (const absl::string_view other : {"zdt/f=1/d=2", "bbob-mixint/f=1"}) {
    experiment.problems.push_back((*ParseProblems(other))[0]);
  }
  experiment.contestants.push_back({.label = "ours",
                                    .algorithm = FindAlgorithm("RANDOM_SEARCH"),
                                    .options = {}});
  experiment.laboratory.workers = 4;
  experiment.laboratory.failures = 0.1;
  experiment.laboratory.lost = 0.1;
  const absl::StatusOr<Results> results = RunIt(experiment);
  ASSERT_THAT(results, IsOk());
  for (size_t p = 0; p < experiment.problems.size(); ++p) {
    const std::vector<apogee::Run>& runs = results->Of(p, 0);
    ASSERT_EQ(runs.size(), 3);
    EXPECT_NE(runs[0].checkpoints[0].score.value,
              runs[1].checkpoints[0].score.value);
    for (size_t r = 0; r < runs.size(); ++r) {
      EXPECT_GT(runs[r].checkpoints[0].score.regret, 0);
      EXPECT_GT(runs[r].cost.mean, 0);
      // The same fates and durations of trials.
      EXPECT_EQ(runs[r].checkpoints[0].time,
                results->Of(p, 1)[r].checkpoints[0].time);
    }
  }
  const std::string alone = ResultsCsv(experiment, *results);
  experiment.threads = 4;
  const absl::StatusOr<Results> parallel = RunIt(experiment);
  ASSERT_THAT(parallel, IsOk());
  EXPECT_EQ(ResultsCsv(experiment, *parallel), alone);
}

TEST(PeerTest, RefusesLikeAnAlgorithm) {
  Experiment experiment = ExperimentWith(
      Says(R"({"refused": "no reals"}\n{"refused": "no reals"}\n)"),
      "bbob/f=1/d=3");
  EXPECT_THAT(RunIt(experiment),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("peer on bbob/f=1/d=3: no reals")));
  experiment.skip_refused = true;
  const absl::StatusOr<Results> results = RunIt(experiment);
  ASSERT_THAT(results, IsOk());
  EXPECT_THAT(results->Of(0, 0), IsEmpty());
  EXPECT_EQ(results->refusals.size(), 1);
}

TEST(PeerTest, OptionsThatItHasNotAreRefused) {
  Experiment experiment = ExperimentWith(RandomPeer(), "bbob/f=1/d=3");
  google::protobuf::Value one;
  one.set_number_value(1);
  (*experiment.contestants[0].options.mutable_fields())["no_such"] = one;
  EXPECT_THAT(RunIt(experiment), StatusIs(absl::StatusCode::kInvalidArgument,
                                          HasSubstr("no_such")));
}

TEST(PeerTest, ABadAnswerIsAnErrorThatNamesIt) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({}\n{}\n{"parameters": {"x1": 9, "x2": 0}, "seconds": 0}\n)", "x1"},
      {R"({}\n{}\n{"parameters": {"x1": 1}, "seconds": 0}\n)", "x2"},
      {R"({}\n{}\n{"seconds": 0}\n)", "lacks a field"},
      {R"({}\n{}\nnonsense\n)", "nonsense"},
  };
  for (const auto& [answers, message] : cases) {
    EXPECT_THAT(RunIt(ExperimentWith(Says(answers), "bbob/f=1/d=2")),
                StatusIs(absl::StatusCode::kInternal, HasSubstr(message)))
        << answers;
  }
  const auto dead = std::make_shared<Peer>(Peer::Info{.name = "dead"},
                                           std::vector<std::string>{"false"});
  EXPECT_THAT(RunIt(ExperimentWith(dead, "bbob/f=1/d=2")),
              StatusIs(absl::StatusCode::kUnavailable,
                       HasSubstr("\"false\" has ended too early")));
}

TEST(PeerTest, WhoHasNoMorePointsIsDone) {
  const absl::StatusOr<Results> results = RunIt(ExperimentWith(
      Says(
          R"({}\n{}\n{"parameters": {"x1": 1, "x2": 2}, "seconds": 1}\n{"parameters": null, "seconds": 1}\n{}\n{"parameters": null, "seconds": 1}\n{}\n{"parameters": null, "seconds": 1}\n)"),
      "bbob/f=1/d=2"));
  ASSERT_THAT(results, IsOk());
  EXPECT_TRUE(std::isfinite(results->Of(0, 0)[0].checkpoints[0].score.regret));
  EXPECT_FALSE(std::isfinite(results->Of(0, 0)[1].checkpoints[0].score.regret));
}

TEST(PeerTest, NamesAreKnown) {
  EXPECT_THAT(Peer::Find("cmae"), StatusIs(absl::StatusCode::kInvalidArgument,
                                           HasSubstr("did you mean \"cma")));
  for (const Peer::Info& info : Peer::All()) {
    EXPECT_THAT(Peer::Find(info.name), IsOk());
  }
}

}  // namespace
}  // namespace apogee
