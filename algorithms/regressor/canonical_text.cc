#include "algorithms/regressor/canonical_text.h"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "algorithms/regressor/number_code.h"

namespace apogee {
namespace {

std::string Quoted(absl::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppendFormat(&quoted, "\\u%04x", static_cast<unsigned char>(c));
    } else {
      quoted += c;
    }
  }
  quoted += '"';
  return quoted;
}

// 0 for -0, which means the same.
std::string Number(double value) {
  return absl::StrFormat("%.6g", value == 0 ? 0.0 : value);
}

// An object of names and values that are JSON already.
std::string Object(std::vector<std::pair<std::string, std::string>> members) {
  std::sort(members.begin(), members.end());
  std::string object = "{";
  for (const auto& [name, value] : members) {
    absl::StrAppend(&object, object.size() > 1 ? "," : "", Quoted(name), ":",
                    value);
  }
  object += '}';
  return object;
}

// Without the closing brace.
std::string OpenText(const StudyText& study, const NamedPoint& point) {
  std::vector<std::pair<std::string, std::string>> metadata;
  metadata.reserve(study.metadata.size());
  for (const auto& [key, value] : study.metadata) {
    metadata.emplace_back(key, Quoted(value));
  }
  std::vector<std::pair<std::string, std::string>> parameters;
  parameters.reserve(point.size());
  for (const NamedValue& parameter : point) {
    const double* number = std::get_if<double>(&parameter.value);
    parameters.emplace_back(
        parameter.name, number != nullptr
                            ? Number(*number)
                            : Quoted(std::get<std::string>(parameter.value)));
  }
  return absl::StrCat("{\"metric\":", Quoted(study.metric), ",\"goal\":",
                      study.maximize ? "\"maximize\"" : "\"minimize\"",
                      ",\"metadata\":", Object(std::move(metadata)),
                      ",\"parameters\":", Object(std::move(parameters)));
}

}  // namespace

std::string CanonicalText(const StudyText& study, const NamedPoint& point) {
  return OpenText(study, point) + "}";
}

std::string CanonicalText(const StudyText& study, const NamedTrial& trial) {
  const NumberTokens tokens =
      trial.value ? EncodeNumber(*trial.value) : kInfeasibleTokens;
  return absl::StrCat(OpenText(study, trial.point), ",\"value\":\"",
                      NumberText(tokens), "\"}");
}

}  // namespace apogee
