#include "tests/model/script.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gtest/gtest.h"
#include "server/engine/engine.h"
#include "storage/sqlite/sqlite_datastore.h"
#include "tests/model/model.h"
#include "tests/server/engine_harness.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/faulty_vfs.h"
#include "tests/testing/matchers.h"
#include "tests/testing/temp_dir.h"

namespace apogee {
namespace {

using vizier::Trial;

// Name and place of a command's numbers.
constexpr std::pair<const char*, int Command::*> kNumbers[] = {
    {"study", &Command::study}, {"worker", &Command::worker},
    {"trial", &Command::trial}, {"count", &Command::count},
    {"kind", &Command::kind},   {"value", &Command::value}};

// What kinds of studies there are.
constexpr const char* kSpecs[] = {
    R"pb(
      algorithm: "RANDOM_SEARCH"
      parameters {
        parameter_id: "x"
        double_value_spec { max_value: 1 }
      }
      metrics { metric_id: "y" goal: MAXIMIZE }
      apogee_options {
        seed: 7
        stopping { min_trials: 2 min_steps: 1 }
      }
    )pb",
    R"pb(
      algorithm: "GRID_SEARCH"
      parameters {
        parameter_id: "i"
        integer_value_spec { min_value: 1 max_value: 2 }
      }
      parameters {
        parameter_id: "c"
        categorical_value_spec { values: "a" values: "b" }
      }
      metrics { metric_id: "y" goal: MINIMIZE }
      apogee_options {
        seed: 8
        stopping { min_trials: 1 }
      }
    )pb",
    R"pb(
      algorithm: "RANDOM_SEARCH"
      parameters {
        parameter_id: "x"
        double_value_spec { max_value: 1 }
      }
      metrics { metric_id: "y" goal: MAXIMIZE }
      apogee_options {
        seed: 9
        budget { trials: 3 }
        stopping { rule: "NONE" }
      }
    )pb",
    R"pb(
      algorithm: "QUASI_RANDOM_SEARCH"
      parameters {
        parameter_id: "x"
        double_value_spec { min_value: 1 max_value: 9 }
      }
      metrics { metric_id: "y" goal: MAXIMIZE }
      metrics { metric_id: "z" goal: MINIMIZE }
      metrics {
        metric_id: "safe"
        goal: MINIMIZE
        safety_config { safety_threshold: 3 }
      }
      apogee_options {
        seed: 10
        stopping { rule: "NONE" }
      }
    )pb",
    R"pb(
      algorithm: "SHUFFLED_GRID_SEARCH"
      parameters {
        parameter_id: "c"
        categorical_value_spec { values: "a" values: "b" }
        conditional_parameter_specs {
          parent_categorical_values { values: "b" }
          parameter_spec {
            parameter_id: "i"
            integer_value_spec { max_value: 2 }
          }
        }
      }
      metrics { metric_id: "y" goal: MAXIMIZE }
      apogee_options {
        seed: 11
        budget { trials: 5 }
      }
    )pb"};

// Several metrics from one number, so that some trials beat each other, some do
// not, and some break a constraint.
vizier::Measurement MeasurementOf(const Command& command) {
  const double value = command.value == 9
                           ? std::numeric_limits<double>::quiet_NaN()
                           : command.value;
  vizier::Measurement measurement;
  measurement.set_step_count(command.count);
  const std::pair<const char*, double> metrics[] = {
      {"y", value}, {"z", command.value % 4}, {"safe", command.value % 5}};
  for (const auto& [id, number] : metrics) {
    vizier::Measurement::Metric& metric = *measurement.add_metrics();
    metric.set_metric_id(id);
    metric.set_value(number);
  }
  return measurement;
}

class Run {
 public:
  Run() { Open(); }
  ~Run() { Close(); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  // The first difference so far.
  const std::string& difference() const { return difference_; }

  void Do(const Command& command);
  // Compares all that can be asked.
  void CompareAll();
  // The studies leave memory, of the engine and with it.
  void Evict();
  void Reopen();

 private:
  void Open();
  void Close();

  template <typename Request, typename Result>
  using EngineMethod = void (Engine::*)(const Request&, Engine::Done<Result>);
  template <typename Request, typename Response>
  using ModelMethod = absl::StatusOr<Response> (Model::*)(const Request&);

  void Report(const std::string& what) {
    if (difference_.empty()) difference_ = what;
  }
  template <typename Response>
  void CompareAnswers(const absl::StatusOr<Response>& actual,
                      const absl::StatusOr<Response>& expected);
  template <typename Request, typename Result, typename Response>
  void Compare(EngineMethod<Request, Result> engine,
               ModelMethod<Request, Response> model, const Request& request);
  // All pages of a list.
  template <typename Request, typename Result, typename Response>
  void CompareList(EngineMethod<Request, Result> engine,
                   ModelMethod<Request, Response> model, Request request,
                   int page_size);

  void DoWithStudy(const Command& command);
  void DoWithTrial(const Command& command);
  void UpdateMetadata(const Command& command);
  void GetOperation(int study, int worker, int number);

  static std::string StudyId(int study) { return absl::StrCat("s", study); }
  static std::string NameOf(int study) {
    return "owners/o/studies/" + StudyId(study);
  }
  static std::string TrialNameOf(const Command& command) {
    return absl::StrCat(NameOf(command.study), "/trials/",
                        std::max(1, command.trial));
  }

  FaultyVfs& vfs_ = FaultyVfs::Install();  // so that no sync takes time
  TempDir folder_;
  FakeClock clock_;
  FakePolicy policy_;
  Model model_{&clock_};
  std::unique_ptr<Datastore> store_;
  std::unique_ptr<Engine> engine_;
  std::string difference_;
};

void Run::Open() {
  absl::StatusOr<std::unique_ptr<Datastore>> store =
      OpenSqliteDatastore({.path = folder_.File("test.db")});
  ASSERT_OK(store);
  store_ = *std::move(store);
  engine_ = std::make_unique<Engine>(
      EngineOptions{.engine_threads = 1, .compute_threads = 1}, store_.get(),
      &clock_, &policy_);
}

void Run::Close() {
  engine_->Shutdown();
  engine_.reset();
  store_.reset();
}

void Run::Reopen() {
  Close();
  Open();
  model_.Reload();
}

void Run::Evict() {
  while (engine_->Stats().studies > 0) {
    engine_->EvictIdle(absl::InfiniteFuture());
    std::this_thread::yield();
  }
  model_.Reload();
}

template <typename Response>
void Run::CompareAnswers(const absl::StatusOr<Response>& actual,
                         const absl::StatusOr<Response>& expected) {
  if (actual.status().code() != expected.status().code()) {
    Report(absl::StrCat("the engine answers ", actual.status().ToString(),
                        ", the model ",
                        absl::StatusCodeToString(expected.status().code())));
  } else if (actual.ok()) {
    const std::string what = internal::Difference(*actual, *expected);
    if (!what.empty()) {
      Report("from the engine's answer to the model's: " + what);
    }
  }
}

template <typename Request, typename Result, typename Response>
void Run::Compare(EngineMethod<Request, Result> engine,
                  ModelMethod<Request, Response> model,
                  const Request& request) {
  CompareAnswers(Call(*engine_, engine, request), (model_.*model)(request));
}

template <typename Request, typename Result, typename Response>
void Run::CompareList(EngineMethod<Request, Result> engine,
                      ModelMethod<Request, Response> model, Request request,
                      int page_size) {
  request.set_page_size(page_size);
  std::string engine_token;
  std::string model_token;
  do {
    request.set_page_token(engine_token);
    absl::StatusOr<Response> actual = Call(*engine_, engine, request);
    request.set_page_token(model_token);
    absl::StatusOr<Response> expected = (model_.*model)(request);
    engine_token = actual.ok() ? actual->next_page_token() : "";
    model_token = expected.ok() ? expected->next_page_token() : "";
    // Tokens mean something to their givers only.
    if (actual.ok() && !engine_token.empty()) {
      actual->set_next_page_token("...");
    }
    if (expected.ok() && !model_token.empty()) {
      expected->set_next_page_token("...");
    }
    CompareAnswers(actual, expected);
  } while (!engine_token.empty() && !model_token.empty());
}

void Run::DoWithStudy(const Command& command) {
  const std::string& verb = command.verb;
  const std::string name = NameOf(command.study);
  if (verb == "create-study") {
    vizier::CreateStudyRequest request;
    request.set_parent("owners/o");
    request.mutable_study()->set_display_name(StudyId(command.study));
    *request.mutable_study()->mutable_study_spec() =
        ParseProto<vizier::StudySpec>(kSpecs[command.kind % std::size(kSpecs)]);
    Compare(&Engine::CreateStudy, &Model::CreateStudy, request);
  } else if (verb == "delete-study") {
    vizier::DeleteStudyRequest request;
    request.set_name(name);
    Compare(&Engine::DeleteStudy, &Model::DeleteStudy, request);
  } else if (verb == "set-state") {
    vizier::SetStudyStateRequest request;
    request.set_parent(name);
    constexpr vizier::Study::State kStates[] = {vizier::Study::ACTIVE,
                                                vizier::Study::INACTIVE,
                                                vizier::Study::COMPLETED};
    request.set_state(kStates[command.kind % std::size(kStates)]);
    Compare(&Engine::SetStudyState, &Model::SetStudyState, request);
  } else if (verb == "suggest") {
    vizier::SuggestTrialsRequest request;
    request.set_parent(name);
    request.set_client_id(absl::StrCat("w", command.worker));
    request.set_suggestion_count(command.count);
    Compare(&Engine::SuggestTrials, &Model::SuggestTrials, request);
  } else if (verb == "create-trial") {
    constexpr Trial::State kStates[] = {Trial::REQUESTED, Trial::SUCCEEDED,
                                        Trial::INFEASIBLE, Trial::ACTIVE};
    vizier::CreateTrialRequest request;
    request.set_parent(name);
    Trial& trial = *request.mutable_trial();
    trial.set_state(kStates[command.kind % std::size(kStates)]);
    if (trial.state() == Trial::SUCCEEDED && command.value > 0) {
      *trial.mutable_final_measurement() = MeasurementOf(command);
      *trial.add_measurements() = MeasurementOf(command);
    }
    Compare(&Engine::CreateTrial, &Model::CreateTrial, request);
  } else if (verb == "list-trials") {
    vizier::ListTrialsRequest request;
    request.set_parent(name);
    CompareList(&Engine::ListTrials, &Model::ListTrials, request,
                command.count);
  } else if (verb == "list-optimal") {
    vizier::ListOptimalTrialsRequest request;
    request.set_parent(name);
    CompareList(&Engine::ListOptimalTrials, &Model::ListOptimalTrials, request,
                command.count);
  } else if (verb == "summary") {
    apogee::v1::GetStudySummaryRequest request;
    request.set_name(name);
    Compare(&Engine::GetStudySummary, &Model::GetStudySummary, request);
  }
}

void Run::DoWithTrial(const Command& command) {
  const std::string& verb = command.verb;
  const std::string name = TrialNameOf(command);
  if (verb == "get-trial") {
    vizier::GetTrialRequest request;
    request.set_name(name);
    Compare(&Engine::GetTrial, &Model::GetTrial, request);
  } else if (verb == "measure") {
    vizier::AddTrialMeasurementRequest request;
    request.set_trial_name(name);
    *request.mutable_measurement() = MeasurementOf(command);
    Compare(&Engine::AddTrialMeasurement, &Model::AddTrialMeasurement, request);
  } else if (verb == "complete") {
    vizier::CompleteTrialRequest request;
    request.set_name(name);
    const int kind = command.kind % 4;  // bits: infeasible, has no measurement
    request.set_trial_infeasible(kind % 2 == 1);
    if (kind % 2 == 1) {
      request.set_infeasible_reason(absl::StrCat("reason ", command.value));
    }
    if (kind < 2) *request.mutable_final_measurement() = MeasurementOf(command);
    Compare(&Engine::CompleteTrial, &Model::CompleteTrial, request);
  } else if (verb == "stop") {
    vizier::StopTrialRequest request;
    request.set_name(name);
    Compare(&Engine::StopTrial, &Model::StopTrial, request);
  } else if (verb == "delete-trial") {
    vizier::DeleteTrialRequest request;
    request.set_name(name);
    Compare(&Engine::DeleteTrial, &Model::DeleteTrial, request);
  } else if (verb == "should-stop") {
    vizier::CheckTrialEarlyStoppingStateRequest request;
    request.set_trial_name(name);
    Compare(&Engine::CheckTrialEarlyStoppingState,
            &Model::CheckTrialEarlyStoppingState, request);
  }
}

void Run::UpdateMetadata(const Command& command) {
  vizier::UpdateMetadataRequest request;
  request.set_name(NameOf(command.study));
  for (int i = 0; i <= command.count % 3; ++i) {
    vizier::UnitMetadataUpdate& update = *request.add_delta();
    if ((command.kind + i) % 2 == 1) {
      update.set_trial_id(absl::StrCat(std::max(1, command.trial + i)));
    }
    update.mutable_metadatum()->set_ns(command.kind % 3 == 0 ? "" : "ns");
    update.mutable_metadatum()->set_key(
        absl::StrCat("k", (command.value + i) % 3));
    update.mutable_metadatum()->set_value(absl::StrCat(command.value));
  }
  auto actual = Call(*engine_, &Engine::UpdateMetadata, request);
  if (actual.ok() && !actual->error_details().empty()) {
    actual->set_error_details("refused");
  }
  CompareAnswers(actual, model_.UpdateMetadata(request));
}

void Run::GetOperation(int study, int worker, int number) {
  google::longrunning::GetOperationRequest request;
  request.set_name(absl::StrCat("owners/o/operations/suggestion/",
                                StudyId(study), "/w", worker, "/", number));
  Compare(&Engine::GetOperation, &Model::GetOperation, request);
}

void Run::Do(const Command& command) {
  clock_.Advance(absl::Seconds(1));
  if (command.verb == "reopen") return Reopen();
  if (command.verb == "evict") return Evict();
  if (command.verb == "update-metadata") return UpdateMetadata(command);
  if (command.verb == "get-operation") {
    return GetOperation(command.study, command.worker,
                        std::max(1, command.count));
  }
  if (command.verb == "list-studies") {
    vizier::ListStudiesRequest request;
    request.set_parent("owners/o");
    return CompareList(&Engine::ListStudies, &Model::ListStudies, request,
                       command.count);
  }
  DoWithStudy(command);
  DoWithTrial(command);
}

void Run::CompareAll() {
  Do({.verb = "list-studies"});
  for (int study = 0; study < 2; ++study) {
    Do({.verb = "list-trials", .study = study});
    Do({.verb = "list-optimal", .study = study});
    Do({.verb = "summary", .study = study});
    for (int worker = 0; worker < 3; ++worker) {
      for (int number = 1; number <= 40; ++number) {
        GetOperation(study, worker, number);
      }
    }
  }
}

}  // namespace

const std::vector<Verb>& Verbs() {
  static const auto& verbs = *new std::vector<Verb>{{"create-study", 4},
                                                    {"delete-study", 1},
                                                    {"set-state", 2},
                                                    {"suggest", 24},
                                                    {"create-trial", 6},
                                                    {"complete", 20},
                                                    {"measure", 16},
                                                    {"stop", 4},
                                                    {"delete-trial", 4},
                                                    {"should-stop", 6},
                                                    {"update-metadata", 4},
                                                    {"get-trial", 2},
                                                    {"get-operation", 3},
                                                    {"list-trials", 2},
                                                    {"list-optimal", 3},
                                                    {"summary", 3},
                                                    {"list-studies", 1},
                                                    {"reopen", 2},
                                                    {"evict", 4}};
  return verbs;
}

std::string ToText(const Script& script) {
  std::string text;
  for (const Command& command : script) {
    absl::StrAppend(&text, command.verb);
    for (const auto& [name, place] : kNumbers) {
      if (command.*place != 0) {
        absl::StrAppend(&text, " ", name, "=", command.*place);
      }
    }
    absl::StrAppend(&text, "\n");
  }
  return text;
}

Script ParseScript(absl::string_view text) {
  Script script;
  for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    if (line[0] == '#') continue;
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    Command command{.verb = words[0]};
    bool known = std::any_of(
        Verbs().begin(), Verbs().end(),
        [&](const Verb& verb) { return verb.name == command.verb; });
    for (size_t i = 1; i < words.size(); ++i) {
      const std::pair<std::string, std::string> setting =
          absl::StrSplit(words[i], '=');
      const auto* number = std::find_if(
          std::begin(kNumbers), std::end(kNumbers),
          [&](const auto& entry) { return entry.first == setting.first; });
      known = known && number != std::end(kNumbers) &&
              absl::SimpleAtoi(setting.second, &(command.*number->second));
    }
    EXPECT_TRUE(known) << "not a command: " << line;
    script.push_back(std::move(command));
  }
  return script;
}

std::string RunScript(const Script& script) {
  Run run;
  for (const Command& command : script) {
    run.Do(command);
    if (!run.difference().empty()) {
      return ToText({command}) + run.difference();
    }
  }
  run.CompareAll();
  run.Evict();
  run.CompareAll();
  run.Reopen();
  run.CompareAll();
  return run.difference().empty() ? "" : "at the end:\n" + run.difference();
}

}  // namespace apogee
