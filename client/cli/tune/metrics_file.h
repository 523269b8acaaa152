#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "client/cli/tune/metric_report.h"

namespace apogee {

// Reads the file a program reports to, while it is written: one JSON object, or
// one per line. Not thread-safe.
class MetricsFile {
 public:
  // `path` need not exist, now or ever.
  explicit MetricsFile(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }

  // The reports on lines that have been completed since the last call.
  std::vector<MetricReport> ReadNew();

  // All the rest, once the program has ended. What is not a report is told in
  // `mistakes`.
  std::vector<MetricReport> ReadRest(std::vector<std::string>& mistakes);

 private:
  void Fetch();

  std::string path_;
  int64_t offset_ = 0;  // read so far
  std::string unread_;  // of what was read: not yet a report
};

}  // namespace apogee
