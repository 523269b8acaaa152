#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/datastore.h"

namespace apogee {

// What all engines do alike.

// NOT_FOUND naming the study.
absl::Status NoSuchStudy(const StudyName& study);

absl::Status NoSuchRegressor(int64_t version);

// Where in its client's ring an operation is kept.
inline int64_t OperationSlot(const OperationRow& row) {
  return row.number % kOperationsKept;
}

// A page token is the key of the last study on the page before. An engine gives
// studies keys from 1 on in order of creation, and no key twice.
std::string FormatPageToken(int64_t study_key);

// The key to list after: 0 for an empty token.
// INVALID_ARGUMENT  not a token that FormatPageToken gives
absl::StatusOr<int64_t> ParsePageToken(absl::string_view token);

}  // namespace apogee
