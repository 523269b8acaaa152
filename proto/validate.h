#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "apogee/v1/admin.pb.h"
#include "apogee/v1/worker.pb.h"
#include "google/protobuf/repeated_field.h"
#include "vizier/study.pb.h"
#include "vizier/vizier_service.pb.h"

namespace apogee {

// Checks that a message fails by itself, without looking anything up. Each
// error is INVALID_ARGUMENT, says which thing is wrong and how to cure it
// (`parameter "lr": max 0.1 is below min 1`), and carries the field's path as a
// google.rpc.BadRequest payload.

// Deepest nesting of conditional parameters.
inline constexpr int kMaxParameterDepth = 32;
// Parameters of one study, children included, or of one trial.
inline constexpr int kMaxParameters = 10'000;
// Metrics of one study or measurement.
inline constexpr int kMaxMetrics = 1'000;
// Bytes of a parameter's or metric's id, and of a category. Every trial holds
// them.
inline constexpr size_t kMaxIdBytes = 4096;
// Measurements of one trial.
inline constexpr int kMaxMeasurements = 100'000;
// Bytes of the metadata of one study or trial.
inline constexpr size_t kMaxMetadataBytes = 16 << 20;
// Bytes of the reason why a trial is given back.
inline constexpr size_t kMaxReasonBytes = 1024;
// Trials one SuggestTrials call may ask for, or one Heartbeat speak of.
inline constexpr int kMaxSuggestionCount = 10'000;

absl::Status ValidateStudySpec(const vizier::StudySpec& spec);
absl::Status ValidateRequest(const vizier::CreateStudyRequest& request);
absl::Status ValidateRequest(const vizier::SuggestTrialsRequest& request);
absl::Status ValidateRequest(const vizier::CreateTrialRequest& request);
absl::Status ValidateRequest(const vizier::AddTrialMeasurementRequest& request);
absl::Status ValidateRequest(const vizier::CompleteTrialRequest& request);
absl::Status ValidateRequest(const vizier::UpdateMetadataRequest& request);
absl::Status ValidateRequest(const apogee::v1::BackupRequest& request);
absl::Status ValidateRequest(const apogee::v1::ImportStudyRequest& request);
absl::Status ValidateRequest(const apogee::v1::ImportTrialsRequest& request);
absl::Status ValidateRequest(const apogee::v1::HeartbeatRequest& request);
absl::Status ValidateRequest(const apogee::v1::ReleaseTrialRequest& request);
absl::Status ValidateRequest(const apogee::v1::ListWorkersRequest& request);

// What several of the above check in the field at `path`.
absl::Status ValidateIdSize(absl::string_view id, absl::string_view path);
absl::Status ValidateMetadata(
    const google::protobuf::RepeatedPtrField<vizier::KeyValue>& metadata,
    absl::string_view path);

// INVALID_ARGUMENT about the field at `path`.
absl::Status FieldError(absl::string_view path, absl::string_view message);

}  // namespace apogee
