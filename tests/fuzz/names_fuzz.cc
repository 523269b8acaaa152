// Whatever parses as a name is printed as it was.

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "base/check.h"
#include "proto/names.h"

namespace {

template <typename Name>
void CheckRoundTrip(absl::string_view text) {
  const absl::StatusOr<Name> name = Name::Parse(text);
  if (name.ok()) APOGEE_CHECK(name->ToString() == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  CheckRoundTrip<apogee::OwnerName>(text);
  CheckRoundTrip<apogee::StudyName>(text);
  CheckRoundTrip<apogee::TrialName>(text);
  CheckRoundTrip<apogee::OperationName>(text);
  return 0;
}
