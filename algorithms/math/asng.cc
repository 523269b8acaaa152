#include "algorithms/math/asng.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace apogee {

Asng::Asng(const std::vector<int>& cardinalities, double margin)
    : margin_(margin) {
  int free = 0;
  for (const int cardinality : cardinalities) {
    probabilities_.emplace_back(cardinality, 1.0 / cardinality);
    free += cardinality - 1;
  }
  direction_.assign(free, 0);
}

std::vector<int> Asng::Sample(RandomStream& random) const {
  std::vector<int> sample;
  sample.reserve(probabilities_.size());
  for (const std::vector<double>& q : probabilities_) {
    double left = random.Uniform();
    int value = 0;
    while (value + 1 < static_cast<int>(q.size()) && left >= q[value]) {
      left -= q[value++];
    }
    sample.push_back(value);
  }
  return sample;
}

void Asng::Update(absl::Span<const std::vector<int>> good,
                  absl::Span<const double> weights) {
  // The natural gradient is the weighted mean of (one-hot sample - q).
  std::vector<std::vector<double>> gradients;
  // The same times the square root of the Fisher matrix of all values of a
  // variable but its last.
  std::vector<double> normed;
  normed.reserve(direction_.size());
  for (size_t j = 0; j < probabilities_.size(); ++j) {
    const std::vector<double>& q = probabilities_[j];
    std::vector<double>& gradient = gradients.emplace_back(q.size(), 0.0);
    for (size_t k = 0; k < good.size(); ++k) {
      const int value = good[k][j];
      if (value == kNoChoice) continue;
      for (size_t v = 0; v < q.size(); ++v) gradient[v] -= weights[k] * q[v];
      gradient[value] += weights[k];
    }
    // The gradient sums to 0, so this is the sum over all but the last.
    const double sum = -gradient.back();
    const double last = q.back() + std::sqrt(q.back());
    for (size_t v = 0; v + 1 < q.size(); ++v) {
      normed.push_back(gradient[v] / std::sqrt(q[v]) +
                       std::sqrt(q[v]) * sum / last);
    }
  }
  const double length = std::sqrt(
      std::inner_product(normed.begin(), normed.end(), normed.begin(), 0.0));
  if (!(length > 1e-12)) return;

  const double step = 1 / caution_;
  for (size_t j = 0; j < probabilities_.size(); ++j) {
    std::vector<double>& q = probabilities_[j];
    for (size_t v = 0; v < q.size(); ++v) {
      q[v] += step / length * gradients[j][v];
    }
    KeepMargin(q);
  }

  const double rate =
      std::min(1.0, step / std::sqrt(static_cast<double>(normed.size())));
  const double memory = rate * (2 - rate);
  double squares = 0;
  for (size_t i = 0; i < normed.size(); ++i) {
    direction_[i] =
        (1 - rate) * direction_[i] + std::sqrt(memory) * normed[i] / length;
    squares += direction_[i] * direction_[i];
  }
  chance_ = (1 - rate) * (1 - rate) * chance_ + memory;
  caution_ *= std::exp(rate * (chance_ - squares / 1.5));
}

void Asng::KeepMargin(std::vector<double>& q) const {
  const double least = margin_ / static_cast<double>(q.size() - 1);
  double sum = 0;
  for (double& each : q) {
    each = std::max(each, least);
    sum += each;
  }
  const double spare = sum - least * static_cast<double>(q.size());
  for (double& each : q) each -= (sum - 1) * (each - least) / spare;
}

}  // namespace apogee
