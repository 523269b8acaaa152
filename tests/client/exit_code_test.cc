#include "client/cli/exit_code.h"

#include <utility>

#include "tests/testing/matchers.h"

namespace apogee {
namespace {

TEST(ExitCode, EveryStatusHasOne) {
  const std::pair<absl::StatusCode, ExitCode> kCases[] = {
      {absl::StatusCode::kOk, ExitCode::kDone},
      {absl::StatusCode::kNotFound, ExitCode::kNotFound},
      {absl::StatusCode::kAlreadyExists, ExitCode::kConflict},
      {absl::StatusCode::kFailedPrecondition, ExitCode::kConflict},
      {absl::StatusCode::kAborted, ExitCode::kConflict},
      {absl::StatusCode::kUnauthenticated, ExitCode::kNotAllowed},
      {absl::StatusCode::kPermissionDenied, ExitCode::kNotAllowed},
      {absl::StatusCode::kUnavailable, ExitCode::kUnavailable},
      {absl::StatusCode::kDeadlineExceeded, ExitCode::kDeadline},
      {absl::StatusCode::kInvalidArgument, ExitCode::kInvalid},
      {absl::StatusCode::kOutOfRange, ExitCode::kInvalid},
      {absl::StatusCode::kCancelled, ExitCode::kInterrupted},
      {absl::StatusCode::kInternal, ExitCode::kError},
      {absl::StatusCode::kUnimplemented, ExitCode::kError},
      {absl::StatusCode::kDataLoss, ExitCode::kError},
  };
  for (const auto& [status, exit] : kCases) {
    EXPECT_EQ(ExitCodeFor(absl::Status(status, "x")), exit)
        << static_cast<int>(status);
  }
}

TEST(ExitCode, AFailureKeepsItsOwn) {
  for (const ExitCode code :
       {ExitCode::kError, ExitCode::kUsage, ExitCode::kConflict,
        ExitCode::kStudyOver, ExitCode::kInterrupted}) {
    EXPECT_EQ(ExitCodeFor(Failure(code, "x")), code);
  }
  EXPECT_EQ(ExitCodeName(ExitCode::kStudyOver), "STUDY_OVER");
}

}  // namespace
}  // namespace apogee
