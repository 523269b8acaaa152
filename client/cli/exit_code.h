#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace apogee {

// How `apogee` ends. A contract with scripts: documented in client/README.md
// and `apogee --help`.
enum class ExitCode {
  kDone = 0,
  kError = 1,
  kUsage = 2,
  kNotFound = 3,
  kConflict = 4,
  kNotAllowed = 5,
  kUnavailable = 6,
  kDeadline = 7,
  kInvalid = 8,
  kStudyOver = 9,
  kInterrupted = 130,
};

// An error for which `apogee` ends with `code`.
absl::Status Failure(ExitCode code, absl::string_view message);
absl::Status UsageError(absl::string_view message);

// The code that Failure put there, or the one for the status' own code.
ExitCode ExitCodeFor(const absl::Status& status);

// "NOT_FOUND": the `code` of the JSON error object.
absl::string_view ExitCodeName(ExitCode code);

// The table for `apogee --help`.
inline constexpr char kExitCodeHelp[] =
    "Exit codes:\n"
    "  0    done\n"
    "  1    another error; study diff: the two differ\n"
    "  2    wrong usage\n"
    "  3    not found\n"
    "  4    exists already, or not possible in its present state\n"
    "  5    not allowed\n"
    "  6    server unavailable\n"
    "  7    no answer in time\n"
    "  8    invalid study file or argument\n"
    "  9    study finished or paused: nothing to suggest\n"
    "  130  interrupted\n";

}  // namespace apogee
