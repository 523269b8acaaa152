// A model in another process: over a real socket, and in the searches of an
// engine.

#include "server/rpc/remote_regressor.h"

#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "storage/open.h"
#include "tests/server/engine_harness.h"
#include "tests/server/fake_model.h"
#include "tests/server/study_harness.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using absl::StatusCode;
using testing::AllOf;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::Pair;

// How questions have ended, and how often. Thread-safe.
class Results {
 public:
  void Add(absl::string_view result) {
    MutexLock lock(mutex_);
    ++counts_[std::string(result)];
  }
  std::map<std::string, int> Take() {
    MutexLock lock(mutex_);
    return std::exchange(counts_, {});
  }

 private:
  Mutex mutex_;
  std::map<std::string, int> counts_ ABSL_GUARDED_BY(mutex_);
};

class RemoteRegressorTest : public testing::Test {
 protected:
  std::shared_ptr<RemoteRegressor> Connect(
      absl::Duration deadline = absl::Seconds(60)) {
    return std::make_shared<RemoteRegressor>(
        RemoteRegressor::Options{
            .address = model_.address(),
            .deadline = deadline,
            .on_end =
                [this](absl::string_view result, absl::Duration elapsed) {
                  EXPECT_GE(elapsed, absl::ZeroDuration());
                  results_.Add(result);
                }},
        &clock_);
  }
  static absl::StatusOr<std::vector<Prediction>> Ask(
      const Regressor& regressor) {
    return regressor.Predict({.metric = "y"}, {}, {{{"x", 0.3}}});
  }

  FakeModel model_;
  FakeClock clock_;
  Results results_;
};

TEST_F(RemoteRegressorTest, BringsQuestionsAndAnswers) {
  const auto regressor = Connect();
  const StudyText study = {
      .metric = "loss", .maximize = false, .metadata = {{"user", "ann"}}};
  const std::vector<NamedTrial> finished = {{{{"x", 0.5}, {"kind", "a"}}, 7},
                                            {{{"x", 1.0}}, std::nullopt}};
  ASSERT_OK_AND_ASSIGN(
      const std::vector<Prediction> predictions,
      regressor->Predict(study, finished, {{{"x", 0.3}}, {{"x", 0.8}}}));
  ASSERT_EQ(predictions.size(), 2);
  EXPECT_EQ(predictions[0].Median(), 0);
  EXPECT_NEAR(predictions[1].Median(), -0.25, 1e-12);
  EXPECT_NEAR(predictions[0].quantiles[6], 0.0164, 1e-4);
  EXPECT_EQ(predictions[0].p_feasible, 1);
  EXPECT_THAT(model_.last(), EqualsProto(R"pb(
                study {
                  metric: "loss"
                  metadata { key: "user" value: "ann" }
                  trials {
                    parameters {
                      key: "kind"
                      value { string_value: "a" }
                    }
                    parameters {
                      key: "x"
                      value { number_value: 0.5 }
                    }
                    value: 7
                  }
                  trials {
                    parameters {
                      key: "x"
                      value { number_value: 1 }
                    }
                  }
                }
                queries {
                  parameters {
                    key: "x"
                    value { number_value: 0.3 }
                  }
                }
                queries {
                  parameters {
                    key: "x"
                    value { number_value: 0.8 }
                  }
                }
              )pb"));
  EXPECT_THAT(results_.Take(), ElementsAre(Pair("answered", 1)));

  model_.SetAnswer(Spoil([](auto& each) { each.set_p_feasible(0.25); }));
  EXPECT_EQ((*Ask(*regressor))[0].p_feasible, 0.25);
}

TEST_F(RemoteRegressorTest, RefusesNonsense) {
  const auto regressor = Connect();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  const std::pair<std::function<void(apogee::v1::Prediction&)>, const char*>
      kCases[] = {
          {[](auto& each) { each.clear_quantiles(); },
           "its prediction 0 has 0 quantiles; 7 are wanted"},
          {[](auto& each) { each.add_quantiles(9); }, "has 8 quantiles"},
          {[=](auto& each) { each.set_quantiles(3, nan); }, "quantile of nan"},
          {[=](auto& each) { each.set_quantiles(6, infinity); },
           "quantile of inf"},
          {[](auto& each) { each.set_quantiles(4, -1); },
           "has a quantile of -1 after one of 0; they must not fall"},
          {[](auto& each) { each.set_p_feasible(1.25); },
           "probability 1.25; it must be from 0 to 1"},
          {[](auto& each) { each.set_p_feasible(-1); }, "probability -1"},
          {[=](auto& each) { each.set_p_feasible(nan); }, "probability nan"},
      };
  for (const auto& [change, error] : kCases) {
    model_.SetAnswer(Spoil(change));
    EXPECT_THAT(Ask(*regressor),
                StatusIs(StatusCode::kInternal, HasSubstr(error)));
    EXPECT_THAT(results_.Take(), ElementsAre(Pair("failed", 1)));
    clock_.Advance(Breaker::kPause);
  }
  model_.SetAnswer([](auto* context, auto& request, auto& response) {
    (void)KnowAll(context, request, response);
    return KnowAll(context, request, response);
  });
  EXPECT_THAT(Ask(*regressor),
              StatusIs(StatusCode::kInternal,
                       HasSubstr("gave 2 predictions where 1 were asked for")));
}

TEST_F(RemoteRegressorTest, DoesNotWaitForLateAnswers) {
  model_.SetAnswer(Sleep);
  EXPECT_THAT(Ask(*Connect(absl::Milliseconds(50))),
              StatusIs(StatusCode::kDeadlineExceeded));
  EXPECT_THAT(results_.Take(), ElementsAre(Pair("failed", 1)));
}

TEST_F(RemoteRegressorTest, IsSparedForAWhileAfterThreeFailures) {
  const auto regressor = Connect();
  model_.SetAnswer(Fail(grpc::StatusCode::UNKNOWN));
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(regressor->IsAvailable());
    EXPECT_THAT(Ask(*regressor),
                StatusIs(StatusCode::kUnknown, HasSubstr("not today")));
  }
  EXPECT_FALSE(regressor->IsAvailable());
  EXPECT_THAT(Ask(*regressor), StatusIs(StatusCode::kUnavailable,
                                        AllOf(HasSubstr(model_.address()),
                                              HasSubstr("tried again"))));
  EXPECT_THAT(results_.Take(),
              ElementsAre(Pair("failed", 3), Pair("spared", 1)));

  // One more failure is enough.
  clock_.Advance(Breaker::kPause);
  EXPECT_TRUE(regressor->IsAvailable());
  EXPECT_FALSE(Ask(*regressor).ok());
  EXPECT_FALSE(regressor->IsAvailable());

  model_.SetAnswer(KnowAll);
  clock_.Advance(Breaker::kPause);
  EXPECT_OK(Ask(*regressor));
  EXPECT_TRUE(regressor->IsAvailable());
}

TEST_F(RemoteRegressorTest, AModelThatKnowsNothingYetIsNoFailure) {
  const auto regressor = Connect();
  model_.SetAnswer(Fail(grpc::StatusCode::FAILED_PRECONDITION));
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(Ask(*regressor), StatusIs(StatusCode::kFailedPrecondition));
  }
  EXPECT_TRUE(regressor->IsAvailable());
  EXPECT_THAT(results_.Take(), ElementsAre(Pair("declined", 5)));
}

TEST_F(RemoteRegressorTest, SendsNothingThatIsTooLarge) {
  const auto regressor = Connect();
  const std::vector<NamedPoint> queries = {
      {{"x", std::string(size_t{65} << 20, 'a')}}};
  for (int i = 0; i < 4; ++i) {
    EXPECT_THAT(regressor->Predict({}, {}, queries),
                StatusIs(StatusCode::kResourceExhausted,
                         HasSubstr("network_candidates")));
  }
  EXPECT_OK(Ask(*regressor));
}

TEST_F(RemoteRegressorTest, StopEndsWhatIsUnderWay) {
  const auto regressor = Connect();
  model_.SetAnswer(Sleep);
  absl::Status late;
  std::thread asking([&] { late = Ask(*regressor).status(); });
  model_.WaitFor(1);
  regressor->Stop();
  asking.join();
  EXPECT_FALSE(late.ok());
  EXPECT_FALSE(regressor->IsAvailable());
  EXPECT_THAT(Ask(*regressor),
              StatusIs(StatusCode::kUnavailable, HasSubstr("stopping")));
}

// A study of an engine whose searches ask the model.
class RemoteSearchTest : public RemoteRegressorTest {
 protected:
  void StartEngine(absl::Duration deadline) {
    regressor_ = Connect(deadline);
    engine_ =
        std::make_unique<Engine>(EngineOptions{.engine_threads = 2,
                                               .compute_threads = 1,
                                               .suggest_wait = absl::Hours(1),
                                               .remote_regressor = regressor_},
                                 store_.get(), &clock_, &policy_);
    ASSERT_OK(Call(*engine_, &Engine::CreateStudy,
                   MakeCreateRequest("algorithm: 'REGRESSION_GUIDED'")));
  }
  ~RemoteSearchTest() override {
    if (engine_ != nullptr) engine_->Shutdown();
  }

  // Where the next trial is tried; its result is the truth.
  double RunTrial() {
    vizier::SuggestTrialsRequest ask;
    ask.set_parent("owners/o/studies/s");
    ask.set_client_id("w");
    ask.set_suggestion_count(1);
    const auto operation = Call(*engine_, &Engine::SuggestTrials, ask);
    EXPECT_OK(operation);
    EXPECT_FALSE(operation->has_error()) << operation->error().message();
    const vizier::Trial trial = ResponseOf(*operation).trials(0);
    const double x = trial.parameters(0).value().number_value();
    vizier::CompleteTrialRequest done;
    done.set_name(trial.name());
    auto& metric = *done.mutable_final_measurement()->add_metrics();
    metric.set_metric_id("y");
    metric.set_value(-std::pow(x - 0.3, 2));
    EXPECT_OK(Call(*engine_, &Engine::CompleteTrial, done));
    return x;
  }
  std::vector<std::string> Memos() {
    apogee::v1::ExportTrialsRequest request;
    request.set_parent("owners/o/studies/s");
    const auto trials = Call(*engine_, &Engine::ExportTrials, request);
    EXPECT_OK(trials);
    std::vector<std::string> memos;
    memos.reserve(trials->trials_size());
    for (const auto& trial : trials->trials()) memos.push_back(trial.memo());
    return memos;
  }

  std::unique_ptr<Datastore> store_ = *OpenDatastore("memory:");
  FakePolicy policy_;
  std::shared_ptr<RemoteRegressor> regressor_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(RemoteSearchTest, TheFirstTrialIsWhereTheModelSays) {
  StartEngine(absl::Seconds(60));
  EXPECT_NEAR(RunTrial(), 0.3, 0.03);
  for (int i = 0; i < 3; ++i) RunTrial();
  const std::vector<std::string> memos = Memos();
  EXPECT_TRUE(absl::StartsWith(memos[0], "remote ")) << memos[0];
  // From the third on it is known what results are like.
  EXPECT_THAT(memos[2], HasSubstr("; remote "));
  EXPECT_THAT(memos[3], HasSubstr("; remote "));
  EXPECT_EQ(model_.last().study().trials_size(), 3);
  EXPECT_THAT(results_.Take(), ElementsAre(Pair("answered", Ge(4))));
}

TEST_F(RemoteSearchTest, GoesOnWithoutAModelThatIsDead) {
  model_.Stop();
  StartEngine(absl::Seconds(60));
  for (int i = 0; i < 5; ++i) RunTrial();
  for (const std::string& memo : Memos()) {
    EXPECT_FALSE(absl::StartsWith(memo, "remote")) << memo;
    EXPECT_FALSE(absl::StrContains(memo, "; remote ")) << memo;
  }
  // The others did not even try.
  EXPECT_EQ(results_.Take()["failed"], 3);
}

TEST_F(RemoteSearchTest, GoesOnWithoutAModelThatIsSlow) {
  model_.SetAnswer(Sleep);
  StartEngine(absl::Milliseconds(20));
  for (int i = 0; i < 5; ++i) RunTrial();
  EXPECT_EQ(results_.Take()["failed"], 3);
}

TEST_F(RemoteSearchTest, GoesOnWithoutNonsenseAndTakesUpWhatIsRight) {
  model_.SetAnswer(Spoil([](auto& each) { each.set_quantiles(0, 1e9); }));
  StartEngine(absl::Seconds(60));
  for (int i = 0; i < 5; ++i) RunTrial();
  EXPECT_THAT(results_.Take(), ElementsAre(Pair("failed", 3)));
  model_.SetAnswer(KnowAll);
  clock_.Advance(Breaker::kPause);
  RunTrial();
  EXPECT_THAT(Memos().back(), HasSubstr("; remote "));
}

}  // namespace
}  // namespace apogee
