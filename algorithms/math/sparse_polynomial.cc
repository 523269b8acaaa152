#include "algorithms/math/sparse_polynomial.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace apogee {
namespace {

constexpr int64_t kMaxProducts = 50'000;
constexpr size_t kMaxScreened = 1000;

// A product over all rows, with average 0 and a mean square of 1.
struct Column {
  std::vector<int> variables;
  double average;
  double scale;
  std::vector<double> x;
  double correlation;
};

double Dot(absl::Span<const double> a, absl::Span<const double> b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

// The number of products of 1 to `degree` of n variables.
int64_t CountProducts(int64_t n, int degree) {
  int64_t sum = 0;
  int64_t products = 1;
  for (int i = 1; i <= degree; ++i) {
    products = products * (n - i + 1) / i;
    sum += products;
    if (sum > kMaxProducts) break;
  }
  return sum;
}

// Collects the products that correlate best with the values.
class Screening {
 public:
  Screening(absl::Span<const std::vector<int8_t>> rows,
            absl::Span<const double> values, int degree)
      : rows_(rows), values_(values), degree_(degree) {
    Extend({}, std::vector<double>(rows.size(), 1.0));
    Prune();
  }

  std::vector<Column> Take() { return std::move(columns_); }

 private:
  // Adds all products that begin with these variables.
  void Extend(const std::vector<int>& variables,
              const std::vector<double>& product) {
    if (static_cast<int>(variables.size()) == degree_) return;
    const int first = variables.empty() ? 0 : variables.back() + 1;
    for (int j = first; j < static_cast<int>(rows_[0].size()); ++j) {
      std::vector<int> longer = variables;
      longer.push_back(j);
      std::vector<double> x = product;
      for (size_t i = 0; i < x.size(); ++i) x[i] *= rows_[i][j];
      Add(longer, x);
      Extend(longer, x);
    }
  }

  void Add(const std::vector<int>& variables, std::vector<double> x) {
    const auto n = static_cast<double>(x.size());
    double average = 0;
    for (const double each : x) average += each / n;
    for (double& each : x) each -= average;
    const double scale = std::sqrt(Dot(x, x) / n);
    if (scale < 1e-6) return;
    for (double& each : x) each /= scale;
    const double correlation = std::abs(Dot(x, values_)) / n;
    columns_.push_back({variables, average, scale, std::move(x), correlation});
    if (columns_.size() >= 2 * kMaxScreened) Prune();
  }

  void Prune() {
    // Stable: of equals the simpler products came first at each length.
    std::stable_sort(columns_.begin(), columns_.end(),
                     [](const Column& a, const Column& b) {
                       return a.correlation > b.correlation;
                     });
    if (columns_.size() > kMaxScreened) {
      columns_.erase(columns_.begin() + kMaxScreened, columns_.end());
    }
  }

  absl::Span<const std::vector<int8_t>> rows_;
  absl::Span<const double> values_;
  int degree_;
  std::vector<Column> columns_;
};

// Minimizes |residual|^2 / 2n + penalty |weights|, starting from `weights`.
void Descend(absl::Span<const Column> columns, double penalty,
             std::vector<double>& weights, std::vector<double>& residual) {
  const auto n = static_cast<double>(residual.size());
  for (int round = 0; round < 50; ++round) {
    double largest_change = 0;
    for (size_t j = 0; j < columns.size(); ++j) {
      const std::vector<double>& x = columns[j].x;
      const double wanted = weights[j] + Dot(x, residual) / n;
      const double shrunk =
          std::copysign(std::max(0.0, std::abs(wanted) - penalty), wanted);
      const double change = shrunk - weights[j];
      if (change == 0) continue;
      weights[j] = shrunk;
      for (size_t i = 0; i < x.size(); ++i) residual[i] -= change * x[i];
      largest_change = std::max(largest_change, std::abs(change));
    }
    if (largest_change < 0.01 * penalty) break;
  }
}

}  // namespace

std::vector<SparseTerm> FitSparsePolynomial(
    absl::Span<const std::vector<int8_t>> rows, absl::Span<const double> values,
    int degree, int terms) {
  if (rows.empty()) return {};
  const auto n = static_cast<double>(values.size());
  double average = 0;
  for (const double value : values) average += value / n;
  std::vector<double> residual;
  residual.reserve(values.size());
  for (const double value : values) residual.push_back(value - average);
  const double spread = std::sqrt(Dot(residual, residual) / n);
  if (!(spread > 1e-12 * std::abs(average)) || !std::isfinite(spread)) {
    return {};
  }
  for (double& each : residual) each /= spread;

  const auto variables = static_cast<int64_t>(rows[0].size());
  while (degree > 1 && CountProducts(variables, degree) > kMaxProducts) {
    --degree;
  }
  const std::vector<Column> columns = Screening(rows, residual, degree).Take();
  if (columns.empty()) return {};
  std::vector<double> weights(columns.size(), 0.0);
  const auto taking_part = [&] {
    return std::count_if(weights.begin(), weights.end(),
                         [](double weight) { return weight != 0; });
  };
  for (double penalty = columns[0].correlation * 0.9;
       penalty > 0.01 && taking_part() < terms; penalty *= 0.9) {
    Descend(columns, penalty, weights, residual);
  }

  std::vector<size_t> order;
  for (size_t j = 0; j < columns.size(); ++j) {
    if (weights[j] != 0) order.push_back(j);
  }
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return std::abs(weights[a]) > std::abs(weights[b]);
  });
  if (order.size() > static_cast<size_t>(terms)) order.resize(terms);
  std::vector<SparseTerm> result;
  result.reserve(order.size());
  for (const size_t j : order) {
    result.push_back({columns[j].variables, columns[j].average,
                      weights[j] * spread / columns[j].scale});
  }
  return result;
}

}  // namespace apogee
