#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/sqlite/statement.h"

namespace apogee {

// An open SQLite file. Used by one thread at a time.
class Connection {
 public:
  enum class Mode {
    kWriter,   // the only one that writes and checkpoints; creates the file
    kReader,   // can do neither, not even on close
    kForeign,  // a reader of another program's file, which may be anything
  };

  // FAILED_PRECONDITION  the file cannot be opened or created
  static absl::StatusOr<Connection> Open(const std::string& path, Mode mode);

  // For all that is asked more than once.
  absl::StatusOr<Statement> Prepare(absl::string_view sql) const {
    return Statement::Prepare(handle_.get(), sql);
  }
  // Statements separated by ";", results ignored.
  absl::Status Run(const std::string& sql) const;
  // The first column of the first row.
  absl::StatusOr<int64_t> QueryInt(absl::string_view sql) const;
  absl::StatusOr<std::string> QueryText(absl::string_view sql) const;

  // Writes the log over itself and syncs it. After a sync that failed the
  // system may show a log that is not on the disk and never would be; what is
  // appended to it would be lost with it.
  absl::Status RenewLog() const;

  sqlite3* handle() const { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };

  std::unique_ptr<sqlite3, Close> handle_;
};

}  // namespace apogee
