#pragma once

#include <string>

#include "absl/strings/string_view.h"
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

// JSON text. Bytes that are not UTF-8 are replaced.
std::string JsonText(const Json& document, int indent = -1);

}  // namespace apogee
