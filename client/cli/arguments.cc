#include "client/cli/arguments.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/nearest.h"
#include "client/cli/exit_code.h"
#include "proto/print.h"

namespace apogee {

absl::StatusOr<StudyName> ParseStudyArgument(absl::string_view text,
                                             absl::string_view owner) {
  if (absl::StartsWith(text, "owners/")) {
    absl::StatusOr<StudyName> name = StudyName::Parse(text);
    if (!name.ok()) return UsageError(name.status().message());
    return name;
  }
  for (const auto& [component, what] :
       {std::pair{text, "STUDY"}, std::pair{owner, "--owner"}}) {
    const absl::Status valid = ValidateComponent(component, what);
    if (!valid.ok()) return UsageError(valid.message());
  }
  return StudyName{.owner = std::string(owner), .study = std::string(text)};
}

absl::StatusOr<TrialName> ParseTrialArgument(const StudyName& study,
                                             absl::string_view id) {
  int64_t number = 0;
  if (!absl::SimpleAtoi(id, &number) || number < 1) {
    return UsageError(
        absl::StrCat("ID ", Quoted(id), " is not a whole number, 1 or more"));
  }
  return TrialName{.study = study, .id = number};
}

absl::StatusOr<absl::Duration> ParseDuration(absl::string_view text,
                                             absl::string_view what) {
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration) ||
      duration <= absl::ZeroDuration()) {
    return UsageError(absl::StrCat(what, " ", Quoted(text),
                                   " is not a duration; write 90s, 5m, 1h30m "
                                   "or 250ms"));
  }
  return duration;
}

absl::StatusOr<vizier::Measurement::Metric> ParseMetric(
    absl::string_view text) {
  const size_t equals = text.rfind('=');
  double value = 0;
  if (equals == absl::string_view::npos || equals == 0) {
    return UsageError(
        absl::StrCat(Quoted(text), " is not of the form METRIC=VALUE"));
  }
  if (!absl::SimpleAtod(text.substr(equals + 1), &value)) {
    return UsageError(absl::StrCat("metric ", Quoted(text.substr(0, equals)),
                                   ": ", Quoted(text.substr(equals + 1)),
                                   " is not a number"));
  }
  vizier::Measurement::Metric metric;
  metric.set_metric_id(std::string(text.substr(0, equals)));
  metric.set_value(value);
  return metric;
}

absl::Status CheckHasAllMetrics(const vizier::StudySpec& spec,
                                const vizier::Measurement& measurement) {
  std::vector<std::string> given;
  for (const auto& metric : measurement.metrics()) {
    given.push_back(metric.metric_id());
  }
  for (const auto& metric : spec.metrics()) {
    if (std::find(given.begin(), given.end(), metric.metric_id()) !=
        given.end()) {
      continue;
    }
    return absl::InvalidArgumentError(absl::StrCat(
        "metric ", Quoted(metric.metric_id()), " is missing",
        given.empty()
            ? ""
            : absl::StrCat(" (given: ", absl::StrJoin(given, ", "), ")"),
        "; add ", metric.metric_id(), "=VALUE"));
  }
  return absl::OkStatus();
}

}  // namespace apogee
