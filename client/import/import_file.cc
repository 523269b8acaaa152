#include "client/import/import_file.h"

#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "client/import/archive.h"
#include "client/import/foreign_database.h"
#include "client/import/optuna_database.h"
#include "client/import/vizier_database.h"
#include "google/protobuf/stubs/logging.h"
#include "proto/print.h"

namespace apogee {
namespace {

constexpr absl::string_view kSqliteMagic("SQLite format 3\0", 16);

absl::Status Unknown(const std::string& path, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("file ", Quoted(path), " is ", what,
                   "; import takes an Apogee archive, or an SQLite file of "
                   "OSS Vizier or of Optuna"));
}

}  // namespace

std::string FormatName(ImportFormat format) {
  switch (format) {
    case ImportFormat::kArchive:
      return "Apogee archive";
    case ImportFormat::kVizier:
      return "OSS Vizier database";
    case ImportFormat::kOptuna:
      return "Optuna database";
  }
  return "";
}

absl::StatusOr<ImportFormat> RecognizeImport(const std::string& path) {
  std::error_code error;
  std::ifstream in(path, std::ios::binary);
  if (!in || !std::filesystem::is_regular_file(path, error)) {
    return absl::NotFoundError(
        absl::StrCat(Quoted(path), " is not a file that can be read"));
  }
  std::string first_bytes(64, '\0');
  in.read(first_bytes.data(), static_cast<std::streamsize>(first_bytes.size()));
  first_bytes.resize(static_cast<size_t>(in.gcount()));
  if (IsArchive(first_bytes)) return ImportFormat::kArchive;
  if (!absl::StartsWith(first_bytes, kSqliteMagic)) {
    return Unknown(path, "of an unknown kind");
  }
  ASSIGN_OR_RETURN(const Connection file, OpenForeign(path));
  ASSIGN_OR_RETURN(const bool is_vizier, IsVizierDatabase(file));
  if (is_vizier) return ImportFormat::kVizier;
  ASSIGN_OR_RETURN(const bool is_optuna, IsOptunaDatabase(file));
  if (is_optuna) return ImportFormat::kOptuna;
  ASSIGN_OR_RETURN(
      const bool is_ours,
      HasTables(file, {"studies", "trials", "measurements", "operations"}));
  if (is_ours) {
    return Unknown(path,
                   "a store of Apogee (serve it with \"apogeed --store "
                   "sqlite:FILE\", and export from there)");
  }
  return Unknown(path, "the SQLite database of another program");
}

absl::Status ReadImport(const std::string& path, ImportFormat format,
                        ImportSink& sink) {
  // Bytes that do not parse are told by an error.
  const google::protobuf::LogSilencer quiet;
  if (format == ImportFormat::kArchive) {
    std::ifstream in(path, std::ios::binary);
    return ReadArchive(in, sink);
  }
  ASSIGN_OR_RETURN(const Connection file, OpenForeign(path));
  return format == ImportFormat::kVizier ? ReadVizierDatabase(file, sink)
                                         : ReadOptunaDatabase(file, sink);
}

}  // namespace apogee
