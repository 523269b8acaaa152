#include "client/cli/tune/metrics_file.h"

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "proto/print.h"

namespace apogee {
namespace {

// A program that writes other things there must not fill the memory.
constexpr size_t kMostUnread = 4 << 20;

}  // namespace

void MetricsFile::Fetch() {
  std::ifstream file(path_, std::ios::binary | std::ios::ate);
  if (!file) return;
  const int64_t size = file.tellg();
  if (size < offset_) {  // the program began anew
    offset_ = 0;
    unread_.clear();
  }
  if (unread_.size() > kMostUnread) return;
  file.seekg(offset_);
  std::ostringstream more;
  more << file.rdbuf();
  offset_ += static_cast<int64_t>(more.str().size());
  unread_ += more.str();
}

std::vector<MetricReport> MetricsFile::ReadNew() {
  Fetch();
  std::vector<MetricReport> reports;
  size_t end = 0;
  while ((end = unread_.find('\n')) != std::string::npos) {
    absl::StatusOr<MetricReport> report =
        ParseReportJson(absl::string_view(unread_).substr(0, end));
    // Perhaps the first line of a longer object: its end will tell.
    if (!report.ok()) break;
    reports.push_back(*std::move(report));
    unread_.erase(0, end + 1);
  }
  return reports;
}

std::vector<MetricReport> MetricsFile::ReadRest(
    std::vector<std::string>& mistakes) {
  std::vector<MetricReport> reports = ReadNew();
  if (absl::StatusOr<MetricReport> whole = ParseReportJson(unread_);
      whole.ok()) {
    reports.push_back(*std::move(whole));
    return reports;
  }
  for (const absl::string_view line :
       absl::StrSplit(unread_, '\n', absl::SkipWhitespace())) {
    absl::StatusOr<MetricReport> report = ParseReportJson(line);
    if (report.ok()) {
      reports.push_back(*std::move(report));
    } else {
      mistakes.push_back(absl::StrCat("metrics file: ", Quoted(line), ": ",
                                      report.status().message()));
      break;
    }
  }
  return reports;
}

}  // namespace apogee
