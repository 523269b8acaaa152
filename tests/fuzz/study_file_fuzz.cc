// Any text is a study or an error; a study that can be written is read back
// equal.

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "base/check.h"
#include "google/protobuf/util/message_differencer.h"
#include "proto/study_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<vizier::Study> study =
      apogee::ParseStudyFile(text, "study.yaml");
  if (!study.ok()) return 0;
  const absl::StatusOr<std::string> written = apogee::FormatStudyFile(*study);
  if (!written.ok()) return 0;
  const absl::StatusOr<vizier::Study> again =
      apogee::ParseStudyFile(*written, "study.yaml");
  APOGEE_CHECK(again.ok());
  APOGEE_CHECK(
      google::protobuf::util::MessageDifferencer::Equals(*study, *again));
  return 0;
}
