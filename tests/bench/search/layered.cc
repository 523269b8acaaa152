#include "tests/bench/search/layered.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"

namespace apogee {

Layered::Layered(int layers, int options, double interaction, const Rng& rng)
    : layers_(layers), options_(options) {
  APOGEE_CHECK(layers >= 2 && options >= 2);
  for (int layer = 0; layer < layers; ++layer) {
    RandomStream random = rng.At(layer);
    const double cost_scale = 0.5 + 1.5 * random.Uniform();
    const double worth = 0.5 + 1.5 * random.Uniform();
    std::vector<double> u(options);
    for (double& value : u) value = random.Uniform();
    std::sort(u.begin(), u.end());
    std::vector<int64_t>& costs = costs_.emplace_back();
    std::vector<double>& gains = gains_.emplace_back();
    for (int s = 0; s < options; ++s) {
      costs.push_back(
          std::llround(1000 * cost_scale * (0.1 + 0.9 * (s + u[s]) / options)));
      gains.push_back(
          worth * (std::sqrt((s + 1.0) / options) + 0.25 * random.Normal()));
    }
    min_cost_ += *std::min_element(costs.begin(), costs.end());
    max_cost_ += *std::max_element(costs.begin(), costs.end());
    if (layer + 1 == layers) break;
    for (int i = 0; i < options * options; ++i) {
      pairs_.push_back(interaction * random.Normal());
    }
  }
}

int64_t Layered::Cost(const std::vector<int>& choice) const {
  int64_t sum = 0;
  for (int i = 0; i < layers_; ++i) sum += costs_[i][choice[i]];
  return sum;
}

double Layered::Reward(const std::vector<int>& choice) const {
  double sum = 0;
  for (int i = 0; i < layers_; ++i) {
    sum += gains_[i][choice[i]];
    if (i > 0) sum += Pair(i - 1, choice[i - 1], choice[i]);
  }
  return sum;
}

int64_t Layered::CostAt(double share) const {
  return min_cost_ + static_cast<int64_t>(std::floor(
                         share * static_cast<double>(max_cost_ - min_cost_)));
}

// Dynamic programming over the last option and the cost so far.
std::vector<Layered::Oracle> Layered::Solve(
    const std::vector<int64_t>& limits) const {
  const int64_t size = *std::max_element(limits.begin(), limits.end()) + 1;
  struct Cell {
    double best = -std::numeric_limits<double>::infinity();
    double count = 0;
    double sum = 0;  // of all rewards
  };
  std::vector<std::vector<Cell>> cells(options_, std::vector<Cell>(size));
  for (int s = 0; s < options_; ++s) {
    if (costs_[0][s] < size) {
      cells[s][costs_[0][s]] = {gains_[0][s], 1, gains_[0][s]};
    }
  }
  for (int layer = 1; layer < layers_; ++layer) {
    std::vector<std::vector<Cell>> next(options_, std::vector<Cell>(size));
    for (int from = 0; from < options_; ++from) {
      for (int to = 0; to < options_; ++to) {
        const int64_t cost = costs_[layer][to];
        const double gain = gains_[layer][to] + Pair(layer - 1, from, to);
        for (int64_t c = 0; c + cost < size; ++c) {
          const Cell& source = cells[from][c];
          if (source.count == 0) continue;
          Cell& target = next[to][c + cost];
          target.best = std::max(target.best, source.best + gain);
          target.count += source.count;
          target.sum += source.sum + source.count * gain;
        }
      }
    }
    cells = std::move(next);
  }
  std::vector<Oracle> oracles;
  for (const int64_t limit : limits) {
    Cell all;
    for (const std::vector<Cell>& row : cells) {
      for (int64_t c = 0; c <= limit; ++c) {
        all.best = std::max(all.best, row[c].best);
        all.count += row[c].count;
        all.sum += row[c].sum;
      }
    }
    oracles.push_back({.best = all.best, .mean = all.sum / all.count});
  }
  return oracles;
}

double Layered::RewardDeviation() const {
  // E[r^2] needs the sums of first and second powers by the last option.
  struct Moments {
    double first;
    double second;
  };
  std::vector<Moments> moments;
  for (const double gain : gains_[0]) moments.push_back({gain, gain * gain});
  for (int layer = 1; layer < layers_; ++layer) {
    std::vector<Moments> next(options_, {0, 0});
    for (int from = 0; from < options_; ++from) {
      for (int to = 0; to < options_; ++to) {
        const double gain = gains_[layer][to] + Pair(layer - 1, from, to);
        const Moments& m = moments[from];
        next[to].first += (m.first + gain) / options_;
        next[to].second +=
            (m.second + 2 * gain * m.first + gain * gain) / options_;
      }
    }
    moments = std::move(next);
  }
  Moments mean = {0, 0};
  for (const Moments& m : moments) {
    mean.first += m.first / options_;
    mean.second += m.second / options_;
  }
  return std::sqrt(mean.second - mean.first * mean.first);
}

}  // namespace apogee
