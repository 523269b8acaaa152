#include "client/cli/tune/metric_report.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "client/cli/output.h"
#include "proto/print.h"

namespace apogee {
namespace {

constexpr char kPrefix[] = "apogee:";
constexpr char kStep[] = "step";

absl::Status Add(const std::string& name, absl::string_view value,
                 MetricReport& report) {
  const auto wrong = [&](absl::string_view expected) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, "=", value, " is not ", expected));
  };
  if (name == kStep) {
    int64_t step = 0;
    if (!absl::SimpleAtoi(value, &step) || step < 0) {
      return wrong("a whole number, 0 or more");
    }
    report.step = step;
    return absl::OkStatus();
  }
  double number = 0;
  if (!absl::SimpleAtod(value, &number)) return wrong("a number");
  for (const auto& [known, unused] : report.metrics) {
    if (known == name) {
      return absl::InvalidArgumentError(
          absl::StrCat(Quoted(name), " is there twice"));
    }
  }
  report.metrics.emplace_back(name, number);
  return absl::OkStatus();
}

absl::StatusOr<MetricReport> NotEmpty(MetricReport report) {
  if (!report.metrics.empty()) return report;
  return absl::InvalidArgumentError("it names no metric");
}

// JSON has no words for the numbers that Python's json module writes as NaN,
// Infinity and -Infinity; outside of strings they become strings.
std::string QuoteNonFinite(absl::string_view text) {
  std::string result;
  bool in_string = false;
  for (size_t i = 0; i < text.size();) {
    if (!in_string) {
      bool found = false;
      for (const absl::string_view word : {"NaN", "-Infinity", "Infinity"}) {
        if (!absl::StartsWith(text.substr(i), word)) continue;
        absl::StrAppend(&result, "\"", word, "\"");
        i += word.size();
        found = true;
        break;
      }
      if (found) continue;
    } else if (text[i] == '\\' && i + 1 < text.size()) {
      result += text[i++];
    } else if (text[i] == '"') {
      in_string = false;
      result += text[i++];
      continue;
    }
    if (text[i] == '"' && !in_string) in_string = true;
    result += text[i++];
  }
  return result;
}

}  // namespace

bool IsReportLine(absl::string_view line) {
  return absl::StartsWith(line, kPrefix);
}

absl::StatusOr<MetricReport> ParseReportLine(absl::string_view line) {
  absl::ConsumePrefix(&line, kPrefix);
  MetricReport report;
  for (const absl::string_view word :
       absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty())) {
    const size_t equals = word.rfind('=');
    if (equals == absl::string_view::npos || equals == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat(Quoted(word), " is not of the form METRIC=VALUE"));
    }
    RETURN_IF_ERROR(Add(std::string(word.substr(0, equals)),
                        word.substr(equals + 1), report));
  }
  return NotEmpty(std::move(report));
}

absl::StatusOr<MetricReport> ParseReportJson(absl::string_view text) {
  const Json json = Json::parse(QuoteNonFinite(text), nullptr, false);
  if (!json.is_object()) {
    return absl::InvalidArgumentError("it is not a JSON object");
  }
  MetricReport report;
  for (const auto& [name, value] : json.items()) {
    if (!value.is_number() && !value.is_string()) {
      return absl::InvalidArgumentError(
          absl::StrCat(Quoted(name), " is not a number"));
    }
    RETURN_IF_ERROR(
        Add(name, value.is_string() ? value.get<std::string>() : value.dump(),
            report));
  }
  return NotEmpty(std::move(report));
}

}  // namespace apogee
