#include "tests/bench/search/wfg.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "tests/bench/search/hypervolume.h"

namespace apogee {
namespace {

using Values = std::vector<double>;
using Span = absl::Span<const double>;

constexpr double kPi = M_PI;
constexpr double kHalfPi = M_PI / 2;
// Where the variables of distance are best, before WFG8 and WFG9 bend them.
constexpr double kBest = 0.35;

// Transformations of one variable in [0, 1], named as in the paper.

double Clamped(double y) { return std::clamp(y, 0.0, 1.0); }

double ShiftLinear(double y) {
  return Clamped(std::abs(y - kBest) / std::abs(std::floor(kBest - y) + kBest));
}

double ShiftDeceptive(double y) {
  constexpr double kA = kBest;
  constexpr double kB = 0.001;
  constexpr double kC = 0.05;
  const double left =
      std::floor(y - kA + kB) * (1 - kC + (kA - kB) / kB) / (kA - kB);
  const double right =
      std::floor(kA + kB - y) * (1 - kC + (1 - kA - kB) / kB) / (1 - kA - kB);
  return Clamped(1 + (std::abs(y - kA) - kB) * (left + right + 1 / kB));
}

double ShiftMultiModal(double y, double minima, double depth) {
  const double away =
      std::abs(y - kBest) / (2 * (std::floor(kBest - y) + kBest));
  return Clamped((1 + std::cos((4 * minima + 2) * kPi * (0.5 - away)) +
                  4 * depth * away * away) /
                 (depth + 2));
}

// Level between 0.75 and 0.85.
double BiasFlat(double y) {
  constexpr double kA = 0.8;
  constexpr double kB = 0.75;
  constexpr double kC = 0.85;
  return Clamped(kA + std::min(0.0, std::floor(y - kB)) * kA * (kB - y) / kB -
                 std::min(0.0, std::floor(kC - y)) * (1 - kA) * (y - kC) /
                     (1 - kC));
}

// Bends y by what others come to.
double BiasByOthers(double y, double others) {
  constexpr double kA = 0.98 / 49.98;
  constexpr double kB = 0.02;
  constexpr double kC = 50;
  const double bend =
      kA - (1 - 2 * others) * std::abs(std::floor(0.5 - others) + kA);
  return Clamped(std::pow(y, kB + (kC - kB) * bend));
}

// Reductions of several variables to one.

double Sum(Span y) {
  double sum = 0;
  for (const double value : y) sum += value;
  return sum / static_cast<double>(y.size());
}

// The last weighs most: 2 `first`, 2 (`first` + 1), ...
double WeightedSum(Span y, size_t first) {
  double sum = 0;
  double weights = 0;
  for (size_t i = 0; i < y.size(); ++i) {
    const auto weight = static_cast<double>(2 * (first + i));
    sum += weight * y[i];
    weights += weight;
  }
  return sum / weights;
}

double NonSeparable(Span y, size_t degree) {
  const auto n = static_cast<double>(y.size());
  const auto a = static_cast<double>(degree);
  double sum = 0;
  for (size_t j = 0; j < y.size(); ++j) {
    sum += y[j];
    for (size_t k = 0; k + 1 < degree; ++k) {
      sum += std::abs(y[j] - y[(1 + j + k) % y.size()]);
    }
  }
  const double half = std::ceil(a / 2);
  return Clamped(sum / (n / a * half * (1 + 2 * a - 2 * half)));
}

// All that happens before the variables are reduced.
Values Transformed(int function, size_t position, Values y) {
  const size_t n = y.size();
  const Values given = y;
  const Span before = given;
  if (function == 7) {
    for (size_t i = 0; i < position; ++i) {
      y[i] = BiasByOthers(y[i], Sum(before.subspan(i + 1)));
    }
  } else if (function == 8) {
    for (size_t i = position; i < n; ++i) {
      y[i] = BiasByOthers(y[i], Sum(before.first(i)));
    }
  } else if (function == 9) {
    for (size_t i = 0; i + 1 < n; ++i) {
      y[i] = BiasByOthers(y[i], Sum(before.subspan(i + 1)));
    }
  }
  for (size_t i = 0; i < n; ++i) {
    const bool is_position = i < position;
    if (function == 4) {
      y[i] = ShiftMultiModal(y[i], 30, 10);
    } else if (function == 5 || (function == 9 && is_position)) {
      y[i] = ShiftDeceptive(y[i]);
    } else if (function == 9) {
      y[i] = ShiftMultiModal(y[i], 30, 95);
    } else if (!is_position) {
      y[i] = ShiftLinear(y[i]);
    }
    if (function == 1) {
      if (!is_position) y[i] = BiasFlat(y[i]);
      y[i] = std::pow(y[i], 0.02);
    }
  }
  if (function == 2 || function == 3) {
    Values pairs(y.begin(), y.begin() + static_cast<std::ptrdiff_t>(position));
    for (size_t i = position; i + 1 < n; i += 2) {
      pairs.push_back(NonSeparable(Span(y).subspan(i, 2), 2));
    }
    return pairs;
  }
  return y;
}

// The last coordinate of the front of WFG1 and WFG2, by the first variable.
double Height(int function, double x) {
  if (function == 2) return 1 - x * std::pow(std::cos(5 * kPi * x), 2);
  return 1 - x - std::cos(10 * kPi * x + kHalfPi) / (10 * kPi);
}

// Where a point lies on the front, each coordinate in [0, 1].
Values Shape(int function, Span x) {
  const size_t objectives = x.size() + 1;
  Values h(objectives, 1);
  for (size_t m = 0; m < objectives; ++m) {
    const size_t factors = objectives - 1 - m;
    for (size_t i = 0; i < factors; ++i) {
      const double angle = x[i] * kHalfPi;
      h[m] *= function <= 2   ? 1 - std::cos(angle)
              : function == 3 ? x[i]
                              : std::sin(angle);
    }
    if (m == 0) continue;
    const double angle = x[factors] * kHalfPi;
    h[m] *= function <= 2   ? 1 - std::sin(angle)
            : function == 3 ? 1 - x[factors]
                            : std::cos(angle);
  }
  if (function <= 2) h.back() = Height(function, x[0]);
  return h;
}

// What lies below the front of WFG1 and WFG2 in the unit square or cube. At
// each height the front is that of the least x that comes so low.
double Below(int function, int objectives) {
  constexpr int kSteps = 1'000'000;
  double lowest = 1;
  double sum = 0;
  for (int i = 0; i < kSteps; ++i) {
    const double x = (i + 0.5) / kSteps;
    const double height =
        std::min(lowest, Height(function, (i + 1.0) / kSteps));
    sum +=
        std::pow(1 - std::cos(x * kHalfPi), objectives - 1) * (lowest - height);
    lowest = height;
  }
  return objectives == 2 ? sum : sum * (1 - kPi / 4);
}

}  // namespace

Values Wfg::operator()(Span z) const {
  APOGEE_CHECK(z.size() == static_cast<size_t>(dimensions()));
  const auto k = static_cast<size_t>(position);
  Values y(z.begin(), z.end());
  for (size_t i = 0; i < y.size(); ++i) {
    y[i] = Clamped(y[i] / static_cast<double>(2 * (i + 1)));
  }
  y = Transformed(function, k, std::move(y));

  const auto reduced = [&](size_t begin, size_t count) {
    const Span part = Span(y).subspan(begin, count);
    if (function == 1) return WeightedSum(part, begin + 1);
    if (function == 6 || function == 9) return NonSeparable(part, count);
    return Sum(part);
  };
  const size_t gap = k / static_cast<size_t>(objectives - 1);
  const double away = reduced(k, y.size() - k);
  Values x;
  x.reserve(static_cast<size_t>(objectives - 1));
  for (size_t begin = 0; begin < k; begin += gap) {
    double value = reduced(begin, gap);
    // The line of WFG3: the later ones count only away from it.
    if (function == 3 && begin > 0) value = away * (value - 0.5) + 0.5;
    x.push_back(value);
  }
  Values f = Shape(function, x);
  for (size_t m = 0; m < f.size(); ++m) {
    f[m] = away + static_cast<double>(2 * (m + 1)) * f[m];
  }
  return f;
}

VolumeScale Wfg::Scale() const {
  const auto count = static_cast<size_t>(objectives);
  VolumeScale scale = {.ideal = Values(count, 0), .nadir = {}, .best = 0};
  for (int m = 1; m <= objectives; ++m) scale.nadir.push_back(2 * m);
  double below = objectives == 2 ? kPi / 4 : kPi / 6;
  if (function <= 2) below = Below(function, objectives);
  if (function == 3) below = 0.5;
  scale.best = std::pow(kVolumeReference, objectives) - below;
  return scale;
}

std::vector<Values> Wfg::Front(int points) const {
  std::vector<Values> front;
  front.reserve(static_cast<size_t>(points));
  for (int i = 0; i < points; ++i) {
    const Values h = Shape(function, {static_cast<double>(i) / (points - 1)});
    front.push_back({2 * h[0], 4 * h[1]});
  }
  return NonDominated(std::move(front));
}

}  // namespace apogee
