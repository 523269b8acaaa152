#include "tests/storage/sql.h"

#include <sqlite3.h>

#include "gtest/gtest.h"

namespace apogee {

Sql::Sql(const std::string& path, bool read_only) {
  const int flags = read_only ? SQLITE_OPEN_READONLY
                              : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  EXPECT_EQ(sqlite3_open_v2(path.c_str(), &handle_, flags, nullptr), SQLITE_OK)
      << path;
  sqlite3_busy_timeout(handle_, 10000);
}

Sql::~Sql() { sqlite3_close(handle_); }

std::vector<std::string> Sql::Query(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  EXPECT_EQ(sqlite3_prepare_v2(handle_, sql.c_str(), -1, &statement, nullptr),
            SQLITE_OK)
      << sql << ": " << sqlite3_errmsg(handle_);
  std::vector<std::string> rows;
  int code = sqlite3_step(statement);
  for (; code == SQLITE_ROW; code = sqlite3_step(statement)) {
    std::string row;
    for (int i = 0; i < sqlite3_column_count(statement); ++i) {
      const auto* text =
          reinterpret_cast<const char*>(sqlite3_column_text(statement, i));
      row += i > 0 ? "|" : "";
      row += text == nullptr ? "NULL" : text;
    }
    rows.push_back(row);
  }
  EXPECT_EQ(code, SQLITE_DONE) << sql << ": " << sqlite3_errmsg(handle_);
  sqlite3_finalize(statement);
  return rows;
}

std::string Sql::Value(const std::string& sql) {
  const std::vector<std::string> rows = Query(sql);
  EXPECT_FALSE(rows.empty()) << sql;
  return rows.empty() ? "" : rows[0];
}

}  // namespace apogee
