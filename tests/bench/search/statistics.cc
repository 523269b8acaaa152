#include "tests/bench/search/statistics.h"

#include <algorithm>
#include <cmath>

namespace apogee {

double Mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double GeometricMean(const std::vector<double>& values, double floor) {
  double sum = 0;
  for (const double value : values) sum += std::log(std::max(value, floor));
  return std::exp(sum / static_cast<double>(values.size()));
}

double Quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  const double at = share * static_cast<double>(values.size() - 1);
  const auto below = static_cast<size_t>(at);
  const size_t above = std::min(below + 1, values.size() - 1);
  const double weight = at - static_cast<double>(below);
  // Infinite values must not meet a weight of 0.
  if (weight == 0 || values[below] == values[above]) return values[below];
  return (1 - weight) * values[below] + weight * values[above];
}

std::vector<double> Ranks(const std::vector<double>& values) {
  std::vector<double> ranks;
  for (const double value : values) {
    double smaller = 0;
    double equal = 0;
    for (const double other : values) {
      if (other < value) ++smaller;
      if (other == value) ++equal;
    }
    ranks.push_back(smaller + (equal + 1) / 2);
  }
  return ranks;
}

}  // namespace apogee
