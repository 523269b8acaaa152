#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "apogee/v1/options.pb.h"
#include "vizier/study.pb.h"

namespace apogee {

// Where a stock Vizier client puts the options: study metadata, JSON text.
inline constexpr char kOptionsNamespace[] = ":apogee";
inline constexpr char kOptionsKey[] = "options";
// In the same namespace of a trial's metadata: what the algorithm says of its
// suggestion, a JSON object.
inline constexpr char kSuggestionKey[] = "suggestion";
// And why the study's stopping rule says that the trial should stop, likewise.
inline constexpr char kStoppingKey[] = "stopping";

inline constexpr int64_t kMaxLeaseSeconds = int64_t{365} * 24 * 3600;
inline constexpr int64_t kMaxReissues = 100;
inline constexpr int64_t kUsualReissues = 3;

// INVALID_ARGUMENT naming the option that is out of range.
absl::Status CheckLease(const apogee::v1::Lease& lease);

// The options a study asks for: the field `apogee_options` of its spec, or the
// JSON in its metadata, or none.
// INVALID_ARGUMENT  the JSON does not parse, names an unknown option (the error
//                   names the nearest known one), a value is out of range, or
//                   the field and the JSON differ
absl::StatusOr<apogee::v1::StudyOptions> ReadStudyOptions(
    const vizier::StudySpec& spec);

// From JSON text as in metadata; same errors.
absl::StatusOr<apogee::v1::StudyOptions> ParseStudyOptions(
    absl::string_view json);

// INVALID_ARGUMENT naming the option of `stopping` that is out of range.
absl::Status CheckStopping(const apogee::v1::Stopping& stopping);

}  // namespace apogee
