// Who has a trial, who has lost it, and what becomes of it.

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "proto/lease_history.h"
#include "server/engine/study.h"
#include "tests/server/decode.h"
#include "tests/server/study_harness.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using absl::StatusCode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using vizier::Trial;

constexpr char kLease[] =
    "apogee_options { lease { seconds: 60 reissues: 2 } budget { trials: 3 } }";

Trial Get(StudyHarness& harness, int64_t id) {
  return *Decode(harness.study().GetTrial(id));
}

std::vector<std::string> Losers(const Trial& trial) {
  std::vector<std::string> workers;
  const apogee::v1::LeaseHistory history = ReadLeaseHistory(trial);
  for (const auto& lost : history.lost()) workers.push_back(lost.worker());
  return workers;
}

// The ids of trials that an algorithm would be told as finished and as pending.
std::string Told(StudyHarness& harness) {
  Suggester suggester(harness.study().problem(), 1);
  const Suggester::Question question = suggester.Prepare(harness.study(), 1);
  std::string text = "finished";
  for (const Observation& finished : question.finished) {
    absl::StrAppend(&text, " ", finished.trial_id);
  }
  absl::StrAppend(&text, "; pending");
  for (const Pending& pending : question.pending) {
    absl::StrAppend(&text, " ", pending.trial_id);
  }
  return text;
}

TEST(Lease, IsOffUnlessTheStudyAsksForIt) {
  StudyHarness harness;
  ASSERT_OK(harness.Take("w"));
  EXPECT_EQ(harness.study().next_expiry(), absl::InfiniteFuture());
  harness.Wait(absl::Hours(1000));
  EXPECT_EQ(Get(harness, 1).state(), Trial::ACTIVE);
}

TEST(Lease, ASilentWorkerLosesItsTrialToTheNext) {
  StudyHarness harness(kLease);
  ASSERT_OK(harness.Take("w"));
  ASSERT_OK(harness.Measure(1, 1, 0.5));
  harness.Wait(absl::Seconds(59));
  EXPECT_EQ(Get(harness, 1).state(), Trial::ACTIVE);
  harness.Wait(absl::Seconds(1));
  const Trial lost = Get(harness, 1);
  EXPECT_EQ(lost.state(), Trial::REQUESTED);
  EXPECT_EQ(lost.client_id(), "");
  EXPECT_THAT(lost.measurements(), SizeIs(1)) << "what was measured stays";
  const apogee::v1::LeaseHistory history = ReadLeaseHistory(lost);
  ASSERT_THAT(history.lost(), SizeIs(1));
  EXPECT_EQ(history.lost(0).worker(), "w");
  EXPECT_EQ(history.lost(0).since().seconds(), 1'700'000'000);
  EXPECT_EQ(history.lost(0).until().seconds(), 1'700'000'060);
  EXPECT_EQ(history.lost(0).why(), "was silent for 60 s");

  ASSERT_OK_AND_ASSIGN(const auto next, harness.Take("v"));
  ASSERT_THAT(next, SizeIs(1));
  EXPECT_EQ(next[0].id(), "1");
  EXPECT_EQ(next[0].client_id(), "v");
  EXPECT_EQ(next[0].start_time().seconds(), 1'700'000'060);
  EXPECT_EQ(harness.study().trials().started(), 1) << "it is the same trial";
}

TEST(Lease, IsRenewedByWhateverIsSaidOfTheTrial) {
  StudyHarness harness(kLease);
  ASSERT_OK(harness.Take("w"));
  for (int i = 0; i < 5; ++i) {
    harness.Wait(absl::Seconds(40));
    harness.study().RenewLease(1, harness.now);
    harness.Wait(absl::Seconds(40));
    ASSERT_OK(harness.Take("w"));  // its own trial again
    harness.Wait(absl::Seconds(40));
    EXPECT_TRUE(harness.effects().commit.empty());
    const auto beat = harness.Beat("w");
    ASSERT_THAT(beat.trials(), SizeIs(1));
    EXPECT_FALSE(beat.trials(0).lost());
    EXPECT_EQ(beat.lease_seconds(), 60);
  }
  EXPECT_EQ(Get(harness, 1).client_id(), "w");
}

TEST(Lease, AHeartbeatTellsWhatIsLostAndWhatShouldStop) {
  StudyHarness harness(kLease);
  ASSERT_OK(harness.Take("w", 2));
  ASSERT_OK(harness.Stop(2));
  ASSERT_OK(harness.Release(1, "w"));
  ASSERT_OK(harness.Take("v"));
  const auto beat = harness.Beat("w", {1, 2, 7});
  ASSERT_THAT(beat.trials(), SizeIs(3));
  EXPECT_TRUE(beat.trials(0).lost());
  EXPECT_FALSE(beat.trials(1).lost());
  EXPECT_TRUE(beat.trials(1).should_stop());
  EXPECT_TRUE(beat.trials(2).lost()) << "there is none";
  EXPECT_THAT(harness.Beat("w").trials(), SizeIs(1));
}

TEST(Lease, ATrialMayTakeSoLongAndNoLonger) {
  StudyHarness harness("apogee_options { lease { trial_seconds: 100 } }");
  ASSERT_OK(harness.Take("w"));
  for (int i = 0; i < 9; ++i) {
    harness.Wait(absl::Seconds(11));
    harness.Beat("w");
  }
  EXPECT_EQ(Get(harness, 1).state(), Trial::ACTIVE);
  harness.Restart();
  harness.Wait(absl::Seconds(1));
  EXPECT_EQ(Get(harness, 1).state(), Trial::REQUESTED);
  EXPECT_THAT(ReadLeaseHistory(Get(harness, 1)).lost(0).why(),
              "had it for 100 s");
  ASSERT_OK(harness.Take("v"));
  harness.Wait(absl::Seconds(99));
  EXPECT_EQ(Get(harness, 1).client_id(), "v") << "each has its own time";
}

TEST(Lease, BeginsAnewWhenTheServerDoes) {
  StudyHarness harness(kLease);
  ASSERT_OK(harness.Take("w"));
  harness.now += absl::Hours(1);
  harness.Restart();
  harness.Wait(absl::Seconds(59));
  EXPECT_EQ(Get(harness, 1).client_id(), "w");
  harness.Wait(absl::Seconds(1));
  EXPECT_EQ(Get(harness, 1).state(), Trial::REQUESTED);
}

TEST(Lease, RestsWhileTheStudyDoes) {
  StudyHarness harness(kLease);
  ASSERT_OK(harness.Take("w"));
  ASSERT_OK(harness.SetState(vizier::Study::INACTIVE));
  harness.Wait(absl::Hours(1));
  ASSERT_OK(harness.SetState(vizier::Study::ACTIVE));
  harness.Wait(absl::Seconds(59));
  EXPECT_EQ(Get(harness, 1).client_id(), "w");
  harness.Wait(absl::Seconds(1));
  EXPECT_EQ(Get(harness, 1).state(), Trial::REQUESTED);
}

TEST(Lease, ATrialThatIsLostTooOftenIsGivenUpAndIsNoBadPoint) {
  StudyHarness harness(
      "algorithm: 'GP_UCB_PE' "
      "apogee_options { lease { seconds: 60 reissues: 2 } }");
  for (const char* const worker : {"a", "b", "c"}) {
    ASSERT_OK_AND_ASSIGN(const auto trials, harness.Take(worker));
    ASSERT_EQ(trials[0].id(), "1");
    EXPECT_EQ(Told(harness), "finished; pending 1");
    harness.Wait(absl::Seconds(60));
  }
  const Trial trial = Get(harness, 1);
  EXPECT_EQ(trial.state(), Trial::INFEASIBLE);
  EXPECT_EQ(trial.infeasible_reason(),
            "lost 3 times; its last worker, \"c\", was silent for 60 s");
  EXPECT_TRUE(IsGivenUp(trial));
  EXPECT_THAT(Losers(trial), ElementsAre("a", "b", "c"));
  EXPECT_EQ(harness.study().Summary().trials().given_up(), 1);
  EXPECT_EQ(Told(harness), "finished; pending");
  harness.Restart();
  EXPECT_EQ(harness.study().Summary().trials().given_up(), 1);
  EXPECT_EQ(Told(harness), "finished; pending");
  ASSERT_OK_AND_ASSIGN(const auto next, harness.Take("d"));
  EXPECT_EQ(next[0].id(), "2");
}

TEST(Lease, ATrialThatWasToldToStopIsNotTriedAgain) {
  StudyHarness harness(kLease);
  ASSERT_OK(harness.Take("w"));
  ASSERT_OK(harness.Stop(1));
  harness.Wait(absl::Seconds(60));
  EXPECT_TRUE(IsGivenUp(Get(harness, 1)));
}

TEST(Lease, ALateAnswerIsTakenWhenNobodyElseHasAnswered) {
  StudyHarness harness(kLease);
  ASSERT_OK(harness.Take("w"));
  harness.Wait(absl::Seconds(60));
  ASSERT_OK(harness.Measure(1, 3, 0.5));
  ASSERT_OK_AND_ASSIGN(const Trial trial, harness.Complete(1, 0.7));
  EXPECT_EQ(trial.state(), Trial::SUCCEEDED);
  EXPECT_EQ(trial.client_id(), "w");
  EXPECT_THAT(trial.measurements(), SizeIs(1));
  ASSERT_OK(harness.Complete(1, 0.7)) << "the same call again";
  ASSERT_OK_AND_ASSIGN(const auto next, harness.Take("v"));
  EXPECT_EQ(next[0].id(), "2");
}

TEST(Lease, TheFirstOfTwoWorkersToAnswerIsHeard) {
  StudyHarness harness(kLease);
  ASSERT_OK(harness.Take("w"));
  harness.Wait(absl::Seconds(60));
  ASSERT_OK(harness.Take("v"));
  ASSERT_OK(harness.Complete(1, 0.7));  // by w, as it happens
  EXPECT_TRUE(harness.Beat("v", {1}).trials(0).lost());
  EXPECT_THAT(harness.Complete(1, 0.2),
              StatusIs(StatusCode::kFailedPrecondition,
                       HasSubstr("trial 1 is SUCCEEDED")));
}

TEST(Lease, AnAnswerToATrialThatWasGivenUpIsTheNewestResult) {
  StudyHarness harness(
      "algorithm: 'GP_UCB_PE' "
      "apogee_options { lease { seconds: 60 reissues: 0 } }");
  ASSERT_OK(harness.Take("w"));
  harness.Wait(absl::Seconds(60));
  ASSERT_TRUE(IsGivenUp(Get(harness, 1)));
  ASSERT_OK(harness.Take("v"));
  ASSERT_OK(harness.Complete(2, 0.2));
  EXPECT_EQ(Told(harness), "finished 2; pending");
  ASSERT_OK(harness.Measure(1, 1, 0.9));
  ASSERT_OK_AND_ASSIGN(const Trial trial, harness.CompleteWith(1, ""));
  EXPECT_EQ(trial.state(), Trial::SUCCEEDED);
  EXPECT_EQ(trial.infeasible_reason(), "");
  EXPECT_EQ(trial.final_measurement().metrics(0).value(), 0.9);
  EXPECT_FALSE(IsGivenUp(trial));
  EXPECT_EQ(Told(harness), "finished 2 1; pending");
  EXPECT_EQ(harness.study().Summary().best_trial().id(), "1");
  harness.Restart();
  EXPECT_EQ(Told(harness), "finished 2 1; pending");
  EXPECT_EQ(harness.study().Summary().best_trial().id(), "1");
  EXPECT_EQ(harness.study().Summary().trials().given_up(), 0);
}

TEST(Lease, ATrialIsGivenBackAtOnceAndTwice) {
  StudyHarness harness;
  ASSERT_OK(harness.Take("w"));
  EXPECT_THAT(harness.Release(1, "v"),
              StatusIs(StatusCode::kFailedPrecondition,
                       HasSubstr("worker \"v\" does not have trial 1")));
  EXPECT_TRUE(harness.effects().commit.empty());
  ASSERT_OK_AND_ASSIGN(const Trial trial, harness.Release(1, "w"));
  EXPECT_EQ(trial.state(), Trial::REQUESTED);
  EXPECT_EQ(DescribeLoss(ReadLeaseHistory(trial)),
            "lost 1 time; its last worker, \"w\", gave it back: its process "
            "died");
  EXPECT_OK(harness.Release(1, "w"));
  EXPECT_TRUE(harness.effects().commit.empty());
  EXPECT_THAT(harness.Release(7, "w"), StatusIs(StatusCode::kNotFound));
}

TEST(Lease, NobodyElseWritesItsHistory) {
  StudyHarness harness(kLease);
  ASSERT_OK_AND_ASSIGN(const Trial own, harness.Create(R"pb(
    metadata { ns: ":apogee" key: "leases" value: "{\"given_up\": true}" }
  )pb"));
  EXPECT_THAT(own.metadata(), IsEmpty());
  ASSERT_OK_AND_ASSIGN(const std::string error, harness.Update(R"pb(
    delta {
      trial_id: "1"
      metadatum { ns: ":apogee" key: "leases" value: "{}" }
    }
  )pb"));
  EXPECT_THAT(error, HasSubstr("is the server's to say"));
}

TEST(Lease, WhatIsLostLastFindsSomebodyWhoWaits) {
  StudyHarness harness(kLease);
  ASSERT_OK(harness.Take("a", 2));
  ASSERT_OK(harness.Take("b"));
  ASSERT_OK_AND_ASSIGN(const auto waiting, harness.Suggest("c"));
  EXPECT_FALSE(waiting.done()) << "a trial may yet be lost";
  EXPECT_EQ(harness.study().wanted(), 0) << "no algorithm can help";
  harness.now += absl::Seconds(30);
  harness.Beat("a");
  harness.Wait(absl::Seconds(30));
  ASSERT_OK_AND_ASSIGN(const auto given, harness.study().GetOperation("c", 1));
  const auto response = ResponseOf(given);
  ASSERT_THAT(response.trials(), SizeIs(1));
  EXPECT_EQ(response.trials(0).id(), "3");
  EXPECT_EQ(response.trials(0).client_id(), "c");
}

TEST(Lease, WhoeverWaitsGoesHomeWhenAllIsDone) {
  StudyHarness harness(kLease);
  ASSERT_OK(harness.Take("a", 3));
  ASSERT_OK_AND_ASSIGN(auto waiting, harness.Suggest("c"));
  for (int id = 1; id <= 3; ++id) {
    EXPECT_FALSE(harness.study().GetOperation("c", 1)->done());
    ASSERT_OK(harness.Complete(id, 0.5));
  }
  ASSERT_OK_AND_ASSIGN(waiting, harness.study().GetOperation("c", 1));
  EXPECT_THAT(ResponseOf(waiting).trials(), IsEmpty());
  EXPECT_EQ(harness.study().proto().state(), vizier::Study::COMPLETED);
}

TEST(Lease, ThoseWhoWaitForASpentSpaceGoHomeToo) {
  StudyHarness harness(R"pb(
    algorithm: 'GRID_SEARCH'
    parameters {
      parameter_id: "x"
      categorical_value_spec { values: "a" values: "b" }
    }
    apogee_options { lease { seconds: 60 reissues: 0 } }
  )pb");
  ASSERT_OK(harness.Take("a", 2));
  ASSERT_OK(harness.Suggest("b"));
  harness.AnswerAsk();
  EXPECT_FALSE(harness.study().GetOperation("b", 1)->done());
  EXPECT_EQ(harness.study().wanted(), 0);
  harness.Wait(absl::Seconds(60));
  ASSERT_OK_AND_ASSIGN(const auto over, harness.study().GetOperation("b", 1));
  EXPECT_THAT(ResponseOf(over).trials(), IsEmpty());
  EXPECT_EQ(harness.study().proto().state(), vizier::Study::COMPLETED);
}

TEST(Lease, ListsWhoHasWhatSinceWhen) {
  StudyHarness harness(kLease);
  ASSERT_OK(harness.Take("a", 3));
  harness.now += absl::Seconds(10);
  harness.study().RenewLease(2, harness.now);
  ASSERT_OK(harness.Stop(3));
  ASSERT_OK(harness.Suggest("b"));
  const auto response = harness.study().ListWorkers();
  ASSERT_THAT(response.workers(), SizeIs(2));
  const apogee::v1::Worker& a = response.workers(0);
  EXPECT_EQ(a.client_id(), "a");
  EXPECT_EQ(a.study(), "owners/o/studies/s");
  EXPECT_EQ(a.last_heard().seconds(), 1'700'000'010);
  ASSERT_THAT(a.trials(), SizeIs(3));
  EXPECT_EQ(a.trials(0).since().seconds(), 1'700'000'000);
  EXPECT_EQ(a.trials(0).lease_end().seconds(), 1'700'000'060);
  EXPECT_EQ(a.trials(1).lease_end().seconds(), 1'700'000'070);
  EXPECT_TRUE(a.trials(2).stopping());
  EXPECT_EQ(response.workers(1).client_id(), "b");
  EXPECT_THAT(response.workers(1).trials(), IsEmpty());
}

// Workers come and go as they like while the server is killed: every trial
// ends, the budget is exact, and no point is handed out once too often.
TEST(Lease, WhateverHappensEveryTrialEndsOnce) {
  constexpr int kTrials = 12;
  constexpr int kReissues = 2;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    std::mt19937_64 random(seed);
    const auto draw = [&](uint64_t below) {
      return static_cast<int64_t>(random() % below);
    };
    StudyHarness harness(
        absl::StrCat("apogee_options { budget { trials: ", kTrials,
                     " } lease { seconds: 60 reissues: ", kReissues,
                     seed % 2 == 0 ? " trial_seconds: 300" : "", " } }"));
    std::map<int64_t, int> handed_out;
    std::map<int64_t, std::string> holder;
    const auto look = [&] {
      for (int64_t id = 1; id <= harness.study().trials().max_id(); ++id) {
        const Trial trial = Get(harness, id);
        if (trial.state() != Trial::ACTIVE) {
          holder.erase(id);
          continue;
        }
        std::string& known = holder[id];
        const std::string now = absl::StrCat(trial.client_id(), " since ",
                                             trial.start_time().seconds());
        if (known != now) ++handed_out[id];
        known = now;
      }
    };
    int steps = 0;
    while (harness.study().proto().state() == vizier::Study::ACTIVE) {
      ASSERT_LT(++steps, 5000) << "somebody waits for ever";
      harness.Wait(absl::Seconds(1));
      const std::string worker = absl::StrCat("w", draw(5));
      const int64_t id = 1 + draw(kTrials);
      switch (draw(8)) {
        case 0:
        case 1: {
          const auto operation = harness.Suggest(worker, 1 + draw(2));
          if (operation.ok() && harness.study().wanted() > 0) {
            harness.AnswerAsk();
          }
          break;
        }
        case 2:
          (void)harness.Complete(id, 0.5);  // of whoever, late or not
          break;
        case 3:
          (void)harness.Measure(id, steps, 0.1);
          break;
        case 4:
          (void)harness.Release(id, worker);
          break;
        case 5:
          harness.Beat(worker);
          break;
        case 6:
          harness.Wait(absl::Seconds(draw(90)));
          break;
        default:
          harness.Restart();
          break;
      }
      look();
      ASSERT_LE(harness.study().trials().started(), kTrials);
    }
    EXPECT_EQ(harness.study().trials().started(), kTrials);
    EXPECT_EQ(harness.study().trials().size(), kTrials);
    EXPECT_THAT(harness.study().operations().open(), IsEmpty());
    for (int64_t id = 1; id <= kTrials; ++id) {
      EXPECT_TRUE(IsFinished(Get(harness, id).state()));
      EXPECT_LE(handed_out[id], 1 + kReissues);
    }
    const std::set<int64_t> finished(
        harness.study().trials().finished().begin(),
        harness.study().trials().finished().end());
    EXPECT_THAT(harness.study().trials().finished(), SizeIs(kTrials));
    EXPECT_THAT(finished, SizeIs(kTrials));
  }
}

}  // namespace
}  // namespace apogee
