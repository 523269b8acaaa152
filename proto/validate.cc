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
  std::set<absl::string_view> ids;
  for (int i = 0; i < measurement.metrics_size(); ++i) {
    const std::string& id = measurement.metrics(i).metric_id();
    const std::string id_path =
        absl::StrCat(path, ".metrics[", i, "].metric_id");
    if (id.empty()) {
      return FieldError(id_path, "a metric of the measurement has no id");
    }
    if (!ids.insert(id).second) {
      return FieldError(id_path, absl::StrCat("metric ", Quoted(id),
                                              " is measured twice; keep one"));
    }
  }
  return absl::OkStatus();
}

absl::Status ValidateParameters(const vizier::Trial& trial) {
  std::set<absl::string_view> ids;
  for (int i = 0; i < trial.parameters_size(); ++i) {
    const vizier::Trial::Parameter& parameter = trial.parameters(i);
    const std::string& id = parameter.parameter_id();
    const std::string path = absl::StrCat("trial.parameters[", i, "]");
    if (id.empty()) {
      return FieldError(path + ".parameter_id",
                        "a parameter of the trial has no id");
    }
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

absl::Status ValidateTrialId(const std::string& id, const std::string& path) {
  int64_t number = 0;
  if (absl::SimpleAtoi(id, &number) && number >= 1 &&
      absl::StrCat(number) == id) {
    return absl::OkStatus();
  }
  return FieldError(path, absl::StrCat("trial id ", Quoted(id),
                                       " is not a whole number, 1 or more"));
}

}  // namespace

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
  const vizier::Trial& trial = request.trial();
  RETURN_IF_ERROR(ValidateParameters(trial));
  RETURN_IF_ERROR(ValidateMeasurement(trial.final_measurement(),
                                      "trial.final_measurement"));
  for (int i = 0; i < trial.measurements_size(); ++i) {
    RETURN_IF_ERROR(ValidateMeasurement(
        trial.measurements(i), absl::StrCat("trial.measurements[", i, "]")));
  }
  RETURN_IF_ERROR(ValidateTimestamp(trial.start_time(), "trial.start_time"));
  return ValidateTimestamp(trial.end_time(), "trial.end_time");
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

}  // namespace apogee
