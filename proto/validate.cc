#include "proto/validate.h"

#include <cstdint>
#include <set>
#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/util/time_util.h"
#include "google/rpc/error_details.pb.h"
#include "proto/names.h"
#include "proto/print.h"

namespace apogee {
namespace {

using google::protobuf::util::TimeUtil;

constexpr char kBadRequest[] = "type.googleapis.com/google.rpc.BadRequest";
constexpr int32_t kNanosPerSecond = 1'000'000'000;
// Numbers that servers count up from leave room to do so.
constexpr int64_t kMaxCount = int64_t{1} << 62;

// `status` as said about the field at `path`.
absl::Status At(absl::string_view path, const absl::Status& status) {
  return status.ok() ? status : FieldError(path, status.message());
}

// A FieldError seen from the message that holds the checked one at `root`.
absl::Status Under(absl::string_view root, const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kBadRequest);
  google::rpc::BadRequest details;
  if (!payload.has_value() || !details.ParseFromString(std::string(*payload))) {
    return status;
  }
  return FieldError(
      absl::StrCat(root, ".", details.field_violations(0).field()),
      status.message());
}

absl::Status ValidateDuration(const google::protobuf::Duration& duration,
                              const std::string& path) {
  const int64_t seconds = duration.seconds();
  const int32_t nanos = duration.nanos();
  const bool in_range = seconds >= TimeUtil::kDurationMinSeconds &&
                        seconds <= TimeUtil::kDurationMaxSeconds &&
                        nanos > -kNanosPerSecond && nanos < kNanosPerSecond;
  const bool one_sign =
      (seconds >= 0 && nanos >= 0) || (seconds <= 0 && nanos <= 0);
  if (in_range && one_sign) return absl::OkStatus();
  return FieldError(
      path, absl::StrCat("duration of ", seconds, " s and ", nanos,
                         " ns is malformed: at most 10000 years, less than 1e9 "
                         "ns, both of one sign"));
}

absl::Status ValidateTimestamp(const google::protobuf::Timestamp& time,
                               const std::string& path) {
  if (time.seconds() >= TimeUtil::kTimestampMinSeconds &&
      time.seconds() <= TimeUtil::kTimestampMaxSeconds && time.nanos() >= 0 &&
      time.nanos() < kNanosPerSecond) {
    return absl::OkStatus();
  }
  return FieldError(
      path, absl::StrCat("time of ", time.seconds(), " s and ", time.nanos(),
                         " ns is malformed: years 1 to 9999, nanoseconds from "
                         "0 to 999999999"));
}

absl::Status ValidateMeasurement(const vizier::Measurement& measurement,
                                 const std::string& path) {
  RETURN_IF_ERROR(ValidateDuration(measurement.elapsed_duration(),
                                   path + ".elapsed_duration"));
  if (measurement.metrics_size() > kMaxMetrics) {
    return FieldError(
        path + ".metrics",
        absl::StrCat("a measurement of ", measurement.metrics_size(),
                     " metrics; at most ", kMaxMetrics, " are allowed"));
  }
  std::set<absl::string_view> ids;
  for (int i = 0; i < measurement.metrics_size(); ++i) {
    const std::string& id = measurement.metrics(i).metric_id();
    const std::string id_path =
        absl::StrCat(path, ".metrics[", i, "].metric_id");
    if (id.empty()) {
      return FieldError(id_path, "a metric of the measurement has no id");
    }
    RETURN_IF_ERROR(ValidateIdSize(id, id_path));
    if (!ids.insert(id).second) {
      return FieldError(id_path, absl::StrCat("metric ", Quoted(id),
                                              " is measured twice; keep one"));
    }
  }
  return absl::OkStatus();
}

absl::Status ValidateParameters(const vizier::Trial& trial,
                                const std::string& trial_path) {
  if (trial.parameters_size() > kMaxParameters) {
    return FieldError(
        trial_path + ".parameters",
        absl::StrCat("a trial of ", trial.parameters_size(),
                     " parameters; at most ", kMaxParameters, " are allowed"));
  }
  std::set<absl::string_view> ids;
  for (int i = 0; i < trial.parameters_size(); ++i) {
    const vizier::Trial::Parameter& parameter = trial.parameters(i);
    const std::string& id = parameter.parameter_id();
    const std::string path = absl::StrCat(trial_path, ".parameters[", i, "]");
    if (id.empty()) {
      return FieldError(path + ".parameter_id",
                        "a parameter of the trial has no id");
    }
    RETURN_IF_ERROR(ValidateIdSize(id, path + ".parameter_id"));
    if (!ids.insert(id).second) {
      return FieldError(
          path + ".parameter_id",
          absl::StrCat("parameter ", Quoted(id), " has two values; keep one"));
    }
    const google::protobuf::Value& value = parameter.value();
    if (!value.has_number_value() && !value.has_string_value() &&
        !value.has_bool_value()) {
      return FieldError(
          path + ".value",
          absl::StrCat("parameter ", Quoted(id),
                       " has no value; give a number, a string or a bool"));
    }
  }
  return absl::OkStatus();
}

// What a trial says of itself, wherever it comes from.
absl::Status ValidateTrial(const vizier::Trial& trial,
                           const std::string& path) {
  RETURN_IF_ERROR(ValidateParameters(trial, path));
  RETURN_IF_ERROR(ValidateMetadata(trial.metadata(), path + ".metadata"));
  if (trial.measurements_size() > kMaxMeasurements) {
    return FieldError(path + ".measurements",
                      absl::StrCat("a trial of ", trial.measurements_size(),
                                   " measurements; at most ", kMaxMeasurements,
                                   " are allowed"));
  }
  RETURN_IF_ERROR(ValidateMeasurement(trial.final_measurement(),
                                      path + ".final_measurement"));
  for (int i = 0; i < trial.measurements_size(); ++i) {
    RETURN_IF_ERROR(ValidateMeasurement(
        trial.measurements(i), absl::StrCat(path, ".measurements[", i, "]")));
  }
  RETURN_IF_ERROR(ValidateTimestamp(trial.start_time(), path + ".start_time"));
  return ValidateTimestamp(trial.end_time(), path + ".end_time");
}

absl::Status ValidateTrialId(const std::string& id, const std::string& path) {
  int64_t number = 0;
  if (absl::SimpleAtoi(id, &number) && number >= 1 &&
      absl::StrCat(number) == id) {
    return absl::OkStatus();
  }
  return FieldError(path, absl::StrCat("trial id ", Quoted(id),
                                       " is not a whole number, 1 or more"));
}

absl::Status ValidateCount(int64_t count, const std::string& path) {
  if (count >= 0 && count <= kMaxCount) return absl::OkStatus();
  return FieldError(
      path, absl::StrCat(path, " is ", count, "; it must be from 0 to 2^62"));
}

absl::Status ValidateRecord(const apogee::v1::TrialRecord& record,
                            const std::string& path) {
  const vizier::Trial& trial = record.trial();
  RETURN_IF_ERROR(ValidateTrialId(trial.id(), path + ".trial.id"));
  int64_t id = 0;
  (void)absl::SimpleAtoi(trial.id(), &id);
  RETURN_IF_ERROR(ValidateCount(id, path + ".trial.id"));
  RETURN_IF_ERROR(ValidateTrial(trial, path + ".trial"));
  if (trial.state() == vizier::Trial::STATE_UNSPECIFIED ||
      !vizier::Trial::State_IsValid(trial.state())) {
    return FieldError(path + ".trial.state",
                      absl::StrCat("trial ", id, " has no state"));
  }
  if (trial.state() == vizier::Trial::ACTIVE) {
    RETURN_IF_ERROR(At(
        path + ".trial.client_id",
        ValidateComponent(trial.client_id(), absl::StrCat("client_id of ACTIVE "
                                                          "trial ",
                                                          id))));
  }
  RETURN_IF_ERROR(ValidateCount(record.ordinal(), path + ".ordinal"));
  RETURN_IF_ERROR(ValidateCount(record.finished(), path + ".finished"));
  const bool is_finished = trial.state() == vizier::Trial::SUCCEEDED ||
                           trial.state() == vizier::Trial::INFEASIBLE;
  if (record.has_finished() && !is_finished) {
    return FieldError(path + ".finished",
                      absl::StrCat("trial ", id,
                                   " has a place in the order of finishing, "
                                   "but it has not finished"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateIdSize(absl::string_view id, absl::string_view path) {
  if (id.size() <= kMaxIdBytes) return absl::OkStatus();
  return FieldError(
      path,
      absl::StrCat(Quoted(id), " has ", id.size(), " bytes; at most ",
                   kMaxIdBytes, " are allowed, because every trial holds it"));
}

absl::Status ValidateMetadata(
    const google::protobuf::RepeatedPtrField<vizier::KeyValue>& metadata,
    absl::string_view path) {
  size_t bytes = 0;
  for (const vizier::KeyValue& entry : metadata) bytes += entry.ByteSizeLong();
  if (bytes <= kMaxMetadataBytes) return absl::OkStatus();
  return FieldError(path, absl::StrCat("metadata of ", bytes,
                                       " bytes; at most ", kMaxMetadataBytes,
                                       " are allowed: keep large things "
                                       "elsewhere and their address here"));
}

absl::Status FieldError(absl::string_view path, absl::string_view message) {
  google::rpc::BadRequest details;
  auto* violation = details.add_field_violations();
  violation->set_field(std::string(path));
  violation->set_description(std::string(message));
  absl::Status status = absl::InvalidArgumentError(message);
  status.SetPayload(kBadRequest, absl::Cord(details.SerializeAsString()));
  return status;
}

absl::Status ValidateRequest(const vizier::CreateStudyRequest& request) {
  RETURN_IF_ERROR(At("parent", OwnerName::Parse(request.parent()).status()));
  const vizier::Study& study = request.study();
  if (!study.name().empty()) {
    return FieldError("study.name",
                      "study.name is given by the server; leave it empty and "
                      "set display_name");
  }
  RETURN_IF_ERROR(At("study.display_name",
                     ValidateComponent(study.display_name(), "display_name")));
  return Under("study.study_spec", ValidateStudySpec(study.study_spec()));
}

absl::Status ValidateRequest(const vizier::SuggestTrialsRequest& request) {
  RETURN_IF_ERROR(At("parent", StudyName::Parse(request.parent()).status()));
  RETURN_IF_ERROR(
      At("client_id", ValidateComponent(request.client_id(), "client_id")));
  if (request.suggestion_count() < 0 ||
      request.suggestion_count() > kMaxSuggestionCount) {
    return FieldError(
        "suggestion_count",
        absl::StrCat("suggestion_count is ", request.suggestion_count(),
                     "; it must be from 0 to ", kMaxSuggestionCount));
  }
  return absl::OkStatus();
}

absl::Status ValidateRequest(const vizier::CreateTrialRequest& request) {
  RETURN_IF_ERROR(At("parent", StudyName::Parse(request.parent()).status()));
  return ValidateTrial(request.trial(), "trial");
}

absl::Status ValidateRequest(
    const vizier::AddTrialMeasurementRequest& request) {
  RETURN_IF_ERROR(
      At("trial_name", TrialName::Parse(request.trial_name()).status()));
  return ValidateMeasurement(request.measurement(), "measurement");
}

absl::Status ValidateRequest(const vizier::CompleteTrialRequest& request) {
  RETURN_IF_ERROR(At("name", TrialName::Parse(request.name()).status()));
  return ValidateMeasurement(request.final_measurement(), "final_measurement");
}

absl::Status ValidateRequest(const vizier::UpdateMetadataRequest& request) {
  RETURN_IF_ERROR(At("name", StudyName::Parse(request.name()).status()));
  for (int i = 0; i < request.delta_size(); ++i) {
    const vizier::UnitMetadataUpdate& update = request.delta(i);
    if (!update.has_trial_id()) continue;
    RETURN_IF_ERROR(ValidateTrialId(update.trial_id(),
                                    absl::StrCat("delta[", i, "].trial_id")));
  }
  return absl::OkStatus();
}

absl::Status ValidateRequest(const apogee::v1::BackupRequest& request) {
  const std::string& path = request.path();
  if (path.empty() || path[0] != '/') {
    return FieldError("path",
                      absl::StrCat("path ", Quoted(path),
                                   " is not an absolute one, on the server's "
                                   "machine"));
  }
  if (path.find('\0') != std::string::npos) {
    return FieldError(
        "path", absl::StrCat("path ", Quoted(path), " has a zero byte in it"));
  }
  return absl::OkStatus();
}

absl::Status ValidateRequest(const apogee::v1::ImportStudyRequest& request) {
  RETURN_IF_ERROR(At("parent", OwnerName::Parse(request.parent()).status()));
  const apogee::v1::StudyRecord& record = request.record();
  const vizier::Study& study = record.study();
  RETURN_IF_ERROR(At("record.study.display_name",
                     ValidateComponent(study.display_name(), "display_name")));
  RETURN_IF_ERROR(
      ValidateTimestamp(study.create_time(), "record.study.create_time"));
  if (!vizier::Study::State_IsValid(study.state())) {
    return FieldError(
        "record.study.state",
        absl::StrCat("state ", int{study.state()}, " is not one of a study"));
  }
  RETURN_IF_ERROR(
      ValidateCount(record.next_trial_id(), "record.next_trial_id"));
  RETURN_IF_ERROR(ValidateCount(record.next_ordinal(), "record.next_ordinal"));
  RETURN_IF_ERROR(
      ValidateCount(record.next_finished(), "record.next_finished"));
  RETURN_IF_ERROR(ValidateCount(record.started_and_deleted(),
                                "record.started_and_deleted"));
  return Under("record.study.study_spec",
               ValidateStudySpec(study.study_spec()));
}

absl::Status ValidateRequest(const apogee::v1::ImportTrialsRequest& request) {
  RETURN_IF_ERROR(At("parent", StudyName::Parse(request.parent()).status()));
  std::set<absl::string_view> ids;
  for (int i = 0; i < request.trials_size(); ++i) {
    const std::string path = absl::StrCat("trials[", i, "]");
    RETURN_IF_ERROR(ValidateRecord(request.trials(i), path));
    const std::string& id = request.trials(i).trial().id();
    if (!ids.insert(id).second) {
      return FieldError(path + ".trial.id",
                        absl::StrCat("trial ", id, " is there twice"));
    }
  }
  return absl::OkStatus();
}

absl::Status ValidateRequest(const apogee::v1::HeartbeatRequest& request) {
  RETURN_IF_ERROR(At("parent", StudyName::Parse(request.parent()).status()));
  RETURN_IF_ERROR(
      At("client_id", ValidateComponent(request.client_id(), "client_id")));
  if (request.trial_ids_size() <= kMaxSuggestionCount) return absl::OkStatus();
  return FieldError(
      "trial_ids",
      absl::StrCat("a heartbeat of ", request.trial_ids_size(),
                   " trials; at most ", kMaxSuggestionCount, " are allowed"));
}

absl::Status ValidateRequest(const apogee::v1::ReleaseTrialRequest& request) {
  RETURN_IF_ERROR(At("name", TrialName::Parse(request.name()).status()));
  RETURN_IF_ERROR(
      At("client_id", ValidateComponent(request.client_id(), "client_id")));
  if (request.reason().size() <= kMaxReasonBytes) return absl::OkStatus();
  return FieldError(
      "reason",
      absl::StrCat("a reason of ", request.reason().size(), " bytes; at most ",
                   kMaxReasonBytes, " are allowed"));
}

absl::Status ValidateRequest(const apogee::v1::ListWorkersRequest& request) {
  const std::string& parent = request.parent();
  if (parent.empty() || StudyName::Parse(parent).ok() ||
      OwnerName::Parse(parent).ok()) {
    return absl::OkStatus();
  }
  return FieldError(
      "parent", absl::StrCat("parent ", Quoted(parent),
                             " is neither owners/{owner}/studies/{study} nor "
                             "owners/{owner}"));
}

}  // namespace apogee
