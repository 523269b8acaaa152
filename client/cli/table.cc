#include "client/cli/table.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace apogee {
namespace {

constexpr char kGap[] = "  ";
// No column is cut to less.
constexpr int kNarrowest = 3;

bool StartsCharacter(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}

const char* Escape(Style style) {
  switch (style) {
    case Style::kStrong:
      return "\033[1m";
    case Style::kGood:
      return "\033[32m";
    case Style::kBad:
      return "\033[31m";
    case Style::kFaint:
      return "\033[2m";
    default:
      return "";
  }
}

std::string Padded(const std::string& text, int width, bool right) {
  const std::string padding(std::max(0, width - DisplayWidth(text)), ' ');
  return right ? padding + text : text + padding;
}

}  // namespace

std::string Styled(absl::string_view text, Style style, bool color) {
  if (!color || style == Style::kPlain || text.empty()) {
    return std::string(text);
  }
  return absl::StrCat(Escape(style), text, "\033[0m");
}

int DisplayWidth(absl::string_view text) {
  return static_cast<int>(
      std::count_if(text.begin(), text.end(), StartsCharacter));
}

std::string Shortened(absl::string_view text, int width) {
  if (DisplayWidth(text) <= width) return std::string(text);
  size_t end = 0;
  for (int kept = 0; end < text.size(); ++end) {
    if (StartsCharacter(text[end]) && kept++ == width - 1) break;
  }
  return absl::StrCat(text.substr(0, end), "…");
}

Table::Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

void Table::Add(std::vector<Cell> row) {
  row.resize(columns_.size(), Cell(""));
  for (Cell& cell : row) {
    for (char& c : cell.text) {
      if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) c = ' ';
    }
  }
  rows_.push_back(std::move(row));
}

std::vector<int> Table::Widths(int limit) const {
  std::vector<int> widths;
  for (size_t i = 0; i < columns_.size(); ++i) {
    int width = DisplayWidth(columns_[i].title);
    for (const std::vector<Cell>& row : rows_) {
      width = std::max(width, DisplayWidth(row[i].text));
    }
    widths.push_back(width);
  }
  int total = std::accumulate(
      widths.begin(), widths.end(),
      static_cast<int>((columns_.size() - 1) * (sizeof(kGap) - 1)));
  while (total > limit) {
    const auto widest = std::max_element(widths.begin(), widths.end());
    if (*widest <= kNarrowest) break;
    --*widest;
    --total;
  }
  return widths;
}

std::string Table::ToString(const Terminal& terminal) const {
  const std::vector<int> widths = Widths(terminal.width);
  std::string text;
  const auto add_line = [&](auto&& cell_at) {
    std::string line;
    size_t end = 0;  // after the last cell with text
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) line += kGap;
      const Cell cell = cell_at(i);
      const std::string shown = Shortened(cell.text, widths[i]);
      const std::string padded = Padded(shown, widths[i], columns_[i].right);
      // The style covers the text alone, so that no blanks are coloured.
      const size_t start = padded.find(shown);
      absl::StrAppend(&line, padded.substr(0, start),
                      Styled(shown, cell.style, terminal.color));
      if (!shown.empty()) end = line.size();
      line += padded.substr(start + shown.size());
    }
    absl::StrAppend(&text, line.substr(0, end), "\n");
  };
  add_line([&](size_t i) { return Cell(columns_[i].title, Style::kStrong); });
  for (const std::vector<Cell>& row : rows_) {
    add_line([&](size_t i) { return row[i]; });
  }
  return text;
}

}  // namespace apogee
