// Any text is a set of options or an error.

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "proto/options.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  (void)apogee::ParseStudyOptions(
      absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
