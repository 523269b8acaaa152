#include "tests/bench/search/csv.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/nearest.h"

namespace apogee {
namespace {

struct CloseGzip {
  void operator()(gzFile file) const { gzclose_r(file); }
};

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  errno = 0;
  // Files that are not packed are read as they are.
  const std::unique_ptr<gzFile_s, CloseGzip> file(gzopen(path.c_str(), "rb"));
  std::string text;
  std::array<char, 1 << 16> buffer;
  int bytes = file == nullptr ? -1 : 1;
  while (bytes > 0) {
    bytes = gzread(file.get(), buffer.data(), buffer.size());
    if (bytes > 0) text.append(buffer.data(), static_cast<size_t>(bytes));
  }
  if (bytes == 0) {
    int error = Z_OK;
    gzerror(file.get(), &error);
    if (error == Z_OK) return text;
  }
  if (errno != 0) {
    return absl::NotFoundError(
        absl::StrCat("cannot read ", path, ": ", std::strerror(errno)));
  }
  return absl::DataLossError(
      absl::StrCat(path,
                   " is broken: its gzip data does not unpack; get it "
                   "again"));
}

absl::StatusOr<Csv> Csv::Parse(absl::string_view text,
                               const std::string& name) {
  Csv csv;
  csv.name_ = name;
  int64_t line = 1;
  size_t at = 0;
  while (at < text.size()) {
    const int64_t first_line = line;
    std::vector<std::string> cells(1);
    bool quoted = false;
    for (; at < text.size(); ++at) {
      const char c = text[at];
      if (c == '\n') ++line;
      if (c == '"' && quoted && text.substr(at + 1, 1) == "\"") {
        cells.back() += text[++at];
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        cells.emplace_back();
      } else if (c == '\n' && !quoted) {
        break;
      } else if (c != '\r' || quoted) {
        cells.back() += c;
      }
    }
    ++at;
    if (quoted) {
      return absl::InvalidArgumentError(absl::StrCat(
          name, ":", first_line, ": a double quote is never closed"));
    }
    if (cells.size() == 1 && cells[0].empty()) continue;  // an empty line
    if (csv.columns_.empty()) {
      csv.columns_ = std::move(cells);
      std::vector<std::string> sorted = csv.columns_;
      std::sort(sorted.begin(), sorted.end());
      const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
      if (twice != sorted.end()) {
        return absl::InvalidArgumentError(absl::StrCat(
            name, ":", first_line, ": two columns are named \"", *twice, "\""));
      }
      continue;
    }
    if (cells.size() != csv.columns_.size()) {
      return absl::InvalidArgumentError(absl::StrCat(
          name, ":", first_line, ": has ", cells.size(),
          " cells; the header names ", csv.columns_.size(), " columns"));
    }
    csv.rows_.push_back(std::move(cells));
  }
  if (csv.columns_.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, " is empty; it needs a line of column names"));
  }
  return csv;
}

absl::StatusOr<size_t> Csv::Column(absl::string_view name) const {
  const auto found = std::find(columns_.begin(), columns_.end(), name);
  if (found != columns_.end()) return found - columns_.begin();
  return absl::InvalidArgumentError(absl::StrCat(
      name_, " has no column \"", name, "\"", DidYouMean(name, columns_),
      " (there are ", absl::StrJoin(columns_, ", "), ")"));
}

}  // namespace apogee
