#pragma once

// Ends the process with the place and the text of a broken assumption of ours.
// Never for bad input: that gets an absl::Status.
#define APOGEE_CHECK(condition)                                        \
  do {                                                                 \
    if (!(condition)) {                                                \
      ::apogee::internal::CheckFailed(#condition, __FILE__, __LINE__); \
    }                                                                  \
  } while (false)

namespace apogee::internal {

[[noreturn]] void CheckFailed(const char* condition, const char* file,
                              int line);

}  // namespace apogee::internal
