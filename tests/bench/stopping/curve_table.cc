#include "tests/bench/stopping/curve_table.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/rng.h"
#include "base/status_macros.h"
#include "tests/bench/search/csv.h"
#include "tests/bench/search/statistics.h"

namespace apogee {
namespace {

// What is far above all others has diverged.
constexpr double kDiverged = 1e30;

absl::Status Finish(CurveTable& table) {
  std::vector<double> reached;
  for (const std::vector<double>& curve : table.curves) {
    if (curve.empty()) continue;
    reached.push_back(*std::min_element(curve.begin(), curve.end()));
  }
  if (reached.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(table.name, " has no curve that begins"));
  }
  table.best = *std::min_element(reached.begin(), reached.end());
  table.median = Quantile(reached, 0.5);
  if (table.median > table.best) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      table.name, " has nothing to choose: half of its settings are the best"));
}

}  // namespace

absl::StatusOr<CurveTable> ReadCurveTable(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  ASSIGN_OR_RETURN(const Csv csv, Csv::Parse(text, path));
  CurveTable table{.name = std::filesystem::path(path).filename().string()};
  table.name = table.name.substr(0, table.name.find('.'));
  std::vector<size_t> columns;
  while (true) {
    const auto column = csv.Column(absl::StrCat("valid_", columns.size()));
    if (!column.ok()) break;
    columns.push_back(*column);
  }
  if (columns.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, " has no columns valid_0, valid_1, ... with learning curves"));
  }
  table.steps = columns.size();
  for (const std::vector<std::string>& row : csv.rows()) {
    std::vector<double>& curve = table.curves.emplace_back();
    for (const size_t column : columns) {
      double value = 0;
      if (!absl::SimpleAtod(row[column], &value) || !(value < kDiverged)) break;
      curve.push_back(value);
    }
  }
  RETURN_IF_ERROR(Finish(table));
  return table;
}

CurveTable MadeUpTable(size_t settings, size_t steps, uint64_t seed) {
  CurveTable table{.name = "made-up", .steps = steps};
  for (size_t i = 0; i < settings; ++i) {
    RandomStream random = Rng(seed).At(i);
    const double limit = random.Uniform();
    const double power = 0.3 + random.Uniform();
    const bool diverges = random.Uniform() < 0.05;
    std::vector<double>& curve = table.curves.emplace_back();
    for (size_t step = 1; step <= (diverges ? steps / 2 : steps); ++step) {
      curve.push_back(limit + std::pow(static_cast<double>(step), -power) +
                      0.01 * random.Normal());
    }
  }
  (void)Finish(table);  // there is something to choose
  return table;
}

}  // namespace apogee
