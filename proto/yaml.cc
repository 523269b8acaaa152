#include "proto/yaml.h"

#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/nearest.h"
#include "base/status_macros.h"
#include "proto/print.h"

namespace apogee {
namespace {

// Skips digits; true if there were any.
bool SkipDigits(absl::string_view& text) {
  const size_t before = text.size();
  while (!text.empty() && absl::ascii_isdigit(text.front())) {
    text.remove_prefix(1);
  }
  return text.size() < before;
}

void SkipSign(absl::string_view& text) {
  if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
    text.remove_prefix(1);
  }
}

bool SkipChar(absl::string_view& text, char lower) {
  if (text.empty() || absl::ascii_tolower(text.front()) != lower) return false;
  text.remove_prefix(1);
  return true;
}

// Whether YAML 1.2 takes `text` for a decimal number.
bool LooksLikeNumber(absl::string_view text) {
  SkipSign(text);
  bool digits = SkipDigits(text);
  if (SkipChar(text, '.')) digits = SkipDigits(text) || digits;
  if (!digits) return false;
  if (SkipChar(text, 'e')) {
    SkipSign(text);
    if (!SkipDigits(text)) return false;
  }
  return text.empty();
}

bool IsTrue(absl::string_view text) {
  return text == "true" || text == "True" || text == "TRUE";
}
bool IsFalse(absl::string_view text) {
  return text == "false" || text == "False" || text == "FALSE";
}

// "found the text "abc"", for the end of an error.
std::string Found(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return "found null";
    case YamlNode::Kind::kList:
      return "found a list";
    case YamlNode::Kind::kMap:
      return "found a map";
    case YamlNode::Kind::kText:
      break;
  }
  return node.quoted ? absl::StrCat("found the text ", Quoted(node.text))
                     : absl::StrCat("found ", Quoted(node.text));
}

absl::Status Expected(absl::string_view wanted, const YamlNode& node) {
  const bool needless_quotes = node.quoted && LooksLikeNumber(node.text);
  return node.Error(absl::StrCat("expected ", wanted, ", ", Found(node),
                                 needless_quotes ? "; remove the quotes" : ""));
}

}  // namespace

absl::Status YamlNode::Error(absl::string_view message) const {
  return absl::InvalidArgumentError(
      path.empty() ? absl::StrCat(line, ": ", message)
                   : absl::StrCat(line, ": ", path, ": ", message));
}

const YamlNode* YamlNode::Find(absl::string_view wanted) const {
  if (kind != Kind::kMap) return nullptr;
  for (const YamlNode& child : children) {
    if (child.key == wanted) return &child;
  }
  return nullptr;
}

absl::Status YamlNode::IsMap() const {
  return kind == Kind::kMap ? absl::OkStatus() : Expected("a map", *this);
}

absl::Status YamlNode::HasOnly(const std::vector<std::string>& known) const {
  RETURN_IF_ERROR(IsMap());
  for (const YamlNode& child : children) {
    bool found = false;
    for (const std::string& name : known) found |= name == child.key;
    if (!found) {
      return child.Error(absl::StrCat("unknown key ", Quoted(child.key),
                                      DidYouMean(child.key, known)));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> YamlNode::AsText() const {
  if (kind != Kind::kText) return Expected("text", *this);
  return text;
}

absl::StatusOr<double> YamlNode::AsNumber() const {
  double number = 0;
  if (kind != Kind::kText || quoted || !LooksLikeNumber(text) ||
      !absl::SimpleAtod(text, &number)) {
    return Expected("a number", *this);
  }
  if (!std::isfinite(number)) {
    return Error(absl::StrCat(Quoted(text), " is too large for a double"));
  }
  return number;
}

absl::StatusOr<int64_t> YamlNode::AsInteger() const {
  if (int64_t integer; kind == Kind::kText && !quoted &&
                       LooksLikeNumber(text) &&
                       absl::SimpleAtoi(text, &integer)) {
    return integer;
  }
  // 1e3 and 5.0 are whole numbers too.
  const absl::StatusOr<double> number = AsNumber();
  if (!number.ok() || std::trunc(*number) != *number ||
      std::abs(*number) > 9e18) {
    return Expected("a whole number", *this);
  }
  return static_cast<int64_t>(*number);
}

absl::StatusOr<uint64_t> YamlNode::AsUnsigned() const {
  if (uint64_t integer; kind == Kind::kText && !quoted &&
                        LooksLikeNumber(text) &&
                        absl::SimpleAtoi(text, &integer)) {
    return integer;
  }
  const absl::StatusOr<int64_t> integer = AsInteger();
  if (!integer.ok() || *integer < 0) {
    return Expected("a whole number, 0 or more", *this);
  }
  return static_cast<uint64_t>(*integer);
}

absl::StatusOr<bool> YamlNode::AsBool() const {
  if (kind == Kind::kText && !quoted) {
    if (IsTrue(text)) return true;
    if (IsFalse(text)) return false;
  }
  return Expected("true or false", *this);
}

google::protobuf::Value YamlNode::AsValue() const {
  google::protobuf::Value value;
  switch (kind) {
    case Kind::kNull:
      value.set_null_value(google::protobuf::NULL_VALUE);
      break;
    case Kind::kList:
      value.mutable_list_value();
      for (const YamlNode& child : children) {
        *value.mutable_list_value()->add_values() = child.AsValue();
      }
      break;
    case Kind::kMap:
      value.mutable_struct_value();
      for (const YamlNode& child : children) {
        (*value.mutable_struct_value()->mutable_fields())[child.key] =
            child.AsValue();
      }
      break;
    case Kind::kText:
      if (const auto flag = AsBool(); flag.ok()) {
        value.set_bool_value(*flag);
      } else if (const auto number = AsNumber(); number.ok()) {
        value.set_number_value(*number);
      } else {
        value.set_string_value(text);
      }
      break;
  }
  return value;
}

}  // namespace apogee
