#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace apogee {

// Resource names. A component (owner, study, client id) is any text that is
// not empty, has no "/" and at most kMaxComponentBytes bytes of valid UTF-8.
// Parsing anything else is INVALID_ARGUMENT and says what was expected.

inline constexpr size_t kMaxComponentBytes = 1024;

// owners/{owner}
struct OwnerName {
  std::string owner;

  static absl::StatusOr<OwnerName> Parse(absl::string_view name);
  std::string ToString() const;
};

// owners/{owner}/studies/{study}
struct StudyName {
  std::string owner;
  std::string study;

  static absl::StatusOr<StudyName> Parse(absl::string_view name);
  std::string ToString() const;

  friend bool operator==(const StudyName&, const StudyName&) = default;
  template <typename H>
  friend H AbslHashValue(H hash, const StudyName& name) {
    return H::combine(std::move(hash), name.owner, name.study);
  }
};

// owners/{owner}/studies/{study}/trials/{id}, id from 1
struct TrialName {
  StudyName study;
  int64_t id = 0;

  static absl::StatusOr<TrialName> Parse(absl::string_view name);
  std::string ToString() const;
};

// owners/{owner}/operations/suggestion/{study}/{client_id}/{number}, from 1
struct OperationName {
  StudyName study;
  std::string client_id;
  int64_t number = 0;

  static absl::StatusOr<OperationName> Parse(absl::string_view name);
  std::string ToString() const;
};

// INVALID_ARGUMENT naming `what` unless `text` can be a component.
absl::Status ValidateComponent(absl::string_view text, absl::string_view what);

}  // namespace apogee
