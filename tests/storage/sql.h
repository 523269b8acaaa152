#pragma once

#include <string>
#include <vector>

struct sqlite3;

namespace apogee {

// A connection of the test's own, as a dashboard or an outsider has it.
class Sql {
 public:
  explicit Sql(const std::string& path, bool read_only = true);
  ~Sql();
  Sql(const Sql&) = delete;
  Sql& operator=(const Sql&) = delete;

  // Rows of values as text, joined by "|"; NULL as "NULL". An error fails the
  // test.
  std::vector<std::string> Query(const std::string& sql);
  // The first of them.
  std::string Value(const std::string& sql);

 private:
  sqlite3* handle_ = nullptr;
};

}  // namespace apogee
