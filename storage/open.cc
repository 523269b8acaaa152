#include "storage/open.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/nearest.h"
#include "base/status_macros.h"
#include "storage/memory/memory_datastore.h"
#include "storage/sqlite/sqlite_datastore.h"

namespace apogee {
namespace {

absl::Status BadAddress(absl::string_view address, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("store \"", address, "\": ", why));
}

absl::StatusOr<Synchronous> ParseSynchronous(absl::string_view address,
                                             absl::string_view value) {
  if (value == "full") {
    return Synchronous::kFull;
  }
  if (value == "normal") {
    return Synchronous::kNormal;
  }
  return BadAddress(address, absl::StrCat("synchronous is \"", value,
                                          "\", not full or normal"));
}

// What follows "sqlite:".
absl::StatusOr<SqliteOptions> ParseSqlite(absl::string_view address,
                                          absl::string_view rest) {
  std::pair<std::string, std::string> parts =
      absl::StrSplit(rest, absl::MaxSplits('?', 1));
  SqliteOptions options;
  options.path = std::move(parts.first);
  if (options.path.empty()) {
    return BadAddress(address, "names no file; write sqlite:FILE");
  }
  for (absl::string_view option :
       absl::StrSplit(parts.second, '&', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> setting =
        absl::StrSplit(option, absl::MaxSplits('=', 1));
    if (setting.first != "synchronous") {
      return BadAddress(
          address, absl::StrCat("no option \"", setting.first, "\"",
                                DidYouMean(setting.first, {"synchronous"})));
    }
    ASSIGN_OR_RETURN(options.synchronous,
                     ParseSynchronous(address, setting.second));
  }
  return options;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Datastore>> OpenDatastore(
    absl::string_view address, StoreOptions options) {
  if (address == "memory:") {
    return std::make_unique<MemoryDatastore>(std::move(options));
  }
  absl::string_view rest = address;
  if (absl::ConsumePrefix(&rest, "sqlite:")) {
    ASSIGN_OR_RETURN(const SqliteOptions sqlite, ParseSqlite(address, rest));
    return OpenSqliteDatastore(sqlite, std::move(options));
  }
  return BadAddress(address, "is not memory: or sqlite:FILE");
}

absl::StatusOr<std::unique_ptr<StudyReader>> OpenStudyReader(
    absl::string_view address) {
  absl::string_view rest = address;
  if (!absl::ConsumePrefix(&rest, "sqlite:")) {
    return absl::UnimplementedError(
        absl::StrCat("the store \"", address,
                     "\" can not be read by another process; use sqlite:FILE"));
  }
  ASSIGN_OR_RETURN(const SqliteOptions sqlite, ParseSqlite(address, rest));
  return OpenSqliteReader(sqlite.path);
}

}  // namespace apogee
