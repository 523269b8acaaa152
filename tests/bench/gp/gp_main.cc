// bench_gp [ROWS...]: what a Gaussian process in 20 dimensions costs in
// processor time: factoring its covariance, and appending one row to it.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <optional>
#include <vector>

#include "Eigen/Core"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "algorithms/gp/gp_model.h"
#include "base/rng.h"

namespace apogee {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

constexpr Index kDimensions = 20;
constexpr int kFactors = 5;
constexpr int kAppends = 50;
constexpr int64_t kMaxRows = 20'000;

// Milliseconds of processor time for one call, the median of several.
template <typename Call>
double Median(int calls, const Call& call) {
  std::vector<double> times;
  times.reserve(static_cast<size_t>(calls));
  for (int i = 0; i < calls; ++i) {
    const std::clock_t start = std::clock();
    call(i);
    times.push_back(1e3 * static_cast<double>(std::clock() - start) /
                    CLOCKS_PER_SEC);
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

// Whether the covariance could be factored.
bool Measure(Index rows) {
  RandomStream random = Rng(1).At(0);
  MatrixXd places(kDimensions, rows + kAppends);
  for (double& each : places.reshaped()) each = random.Uniform();
  std::vector<int> groups(kDimensions);
  for (size_t i = 0; i < groups.size(); ++i) groups[i] = static_cast<int>(i);
  const GpParameters parameters = {
      .log_signal = 0,
      .log_noise = std::log(1e-3),
      .log_squared_lengths = Eigen::VectorXd::Zero(kDimensions)};
  std::optional<GpModel> model;
  const double factoring = Median(kFactors, [&](int) {
    model = GpModel::Create(parameters, groups, places.leftCols(rows));
  });
  if (!model) return false;
  const double appending =
      Median(kAppends, [&](int i) { model->Append(places.col(rows + i)); });
  absl::PrintF("%6d rows: factoring %9.3f ms, appending %7.3f ms, %.0f times\n",
               rows, factoring, appending, factoring / appending);
  return true;
}

int Main(int argc, char** argv) {
  std::vector<int64_t> sizes;
  for (int i = 1; i < argc; ++i) {
    int64_t rows = 0;
    if (!absl::SimpleAtoi(argv[i], &rows) || rows < 1 || rows > kMaxRows) {
      absl::FPrintF(stderr, "\"%s\" is not a number of rows, 1 to %d\n",
                    argv[i], kMaxRows);
      return 2;
    }
    sizes.push_back(rows);
  }
  if (sizes.empty()) sizes = {100, 500, 1000};
  const bool all_measured = std::all_of(sizes.begin(), sizes.end(), &Measure);
  if (!all_measured) absl::FPrintF(stderr, "no factor could be made\n");
  return all_measured ? 0 : 1;
}

}  // namespace
}  // namespace apogee

int main(int argc, char** argv) { return apogee::Main(argc, argv); }
