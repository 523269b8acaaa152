#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "vizier/study.pb.h"
#include "vizier/vizier_service.pb.h"

namespace apogee {

// Checks that a message fails by itself, without looking anything up. Each
// error is INVALID_ARGUMENT, says which thing is wrong and how to cure it
// (`parameter "lr": max 0.1 is below min 1`), and carries the field's path as a
// google.rpc.BadRequest payload.

// Deepest nesting of conditional parameters.
inline constexpr int kMaxParameterDepth = 32;
// Parameters of one study, children included.
inline constexpr int kMaxParameters = 10'000;
// Trials one SuggestTrials call may ask for.
inline constexpr int kMaxSuggestionCount = 10'000;

absl::Status ValidateStudySpec(const vizier::StudySpec& spec);
absl::Status ValidateRequest(const vizier::CreateStudyRequest& request);
absl::Status ValidateRequest(const vizier::SuggestTrialsRequest& request);
absl::Status ValidateRequest(const vizier::CreateTrialRequest& request);
absl::Status ValidateRequest(const vizier::AddTrialMeasurementRequest& request);
absl::Status ValidateRequest(const vizier::CompleteTrialRequest& request);
absl::Status ValidateRequest(const vizier::UpdateMetadataRequest& request);

// INVALID_ARGUMENT about the field at `path`.
absl::Status FieldError(absl::string_view path, absl::string_view message);

}  // namespace apogee
