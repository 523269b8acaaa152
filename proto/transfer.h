#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "apogee/v1/options.pb.h"
#include "proto/names.h"

namespace apogee {

// The words of the options that say what studies learn from each other. What
// does not parse is INVALID_ARGUMENT with the cure.

// Who may train on a study.
enum class Sharing { kNone, kOwner, kServer };
// "" is kNone.
absl::StatusOr<Sharing> ParseSharing(absl::string_view text);

// A study of the owner: its full name, or the part after the last slash.
absl::StatusOr<StudyName> ParsePrior(absl::string_view text,
                                     const std::string& owner);

struct RegressorChoice {
  enum class Kind { kLatest, kNumbered, kNone };
  Kind kind = Kind::kLatest;
  int64_t version = 0;  // of kNumbered
};
// "" is kLatest.
absl::StatusOr<RegressorChoice> ParseRegressorChoice(absl::string_view text);

// Studies that one study may begin with, named and found each.
inline constexpr int kMaxPriors = 20;
inline constexpr int kUsualSimilar = 5;

// INVALID_ARGUMENT naming the option in which a word or number can not be.
absl::Status CheckLearningOptions(const apogee::v1::StudyOptions& options);

}  // namespace apogee
