#include "tests/bench/report.h"

#include <algorithm>
#include <cstdio>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace apogee {
namespace {

template <typename T>
double MedianOf(const std::vector<Load>& loads, T Load::*field) {
  std::vector<double> values;
  values.reserve(loads.size());
  for (const Load& load : loads) {
    values.push_back(static_cast<double>(load.*field));
  }
  return Median(std::move(values));
}

void Print(const std::string& line) {
  absl::PrintF("%s\n", line);
  fflush(stdout);
}

}  // namespace

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half]
                                : (values[half - 1] + values[half]) / 2;
}

Load Median(const std::vector<Load>& loads) {
  return {
      .units = static_cast<int64_t>(MedianOf(loads, &Load::units)),
      .per_second = MedianOf(loads, &Load::per_second),
      .p50_ms = MedianOf(loads, &Load::p50_ms),
      .p99_ms = MedianOf(loads, &Load::p99_ms),
      .server_cpu_us = MedianOf(loads, &Load::server_cpu_us),
      .client_cpu_us = MedianOf(loads, &Load::client_cpu_us),
  };
}

double PairedRatio(const std::vector<Load>& a, const std::vector<Load>& b) {
  std::vector<double> ratios;
  for (size_t i = 0; i < a.size(); ++i) {
    ratios.push_back(a[i].per_second / b[i].per_second);
  }
  return Median(std::move(ratios));
}

void Report::Section(absl::string_view title) {
  Print(absl::StrFormat("\n%-44s %9s %19s %8s %8s %7s %7s", title, "per s",
                        "[least..most]", "p50 ms", "p99 ms", "srv us",
                        "cli us"));
}

void Report::Row(absl::string_view what, const std::vector<Load>& loads) {
  const Load median = Median(loads);
  const auto [least, most] = std::minmax_element(
      loads.begin(), loads.end(),
      [](const Load& a, const Load& b) { return a.per_second < b.per_second; });
  // Not everything's processor time is known.
  const auto cpu = [](double us) {
    return us > 0 ? absl::StrFormat("%.1f", us) : "-";
  };
  Print(absl::StrFormat(
      "  %-42s %9.0f %19s %8.2f %8.2f %7s %7s", what, median.per_second,
      absl::StrFormat("[%.0f..%.0f]", least->per_second, most->per_second),
      median.p50_ms, median.p99_ms, cpu(median.server_cpu_us),
      cpu(median.client_cpu_us)));
}

void Report::Note(absl::string_view text) { Print(absl::StrCat("  ", text)); }

void Report::Figure(const std::string& key, double value) {
  figures_[key] = value;
  Print(absl::StrFormat("  %-42s %9s", key,
                        value < 1000 ? absl::StrFormat("%.4g", value)
                                     : absl::StrFormat("%.0f", value)));
}

std::string Report::Json(absl::Span<const char* const> keys) const {
  nlohmann::ordered_json json = figures_;
  for (const char* key : keys) {
    if (!json.contains(key)) json[key] = nullptr;
  }
  return json.dump();
}

}  // namespace apogee
