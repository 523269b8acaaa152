#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/struct.pb.h"

namespace apogee {

// A YAML document as a tree that remembers its lines, so that whoever reads it
// can say where something is wrong. Anchors, aliases, tags, duplicate keys and
// further documents are refused: a tree is never larger than its text.
//
// Every error is INVALID_ARGUMENT, "7: parameters.lr: expected a number": the
// line, the keys that lead to the node, what is wrong.
struct YamlNode {
  enum class Kind { kNull, kText, kList, kMap };

  static absl::StatusOr<YamlNode> Parse(absl::string_view text);

  absl::Status Error(absl::string_view message) const;

  // The child under `key` of a map; null when there is none.
  const YamlNode* Find(absl::string_view key) const;
  // Fails unless this is a map.
  absl::Status IsMap() const;
  // Fails unless this is a map with no other keys than `known`; the error names
  // the nearest.
  absl::Status HasOnly(const std::vector<std::string>& known) const;

  // The value, or an error that says what was expected. A number is one as in
  // JSON, and not in quotes; text is taken as written, with or without quotes.
  absl::StatusOr<std::string> AsText() const;
  absl::StatusOr<double> AsNumber() const;
  absl::StatusOr<int64_t> AsInteger() const;
  absl::StatusOr<uint64_t> AsUnsigned() const;
  absl::StatusOr<bool> AsBool() const;
  // Whatever it is, as JSON has it.
  google::protobuf::Value AsValue() const;

  Kind kind = Kind::kNull;
  int line = 1;      // where it starts; with a key, where that stands
  std::string path;  // the keys from the top: "parameters.lr.double[0]"
  std::string key;   // under which its map holds it
  std::string text;  // of a text
  bool quoted = false;
  std::vector<YamlNode> children;  // of a list or map, in order
};

}  // namespace apogee
