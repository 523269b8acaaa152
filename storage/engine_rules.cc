#include "storage/engine_rules.h"

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace apogee {

absl::Status NoSuchStudy(const StudyName& study) {
  return absl::NotFoundError(
      absl::StrCat("study \"", study.ToString(), "\" does not exist"));
}

absl::Status NoSuchRegressor(int64_t version) {
  return absl::NotFoundError(
      absl::StrCat("there is no regressor of version ", version));
}

std::string FormatPageToken(int64_t study_key) {
  return absl::StrCat(study_key);
}

absl::StatusOr<int64_t> ParsePageToken(absl::string_view token) {
  if (token.empty()) {
    return 0;
  }
  int64_t key = 0;
  if (!absl::SimpleAtoi(token, &key) || key < 1 ||
      FormatPageToken(key) != token) {
    return absl::InvalidArgumentError(absl::StrCat(
        "page token \"", absl::Utf8SafeCEscape(token),
        "\" is not one this server gave; list from the first page again"));
  }
  return key;
}

}  // namespace apogee
