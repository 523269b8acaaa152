#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/cli/terminal.h"

namespace apogee {

enum class Style { kPlain, kStrong, kGood, kBad, kFaint };

// `text` in the colours of `style`, or as it is.
std::string Styled(absl::string_view text, Style style, bool color);

// Characters, not bytes, of UTF-8 text.
int DisplayWidth(absl::string_view text);
// `text` in at most `width` characters, its end replaced by "…".
std::string Shortened(absl::string_view text, int width);

// Text in columns under a header. Cells are one line each: line breaks and
// other control characters are shown as spaces.
class Table {
 public:
  struct Column {
    std::string title;
    bool right = false;  // flush right, for numbers
  };
  struct Cell {
    Cell(std::string t, Style s = Style::kPlain)  // NOLINT: a cell is its text
        : text(std::move(t)), style(s) {}
    Cell(const char* t) : text(t) {}  // NOLINT: likewise

    std::string text;
    Style style = Style::kPlain;
  };

  explicit Table(std::vector<Column> columns);

  // One cell per column; missing ones are empty.
  void Add(std::vector<Cell> row);
  bool empty() const { return rows_.empty(); }

  // With a line break after every row, the header's included. The widest
  // columns are cut until it fits the terminal.
  std::string ToString(const Terminal& terminal) const;

 private:
  std::vector<int> Widths(int limit) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace apogee
