#include "tests/server/study_harness.h"

#include <future>
#include <utility>

#include "base/check.h"
#include "google/protobuf/text_format.h"
#include "server/engine/study_loader.h"
#include "storage/open.h"
#include "tests/server/decode.h"
#include "tests/testing/matchers.h"

namespace apogee {

vizier::CreateStudyRequest MakeCreateRequest(absl::string_view spec_text) {
  auto request = ParseProto<vizier::CreateStudyRequest>(R"pb(
    parent: "owners/o"
    study {
      display_name: "s"
      study_spec {
        algorithm: "RANDOM_SEARCH"
        apogee_options { seed: 1 }
      }
    }
  )pb");
  vizier::StudySpec& spec = *request.mutable_study()->mutable_study_spec();
  spec.MergeFrom(ParseProto<vizier::StudySpec>(spec_text));
  if (spec.metrics().empty()) {
    spec.add_metrics()->set_metric_id("y");
    spec.mutable_metrics(0)->set_goal(vizier::StudySpec::MetricSpec::MAXIMIZE);
  }
  if (spec.parameters().empty()) {
    vizier::StudySpec::ParameterSpec& x = *spec.add_parameters();
    x.set_parameter_id("x");
    x.mutable_double_value_spec()->set_max_value(1);
  }
  return request;
}

vizier::SuggestTrialsResponse ResponseOf(
    const google::longrunning::Operation& operation) {
  EXPECT_TRUE(operation.done());
  EXPECT_FALSE(operation.has_error()) << operation.DebugString();
  vizier::SuggestTrialsResponse response;
  EXPECT_TRUE(operation.response().UnpackTo(&response));
  return response;
}

StudyHarness::StudyHarness(absl::string_view spec_text)
    : store_(*OpenDatastore("memory:")) {
  const vizier::CreateStudyRequest request = MakeCreateRequest(spec_text);
  absl::StatusOr<Study> study = Study::Create(request, 1, now, effects_);
  EXPECT_OK(study);
  study_ = *std::move(study);
  Keep(0);
}

template <typename T>
T StudyHarness::Keep(T result) {
  if (effects_.commit.empty()) return result;
  Commit commit = effects_.commit;
  commit.study = study_->name();
  std::promise<absl::Status> done;
  store_->Apply(std::move(commit), [&done](const absl::Status& status) {
    done.set_value(status);
  });
  EXPECT_OK(done.get_future().get());
  return result;
}

void StudyHarness::Restart() {
  StudyLoader loader;
  ASSERT_OK(store_->Load(study_->name(), loader));
  study_ = loader.Finish();
  study_->BeginLeases(now);
  suggester_.reset();
}

absl::StatusOr<google::longrunning::Operation> StudyHarness::Suggest(
    const std::string& client_id, int count) {
  Begin();
  vizier::SuggestTrialsRequest request;
  request.set_client_id(client_id);
  request.set_suggestion_count(count);
  return Keep(study_->Suggest(request, now, effects_));
}

void StudyHarness::AnswerAsk() {
  if (suggester_ == nullptr) {
    suggester_ = std::make_unique<Suggester>(study_->problem(), study_->seed());
  }
  const int64_t count = study_->BeginAsk();
  EndAsk(suggester_->Answer(suggester_->Prepare(*study_, count)));
}

void StudyHarness::EndAsk(absl::StatusOr<Proposal> proposal) {
  Begin();
  study_->EndAsk(std::move(proposal), now, effects_);
  Keep(0);
}

absl::StatusOr<std::vector<vizier::Trial>> StudyHarness::Take(
    const std::string& client_id, int count) {
  absl::StatusOr<google::longrunning::Operation> operation =
      Suggest(client_id, count);
  if (!operation.ok()) return operation.status();
  if (!operation->done()) {
    AnswerAsk();
    const OperationName name = *OperationName::Parse(operation->name());
    operation = study_->GetOperation(name.client_id, name.number);
  }
  const vizier::SuggestTrialsResponse response = ResponseOf(*operation);
  return std::vector<vizier::Trial>(response.trials().begin(),
                                    response.trials().end());
}

absl::StatusOr<vizier::Trial> StudyHarness::CompleteWith(
    int64_t id, absl::string_view request_text) {
  Begin();
  return Decode(Keep(study_->CompleteTrial(
      id, ParseProto<vizier::CompleteTrialRequest>(request_text), now,
      effects_)));
}

absl::StatusOr<vizier::Trial> StudyHarness::Complete(int64_t id, double y) {
  Begin();
  vizier::CompleteTrialRequest request;
  vizier::Measurement::Metric& metric =
      *request.mutable_final_measurement()->add_metrics();
  metric.set_metric_id("y");
  metric.set_value(y);
  return Decode(Keep(study_->CompleteTrial(id, request, now, effects_)));
}

absl::StatusOr<vizier::Trial> StudyHarness::Fail(int64_t id,
                                                 const std::string& reason) {
  Begin();
  vizier::CompleteTrialRequest request;
  request.set_trial_infeasible(true);
  request.set_infeasible_reason(reason);
  return Decode(Keep(study_->CompleteTrial(id, request, now, effects_)));
}

absl::StatusOr<vizier::Trial> StudyHarness::Measure(int64_t id, int64_t step,
                                                    double y) {
  Begin();
  vizier::Measurement measurement;
  measurement.set_step_count(step);
  measurement.add_metrics()->set_metric_id("y");
  measurement.mutable_metrics(0)->set_value(y);
  return Decode(Keep(study_->AddMeasurement(id, measurement, effects_)));
}

absl::StatusOr<vizier::Trial> StudyHarness::MeasureText(
    int64_t id, absl::string_view measurement_text) {
  Begin();
  return Decode(Keep(study_->AddMeasurement(
      id, ParseProto<vizier::Measurement>(measurement_text), effects_)));
}

StopDecision StudyHarness::JudgeStopping(int64_t id) {
  Begin();
  return Keep(study_->JudgeStopping(id, effects_));
}

absl::StatusOr<vizier::Trial> StudyHarness::Create(
    absl::string_view trial_text) {
  Begin();
  vizier::CreateTrialRequest request;
  *request.mutable_trial() = ParseProto<vizier::Trial>(trial_text);
  return Decode(Keep(study_->CreateTrial(request, now, effects_)));
}

absl::StatusOr<vizier::Trial> StudyHarness::Stop(int64_t id) {
  Begin();
  return Decode(Keep(study_->StopTrial(id, effects_)));
}

absl::Status StudyHarness::Delete(int64_t id) {
  Begin();
  return Keep(study_->DeleteTrial(id, now, effects_));
}

absl::Status StudyHarness::SetState(vizier::Study::State state) {
  Begin();
  return Keep(study_->SetState(state, now, effects_)).status();
}

void StudyHarness::Wait(absl::Duration duration) {
  now += duration;
  Begin();
  study_->ExpireLeases(now, effects_);
  EXPECT_GT(study_->next_expiry(), now);
  Keep(0);
}

absl::StatusOr<vizier::Trial> StudyHarness::Release(
    int64_t id, const std::string& client_id) {
  Begin();
  apogee::v1::ReleaseTrialRequest request;
  request.set_client_id(client_id);
  request.set_reason("its process died");
  return Decode(Keep(study_->ReleaseTrial(id, request, now, effects_)));
}

apogee::v1::HeartbeatResponse StudyHarness::Beat(
    const std::string& client_id, const std::vector<int64_t>& ids) {
  apogee::v1::HeartbeatRequest request;
  request.set_client_id(client_id);
  request.mutable_trial_ids()->Assign(ids.begin(), ids.end());
  return study_->Heartbeat(request, now);
}

absl::StatusOr<std::string> StudyHarness::Update(
    absl::string_view request_text) {
  Begin();
  absl::StatusOr<vizier::UpdateMetadataResponse> response =
      Keep(study_->UpdateMetadata(
          ParseProto<vizier::UpdateMetadataRequest>(request_text), effects_));
  if (!response.ok()) return response.status();
  return response->error_details();
}

std::string StudyHarness::Trials() {
  std::string text;
  google::protobuf::TextFormat::PrintToString(
      study_->ListTrials(vizier::ListTrialsRequest())->Decode(), &text);
  return text;
}

}  // namespace apogee
