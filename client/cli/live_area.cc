#include "client/cli/live_area.h"

#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace apogee {

void LiveArea::Draw(absl::string_view above, std::vector<std::string> lines) {
  std::string text;
  // To the first of the lines, and away with all below.
  if (!lines_.empty()) text = absl::StrCat("\033[", lines_.size(), "F\033[J");
  absl::StrAppend(&text, above);
  lines_ = std::move(lines);
  for (const std::string& line : lines_) absl::StrAppend(&text, line, "\n");
  absl::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t size = write(fd_, rest.data(), rest.size());
    if (size <= 0) return;  // nobody listens any more
    rest.remove_prefix(static_cast<size_t>(size));
  }
}

}  // namespace apogee
