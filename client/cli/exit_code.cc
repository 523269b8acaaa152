#include "client/cli/exit_code.h"

#include <array>
#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace apogee {
namespace {

constexpr char kPayload[] = "apogee.cli/exit_code";

struct Row {
  ExitCode exit;
  absl::StatusCode status;  // of a Failure
  absl::string_view name;
};

constexpr std::array kRows = {
    Row{ExitCode::kDone, absl::StatusCode::kOk, "OK"},
    Row{ExitCode::kError, absl::StatusCode::kUnknown, "ERROR"},
    Row{ExitCode::kUsage, absl::StatusCode::kInvalidArgument, "USAGE"},
    Row{ExitCode::kNotFound, absl::StatusCode::kNotFound, "NOT_FOUND"},
    Row{ExitCode::kConflict, absl::StatusCode::kFailedPrecondition, "CONFLICT"},
    Row{ExitCode::kNotAllowed, absl::StatusCode::kPermissionDenied,
        "NOT_ALLOWED"},
    Row{ExitCode::kUnavailable, absl::StatusCode::kUnavailable, "UNAVAILABLE"},
    Row{ExitCode::kDeadline, absl::StatusCode::kDeadlineExceeded,
        "DEADLINE_EXCEEDED"},
    Row{ExitCode::kInvalid, absl::StatusCode::kInvalidArgument,
        "INVALID_ARGUMENT"},
    Row{ExitCode::kStudyOver, absl::StatusCode::kFailedPrecondition,
        "STUDY_OVER"},
    Row{ExitCode::kInterrupted, absl::StatusCode::kCancelled, "INTERRUPTED"},
};

const Row& Find(ExitCode code) {
  for (const Row& row : kRows) {
    if (row.exit == code) return row;
  }
  return kRows[1];
}

}  // namespace

absl::Status Failure(ExitCode code, absl::string_view message) {
  absl::Status status(Find(code).status, message);
  status.SetPayload(kPayload, absl::Cord(absl::StrCat(static_cast<int>(code))));
  return status;
}

absl::Status UsageError(absl::string_view message) {
  return Failure(ExitCode::kUsage, message);
}

ExitCode ExitCodeFor(const absl::Status& status) {
  if (const auto payload = status.GetPayload(kPayload)) {
    int code = 0;
    (void)absl::SimpleAtoi(std::string(*payload), &code);
    return static_cast<ExitCode>(code);
  }
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return ExitCode::kDone;
    case absl::StatusCode::kNotFound:
      return ExitCode::kNotFound;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kFailedPrecondition:
      return ExitCode::kConflict;
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return ExitCode::kNotAllowed;
    case absl::StatusCode::kUnavailable:
      return ExitCode::kUnavailable;
    case absl::StatusCode::kDeadlineExceeded:
      return ExitCode::kDeadline;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return ExitCode::kInvalid;
    case absl::StatusCode::kCancelled:
      return ExitCode::kInterrupted;
    default:
      return ExitCode::kError;
  }
}

absl::string_view ExitCodeName(ExitCode code) { return Find(code).name; }

}  // namespace apogee
