#pragma once

#include <cstdint>
#include <istream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "apogee/v1/admin.pb.h"
#include "client/import/import_sink.h"

namespace apogee {

// Studies as text: one JSON object (apogee.v1.ArchiveLine) a line. The same
// studies give the same text.

// Makes the lines of an archive, each ending with a line break.
class ArchiveWriter {
 public:
  // To be written first.
  std::string Header() const;
  // A study, before its trials.
  std::string Line(const apogee::v1::StudyRecord& record);
  std::string Line(const apogee::v1::TrialRecord& record);
  // To be written last: an archive without it has been cut short.
  std::string End() const;

  int64_t studies() const { return studies_; }
  int64_t trials() const { return trials_; }

 private:
  int64_t studies_ = 0;
  int64_t trials_ = 0;
};

// Whether a file that begins so can only be an archive.
bool IsArchive(absl::string_view first_bytes);

// INVALID_ARGUMENT  not an archive, or one of a later version, or cut short;
//                   names the line
// any other         the sink's own error
absl::Status ReadArchive(std::istream& in, ImportSink& sink);

}  // namespace apogee
