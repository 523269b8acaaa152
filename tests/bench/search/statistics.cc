#include "tests/bench/search/statistics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "base/rng.h"

namespace apogee {
namespace {

constexpr size_t kResamples = 2000;

}  // namespace

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

std::pair<double, double> RatioInterval(const std::vector<double>& values,
                                        const std::vector<double>& others) {
  RandomStream random = Rng(1).At(0);
  std::vector<double> ratios;
  ratios.reserve(kResamples);
  for (size_t i = 0; i < kResamples; ++i) {
    double sum = 0;
    double other = 0;
    for (size_t drawn = 0; drawn < values.size(); ++drawn) {
      const size_t at = random.Below(values.size());
      sum += values[at];
      other += others[at];
    }
    ratios.push_back(sum / other);
  }
  return {Quantile(ratios, 0.025), Quantile(ratios, 0.975)};
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
