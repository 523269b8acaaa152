// Whatever is asked of a server, in whatever order and all at once, every call
// is answered.

#include <algorithm>
#include <deque>
#include <future>
#include <memory>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/mutex.h"
#include "proto/validate.h"
#include "server/engine/engine.h"
#include "storage/open.h"
#include "tests/fuzz/proto_target.h"
#include "tests/fuzz/script.pb.h"
#include "tests/testing/fake_clock.h"

namespace apogee {
namespace {

using fuzz::Step;

// Answers at once, with what the script says next.
class ScriptPolicy final : public RemotePolicy {
 public:
  void Take(const fuzz::Script& script) {
    MutexLock lock(mutex_);
    answers_.clear();
    for (const Step& step : script.steps()) {
      if (step.has_answer()) answers_.push_back(step.answer());
    }
  }

  void Suggest(const std::string&, const vizier::SuggestRequest&,
               Done<vizier::SuggestDecision> done) override {
    const Step::Answer answer = Next();
    if (answer.has_decision()) return std::move(done)(answer.decision());
    std::move(done)(ErrorOf(answer));
  }

  void EarlyStop(const std::string&, const vizier::EarlyStopRequest& request,
                 Done<vizier::EarlyStopDecisions> done) override {
    const Step::Answer answer = Next();
    if (!answer.has_decision()) return std::move(done)(ErrorOf(answer));
    vizier::EarlyStopDecisions decisions;
    decisions.add_decisions()->set_id(request.trial_ids(0));
    *decisions.mutable_metadata() = answer.decision().metadata();
    std::move(done)(std::move(decisions));
  }

 private:
  static absl::Status ErrorOf(const Step::Answer& answer) {
    return {static_cast<absl::StatusCode>(1 + (answer.error().code() & 15)),
            answer.error().message()};
  }

  Step::Answer Next() {
    MutexLock lock(mutex_);
    if (answers_.empty()) return {};
    Step::Answer answer = std::move(answers_.front());
    answers_.pop_front();
    return answer;
  }

  Mutex mutex_;
  std::deque<Step::Answer> answers_ ABSL_GUARDED_BY(mutex_);
};

// One for all scripts, for its threads take long to start and end.
class ScriptServer {
 public:
  ScriptServer()
      : store_(*OpenDatastore("memory:")),
        engine_({.engine_threads = 2,
                 .compute_threads = 1,
                 .suggest_wait = absl::ZeroDuration()},
                store_.get(), &clock_, &policy_) {}

  void Run(const fuzz::Script& script) {
    constexpr int kMostSteps = 40;
    policy_.Take(script);
    for (int i = 0; i < script.steps_size() && i < kMostSteps; ++i) {
      Run(script.steps(i));
    }
    AwaitAnswers();
    DeleteStudies();
  }

 private:
  void Run(const Step& step);

  void AwaitAnswers() {
    for (const std::future<void>& answer : answers_) answer.wait();
    answers_.clear();
  }

  void DeleteStudies() {
    const absl::StatusOr<StudyPage> page = store_->List({});
    APOGEE_CHECK(page.ok());
    std::vector<vizier::DeleteStudyRequest> requests;
    for (const StudyRow& row : page->studies) {
      vizier::Study study;
      APOGEE_CHECK(study.ParseFromString(row.proto));
      requests.emplace_back().set_name(study.name());
    }
    for (const vizier::DeleteStudyRequest& request : requests) {
      Call(&Engine::DeleteStudy, request);
    }
    AwaitAnswers();
    APOGEE_CHECK(store_->List({})->studies.empty());
  }

  static bool IsReadable(const google::protobuf::Message& answer) {
    const std::unique_ptr<google::protobuf::Message> read(answer.New());
    return read->ParseFromString(answer.SerializeAsString());
  }
  template <typename T>
  static bool IsReadable(const Encoded<T>& answer) {
    return T().ParseFromString(answer.bytes);
  }

  template <typename Request, typename Result>
  void Call(void (Engine::*method)(const Request&, Engine::Done<Result>),
            const Request& request) {
    if constexpr (requires { ValidateRequest(request); }) {
      if (!ValidateRequest(request).ok()) return;
    }
    auto answered = std::make_shared<std::promise<void>>();
    answers_.push_back(answered->get_future());
    (engine_.*method)(request,
                      [answered](const absl::StatusOr<Result>& answer) {
                        APOGEE_CHECK(!answer.ok() || IsReadable(*answer));
                        answered->set_value();
                      });
  }

  FakeClock clock_;
  ScriptPolicy policy_;
  const std::unique_ptr<Datastore> store_;
  Engine engine_;
  std::vector<std::future<void>> answers_;
};

void ScriptServer::Run(const Step& step) {
  switch (step.step_case()) {
    case Step::kCreateStudy:
      return Call(&Engine::CreateStudy, step.create_study());
    case Step::kGetStudy:
      return Call(&Engine::GetStudy, step.get_study());
    case Step::kListStudies:
      return Call(&Engine::ListStudies, step.list_studies());
    case Step::kDeleteStudy:
      return Call(&Engine::DeleteStudy, step.delete_study());
    case Step::kSetStudyState:
      return Call(&Engine::SetStudyState, step.set_study_state());
    case Step::kSuggestTrials:
      return Call(&Engine::SuggestTrials, step.suggest_trials());
    case Step::kGetOperation:
      return Call(&Engine::GetOperation, step.get_operation());
    case Step::kCreateTrial:
      return Call(&Engine::CreateTrial, step.create_trial());
    case Step::kGetTrial:
      return Call(&Engine::GetTrial, step.get_trial());
    case Step::kListTrials:
      return Call(&Engine::ListTrials, step.list_trials());
    case Step::kAddTrialMeasurement:
      return Call(&Engine::AddTrialMeasurement, step.add_trial_measurement());
    case Step::kCompleteTrial:
      return Call(&Engine::CompleteTrial, step.complete_trial());
    case Step::kDeleteTrial:
      return Call(&Engine::DeleteTrial, step.delete_trial());
    case Step::kCheckEarlyStopping:
      return Call(&Engine::CheckTrialEarlyStoppingState,
                  step.check_early_stopping());
    case Step::kStopTrial:
      return Call(&Engine::StopTrial, step.stop_trial());
    case Step::kListOptimalTrials:
      return Call(&Engine::ListOptimalTrials, step.list_optimal_trials());
    case Step::kUpdateMetadata:
      return Call(&Engine::UpdateMetadata, step.update_metadata());
    case Step::kListStudySummaries:
      return Call(&Engine::ListStudySummaries, step.list_study_summaries());
    case Step::kGetStudySummary:
      return Call(&Engine::GetStudySummary, step.get_study_summary());
    case Step::kExportStudy:
      return Call(&Engine::ExportStudy, step.export_study());
    case Step::kExportTrials:
      return Call(&Engine::ExportTrials, step.export_trials());
    case Step::kImportStudy:
      return Call(&Engine::ImportStudy, step.import_study());
    case Step::kImportTrials:
      return Call(&Engine::ImportTrials, step.import_trials());
    case Step::kHeartbeat:
      return Call(&Engine::Heartbeat, step.heartbeat());
    case Step::kReleaseTrial:
      return Call(&Engine::ReleaseTrial, step.release_trial());
    case Step::kWait:
      return clock_.Advance(absl::Seconds(step.wait()));
    case Step::kAsk:
      return AwaitAnswers();
    case Step::kRestart:
      AwaitAnswers();
      return engine_.EvictIdle(absl::InfiniteFuture());
    default:
      return;
  }
}

}  // namespace
}  // namespace apogee

APOGEE_PROTO_TARGET(apogee::fuzz::Script, script) {
  constexpr int kMostSuggestions = 20;
  apogee::fuzz::Script quick = script;
  for (apogee::fuzz::Step& step : *quick.mutable_steps()) {
    if (!step.has_suggest_trials()) continue;
    vizier::SuggestTrialsRequest& request = *step.mutable_suggest_trials();
    request.set_suggestion_count(
        std::min(request.suggestion_count(), kMostSuggestions));
  }
  static apogee::ScriptServer server;
  server.Run(quick);
}
