#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace apogee {

// What a program reports: values as of now, or at a step of its training.
struct MetricReport {
  std::optional<int64_t> step;  // 0 or more
  std::vector<std::pair<std::string, double>> metrics;
};

// Whether a line of a program's output is a report: it begins with "apogee:".
bool IsReportLine(absl::string_view line);

// "apogee: step=3 accuracy=0.91 loss=0.2"
// INVALID_ARGUMENT  the line is not of that form
absl::StatusOr<MetricReport> ParseReportLine(absl::string_view line);

// {"step": 3, "accuracy": 0.91}, a line or a whole file; NaN and Infinity as
// Python writes them are numbers, too.
// INVALID_ARGUMENT  it is not JSON of that form
absl::StatusOr<MetricReport> ParseReportJson(absl::string_view text);

}  // namespace apogee
