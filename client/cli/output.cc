#include "client/cli/output.h"

#include <algorithm>
#include <map>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "yaml-cpp/yaml.h"

namespace apogee {
namespace {

// Whether every YAML reader takes the bare text for text.
bool IsPlain(const std::string& text) {
  const std::string lower = absl::AsciiStrToLower(text);
  for (const char* const word :
       {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}) {
    if (lower == word) return false;
  }
  return !text.empty() && absl::ascii_isalpha(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(c) || c == '_' || c == '-' || c == '.' ||
                  c == '/';
         });
}

void EmitText(const std::string& text, YAML::Emitter& out) {
  if (IsPlain(text)) {
    out << text;
  } else {
    out << YAML::DoubleQuoted << text;
  }
}

void EmitYaml(const Json& value, YAML::Emitter& out) {
  if (value.is_object()) {
    if (value.empty()) out << YAML::Flow;
    out << YAML::BeginMap;
    for (const auto& [key, child] : value.items()) {
      out << YAML::Key;
      EmitText(key, out);
      out << YAML::Value;
      EmitYaml(child, out);
    }
    out << YAML::EndMap;
  } else if (value.is_array()) {
    if (value.empty()) out << YAML::Flow;
    out << YAML::BeginSeq;
    for (const Json& child : value) EmitYaml(child, out);
    out << YAML::EndSeq;
  } else if (value.is_string()) {
    EmitText(value.get<std::string>(), out);
  } else if (value.is_null()) {
    out << YAML::Null;
  } else {
    out << JsonText(value);  // numbers and bools are written alike
  }
}

std::string ColumnName(const std::string& prefix, const std::string& key) {
  if (prefix.empty()) return key;
  if (prefix == "parameters") return absl::StrCat("param.", key);
  if (prefix == "metrics") return absl::StrCat("metric.", key);
  return absl::StrCat(prefix, ".", key);
}

std::string Group(const std::string& column) {
  return column.substr(0, column.find('.'));
}

class CsvWriter {
 public:
  void AddRow(const Json& object) {
    rows_.emplace_back();
    Flatten("", object);
  }

  std::string ToString() const {
    if (columns_.empty()) return "";
    std::string text = CsvLine(columns_);
    for (const auto& row : rows_) {
      std::vector<std::string> cells;
      for (const std::string& column : columns_) {
        const auto it = row.find(column);
        cells.push_back(it == row.end() ? "" : it->second);
      }
      text += CsvLine(cells);
    }
    return text;
  }

 private:
  void Flatten(const std::string& prefix, const Json& object) {
    for (const auto& [key, value] : object.items()) {
      const std::string column = ColumnName(prefix, key);
      if (value.is_object()) {
        Flatten(column, value);
      } else {
        AddColumn(column);
        rows_.back()[column] = CsvCell(value);
      }
    }
  }

  // Next to the others of its group: a parameter may first turn up late.
  void AddColumn(const std::string& column) {
    if (std::find(columns_.begin(), columns_.end(), column) != columns_.end()) {
      return;
    }
    const auto last = std::find_if(
        columns_.rbegin(), columns_.rend(),
        [&](const std::string& c) { return Group(c) == Group(column); });
    columns_.insert(last == columns_.rend() ? columns_.end() : last.base(),
                    column);
  }

  std::vector<std::string> columns_;
  std::vector<std::map<std::string, std::string>> rows_;
};

}  // namespace

std::string JsonText(const Json& document, int indent) {
  return document.dump(indent, ' ', false, Json::error_handler_t::replace);
}

std::string CsvLine(const std::vector<std::string>& cells) {
  const auto quote = [](std::string* out, const std::string& cell) {
    if (cell.find_first_of(",\"\r\n") == std::string::npos) {
      *out += cell;
    } else {
      absl::StrAppend(out, "\"", absl::StrReplaceAll(cell, {{"\"", "\"\""}}),
                      "\"");
    }
  };
  return absl::StrCat(absl::StrJoin(cells, ",", quote), "\r\n");
}

std::string CsvCell(const Json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.get<std::string>();
  return JsonText(value);
}

std::string FlowYaml(const Json& value) {
  YAML::Emitter out;
  out.SetMapFormat(YAML::Flow);
  out.SetSeqFormat(YAML::Flow);
  EmitYaml(value, out);
  return out.c_str();
}

std::string Serialize(const Json& document, Format format) {
  if (format == Format::kYaml) {
    YAML::Emitter out;
    EmitYaml(document, out);
    return absl::StrCat(out.c_str(), "\n");
  }
  if (format == Format::kCsv) {
    CsvWriter csv;
    if (document.is_array()) {
      for (const Json& row : document) csv.AddRow(row);
    } else {
      csv.AddRow(document);
    }
    return csv.ToString();
  }
  return absl::StrCat(JsonText(document, 2), "\n");
}

}  // namespace apogee
