#include "algorithms/guided/guided_memo.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "nlohmann/json.hpp"

namespace apogee {
namespace {

constexpr std::pair<Source, absl::string_view> kNames[] = {
    {Source::kProcess, "process"}, {Source::kPriors, "priors"},
    {Source::kText, "text"},       {Source::kContext, "context"},
    {Source::kRemote, "remote"},   {Source::kTrees, "trees"},
    {Source::kRandom, "random"},
};

// A source and `count` numbers.
bool ParsePart(absl::string_view part, size_t count, Source& source,
               double* numbers) {
  const std::vector<absl::string_view> words = absl::StrSplit(part, ' ');
  if (words.size() != count + 1) return false;
  for (size_t i = 0; i < count; ++i) {
    if (!absl::SimpleAtod(words[i + 1], &numbers[i])) return false;
  }
  for (const auto& [known, name] : kNames) {
    if (name != words[0]) continue;
    source = known;
    return true;
  }
  return false;
}

}  // namespace

absl::string_view GuidedMemo::NameOf(Source source) {
  return kNames[static_cast<size_t>(source)].second;
}

std::string GuidedMemo::ToText() const {
  std::string text = absl::StrFormat("%s %.3g; ", NameOf(chosen), hope);
  for (const Expected& each : expected) {
    absl::StrAppendFormat(&text, "%s %.9g %.9g %.9g; ", NameOf(each.source),
                          each.values[0], each.values[1], each.values[2]);
  }
  absl::StrAppend(&text, "@", version);
  if (!trouble.empty()) absl::StrAppend(&text, " ", trouble);
  return text;
}

std::optional<GuidedMemo> GuidedMemo::Parse(absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> halves =
      absl::StrSplit(text, absl::MaxSplits("; @", 1));
  if (halves.first.size() == text.size()) return std::nullopt;
  GuidedMemo memo = {.chosen = Source::kRandom};
  const std::pair<absl::string_view, absl::string_view> end =
      absl::StrSplit(halves.second, absl::MaxSplits(' ', 1));
  memo.version = std::string(end.first);
  memo.trouble = std::string(end.second);
  const std::vector<absl::string_view> parts =
      absl::StrSplit(halves.first, "; ");
  if (!ParsePart(parts[0], 1, memo.chosen, &memo.hope)) return std::nullopt;
  memo.expected.reserve(parts.size() - 1);
  for (size_t i = 1; i < parts.size(); ++i) {
    Expected each = {};
    if (!ParsePart(parts[i], each.values.size(), each.source,
                   each.values.data())) {
      return std::nullopt;
    }
    memo.expected.push_back(each);
  }
  return memo;
}

std::string GuidedMemo::ToJson(double sign) const {
  nlohmann::ordered_json json;
  json["source"] = NameOf(chosen);
  json["hope"] = hope;
  if (!version.empty()) json["regressors"] = version;
  if (!trouble.empty()) json["fallback"] = trouble;
  for (const Expected& each : expected) {
    std::array<double, 3> values = each.values;
    for (double& value : values) value *= sign;
    std::sort(values.begin(), values.end());
    json["expected"][NameOf(each.source)] = values;
  }
  // Errors of others may be in any encoding.
  return json.dump(-1, ' ', false,
                   nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace apogee
