#pragma once

#include <string>
#include <vector>

#include "nlohmann/json.hpp"

namespace apogee {

// Keeps its keys in the order they were added.
using Json = nlohmann::ordered_json;

enum class Format { kTable, kJson, kYaml, kCsv };

// `document` in a format for machines (not kTable), ending with a line break.
//
// CSV (RFC 4180) has one row per element of a list, and a column for every key:
// those of nested objects with a dot, "trials.active"; the keys "parameters"
// and "metrics" shortened to "param.lr" and "metric.accuracy". A list within a
// row is JSON text.
std::string Serialize(const Json& document, Format format);

// One row of CSV, with its line break, and what a value is there.
std::string CsvLine(const std::vector<std::string>& cells);
std::string CsvCell(const Json& value);

// The value as YAML on one line: "{int: [1, 4], default: 2}".
std::string FlowYaml(const Json& value);

// JSON text. Bytes that are not UTF-8 are replaced.
std::string JsonText(const Json& document, int indent = -1);

}  // namespace apogee
