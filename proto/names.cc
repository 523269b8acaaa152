#include "proto/names.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "google/protobuf/stubs/common.h"
#include "proto/print.h"

namespace apogee {
namespace {

constexpr absl::string_view kOwnerForm = "owners/{owner}";
constexpr absl::string_view kStudyForm = "owners/{owner}/studies/{study}";
constexpr absl::string_view kTrialForm =
    "owners/{owner}/studies/{study}/trials/{id}";
constexpr absl::string_view kOperationForm =
    "owners/{owner}/operations/suggestion/{study}/{client_id}/{number}";

absl::Status BadName(absl::string_view name, absl::string_view form) {
  return absl::InvalidArgumentError(
      absl::StrCat("name ", Quoted(name), " is not of the form ", form));
}

// The pieces of `name` that stand where `form` has "{...}".
absl::StatusOr<std::vector<std::string>> Match(absl::string_view name,
                                               absl::string_view form) {
  const std::vector<absl::string_view> wanted = absl::StrSplit(form, '/');
  const std::vector<absl::string_view> given = absl::StrSplit(name, '/');
  if (wanted.size() != given.size()) return BadName(name, form);
  std::vector<std::string> pieces;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i].front() != '{') {
      if (wanted[i] != given[i]) return BadName(name, form);
      continue;
    }
    RETURN_IF_ERROR(
        ValidateComponent(given[i], wanted[i].substr(1, wanted[i].size() - 2)));
    pieces.emplace_back(given[i]);
  }
  return pieces;
}

absl::StatusOr<int64_t> ParseId(absl::string_view text, absl::string_view name,
                                absl::string_view form) {
  int64_t id = 0;
  // One spelling per id: no sign, no leading zero, no blanks.
  if (!absl::SimpleAtoi(text, &id) || id < 1 || absl::StrCat(id) != text) {
    return BadName(name, form);
  }
  return id;
}

}  // namespace

absl::Status ValidateComponent(absl::string_view text, absl::string_view what) {
  if (text.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(what, " is empty"));
  }
  if (text.size() > kMaxComponentBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(what, " ", Quoted(text), " has ", text.size(),
                     " bytes; at most ", kMaxComponentBytes, " are allowed"));
  }
  if (absl::StrContains(text, '/')) {
    return absl::InvalidArgumentError(
        absl::StrCat(what, " ", Quoted(text), " must not contain \"/\""));
  }
  if (!google::protobuf::internal::IsStructurallyValidUTF8(
          text.data(), static_cast<int>(text.size()))) {
    return absl::InvalidArgumentError(
        absl::StrCat(what, " ", Quoted(text), " is not valid UTF-8"));
  }
  return absl::OkStatus();
}

absl::StatusOr<OwnerName> OwnerName::Parse(absl::string_view name) {
  ASSIGN_OR_RETURN(std::vector<std::string> pieces, Match(name, kOwnerForm));
  return OwnerName{.owner = std::move(pieces[0])};
}

std::string OwnerName::ToString() const {
  return absl::StrCat("owners/", owner);
}

absl::StatusOr<StudyName> StudyName::Parse(absl::string_view name) {
  ASSIGN_OR_RETURN(std::vector<std::string> pieces, Match(name, kStudyForm));
  return StudyName{.owner = std::move(pieces[0]),
                   .study = std::move(pieces[1])};
}

std::string StudyName::ToString() const {
  return absl::StrCat("owners/", owner, "/studies/", study);
}

absl::StatusOr<TrialName> TrialName::Parse(absl::string_view name) {
  ASSIGN_OR_RETURN(std::vector<std::string> pieces, Match(name, kTrialForm));
  ASSIGN_OR_RETURN(const int64_t id, ParseId(pieces[2], name, kTrialForm));
  return TrialName{
      .study = {.owner = std::move(pieces[0]), .study = std::move(pieces[1])},
      .id = id};
}

std::string TrialName::ToString() const {
  return absl::StrCat(study.ToString(), "/trials/", id);
}

absl::StatusOr<OperationName> OperationName::Parse(absl::string_view name) {
  ASSIGN_OR_RETURN(std::vector<std::string> pieces,
                   Match(name, kOperationForm));
  ASSIGN_OR_RETURN(const int64_t number,
                   ParseId(pieces[3], name, kOperationForm));
  return OperationName{
      .study = {.owner = std::move(pieces[0]), .study = std::move(pieces[1])},
      .client_id = std::move(pieces[2]),
      .number = number};
}

std::string OperationName::ToString() const {
  return absl::StrCat("owners/", study.owner, "/operations/suggestion/",
                      study.study, "/", client_id, "/", number);
}

}  // namespace apogee
