#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/import/import_sink.h"

namespace apogee {

enum class ImportFormat { kArchive, kVizier, kOptuna };

// "Apogee archive" and the like.
std::string FormatName(ImportFormat format);

// What kind of file it is, by what is in it.
// NOT_FOUND         it can not be read
// INVALID_ARGUMENT  it is none that this program knows
absl::StatusOr<ImportFormat> RecognizeImport(const std::string& path);

// Gives all that is in the file to `sink`.
// INVALID_ARGUMENT  as RecognizeImport; or the file is damaged
// any other         the sink's own error
absl::Status ReadImport(const std::string& path, ImportFormat format,
                        ImportSink& sink);

}  // namespace apogee
