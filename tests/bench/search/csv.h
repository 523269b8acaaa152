#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace apogee {

// The bytes of a file, unpacked if it is gzip.
// NOT_FOUND  it can not be read; DATA_LOSS  it is broken
absl::StatusOr<std::string> ReadFile(const std::string& path);

// Comma-separated values with one header line; cells may be in double quotes,
// as in RFC 4180.
class Csv {
 public:
  // `name` only appears in errors.
  // INVALID_ARGUMENT  there is no header, a name stands in it twice, or a row
  //                   has another number of cells: names the line
  static absl::StatusOr<Csv> Parse(absl::string_view text,
                                   const std::string& name);

  const std::vector<std::string>& columns() const { return columns_; }
  const std::vector<std::vector<std::string>>& rows() const { return rows_; }
  // INVALID_ARGUMENT  there is no such column; names the nearest
  absl::StatusOr<size_t> Column(absl::string_view name) const;

 private:
  std::string name_;
  std::vector<std::string> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace apogee
