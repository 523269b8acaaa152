#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct sqlite3;
struct sqlite3_stmt;

namespace apogee {

// The status for an SQLite result code on this connection; names the file.
// DATA_LOSS           the file is damaged
// RESOURCE_EXHAUSTED  a value is too large
// INTERNAL            a statement of ours is wrong
// UNAVAILABLE         all else: I/O errors, a full disk, a lock not had
absl::Status SqliteStatus(sqlite3* database, int code);

// A prepared statement, kept to be run many times. Used by one thread at a
// time, like its connection, which must outlive it.
//
//   statement.BindInt(7).BindBytes(name);      in the order of the "?"s
//   ASSIGN_OR_RETURN(bool row, statement.Step());
//   if (row) { id = statement.TakeInt(); text = statement.TakeBytes(); }
//   statement.Reset();
class Statement {
 public:
  Statement() = default;  // to be assigned

  // Prepares the one statement in `sql`.
  static absl::StatusOr<Statement> Prepare(sqlite3* database,
                                           absl::string_view sql);

  // Each binds the next parameter. What is bound must live until Reset. An
  // error is told by the next Step.
  Statement& BindInt(int64_t value);
  Statement& BindInt(std::optional<int64_t> value);
  Statement& BindText(absl::string_view value);
  Statement& BindTextOrNull(absl::string_view value);  // NULL when empty
  Statement& BindBlob(absl::string_view value);
  Statement& BindBlobOrNull(absl::string_view value);  // NULL when empty

  // To the next row; false at the end.
  absl::StatusOr<bool> Step();

  // Each reads the row's next column. NULL reads as 0 or empty.
  int64_t TakeInt();
  std::optional<int64_t> TakeOptionalInt();
  std::optional<double> TakeOptionalDouble();
  std::string TakeBytes();

  // Ready to be bound and run again.
  void Reset();

  // Step to the end, and Reset.
  absl::Status Run();

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int parameter_ = 0;   // bound last
  int column_ = 0;      // to be read next
  int bind_error_ = 0;  // the first
};

}  // namespace apogee
