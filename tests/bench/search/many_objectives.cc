#include "tests/bench/search/many_objectives.h"

#include <algorithm>
#include <cmath>

#include "tests/bench/search/hypervolume.h"

namespace apogee {
namespace {

using Values = std::vector<double>;

constexpr double kPi = M_PI;
constexpr double kR = kVolumeReference;
// Where ZDT6's front begins: the least first objective.
constexpr double kZdt6Least = 0.2807753191;
// The ends of ZDT3's front.
constexpr double kZdt3Right = 0.8518328654;
constexpr double kZdt3Lowest = -0.7733690124;
// Where DTLZ7's fronts end: the largest first objective.
constexpr double kDtlz7Right = 0.8594008517;

double ZdtShape(int function, double f1, double ratio) {
  switch (function) {
    case 2:
    case 6:
      return 1 - ratio * ratio;
    case 3:
      return 1 - std::sqrt(ratio) - ratio * std::sin(10 * kPi * f1);
    default:
      return 1 - std::sqrt(ratio);
  }
}

// What an objective of DTLZ7 saves of the last one.
double Dtlz7Saving(double f) { return f / 2 * (1 + std::sin(3 * kPi * f)); }

// DTLZ7's least last objective, and the whole front's volume.
VolumeScale Dtlz7Scale(int objectives) {
  const int others = objectives - 1;
  const double most = Dtlz7Saving(kDtlz7Right);
  const double low = 2 * (objectives - others * most);
  const double high = 2.0 * objectives;
  // Below the point f of the other objectives, the last one comes down to
  // 2 (objectives - the best savings of each up to f): its mean over them all.
  constexpr int kSteps = 1'000'000;
  double saved = 0;
  double sum = 0;
  const double width = kR * kDtlz7Right / kSteps;
  for (int i = 0; i < kSteps; ++i) {
    const double f = std::min(kDtlz7Right, (i + 0.5) * width);
    saved = std::max(saved, Dtlz7Saving(f));
    sum += saved;
  }
  const double mean_height =
      (low + kR * (high - low) - 2 * (objectives - others * sum / kSteps)) /
      (high - low);
  VolumeScale scale = {.ideal = Values(others, 0),
                       .nadir = Values(others, kDtlz7Right),
                       .best = std::pow(kR, others) * mean_height};
  scale.ideal.push_back(low);
  scale.nadir.push_back(high);
  return scale;
}

// Where a point of the unit sphere lies by its angles, in quarter turns.
Values OnSphere(double radius, absl::Span<const double> angles) {
  const size_t objectives = angles.size() + 1;
  Values f(objectives, radius);
  for (size_t i = 0; i < objectives; ++i) {
    for (size_t j = 0; j + i + 1 < objectives; ++j) {
      f[i] *= std::cos(angles[j] * kPi / 2);
    }
    if (i > 0) f[i] *= std::sin(angles[objectives - 1 - i] * kPi / 2);
  }
  return f;
}

}  // namespace

int ZdtDimensions(int function) { return function <= 3 ? 30 : 10; }

Values Zdt::operator()(absl::Span<const double> x) const {
  const absl::Span<const double> rest = x.subspan(1);
  const auto n = static_cast<double>(rest.size());
  double sum = 0;
  for (const double value : rest) sum += value;
  double f1 = x[0];
  double g = 1 + 9 * sum / n;
  if (function == 4) {
    g = 1 + 10 * n;
    for (const double v : rest) g += v * v - 10 * std::cos(4 * kPi * v);
  } else if (function == 6) {
    f1 = 1 - std::exp(-4 * x[0]) * std::pow(std::sin(6 * kPi * x[0]), 6);
    g = 1 + 9 * std::pow(sum / n, 0.25);
  }
  return {f1, g * ZdtShape(function, f1, f1 / g)};
}

VolumeScale Zdt::Scale() const {
  VolumeScale scale = {.ideal = {0, 0}, .nadir = {1, 1}, .best = 0};
  if (function == 2) {
    scale.best = kR * kR - 2.0 / 3;
  } else if (function == 6) {
    const double a = kZdt6Least;
    scale.ideal = {a, 0};
    scale.nadir = {1, 1 - a * a};
    const double missed =
        (1 - a - (1 - a * a * a) / 3) / ((1 - a) * (1 - a * a));
    scale.best = kR * kR - missed;
  } else if (function == 3) {
    scale.ideal = {0, kZdt3Lowest};
    scale.nadir = {kZdt3Right, 1};
    scale.best = ScaledVolume(Front(200'000), scale);
  } else {
    scale.best = kR * kR - 1.0 / 3;
  }
  return scale;
}

std::vector<Values> Zdt::Front(int points) const {
  const double from = function == 6 ? kZdt6Least : 0;
  const double to = function == 3 ? kZdt3Right : 1;
  std::vector<Values> front;
  for (int i = 0; i < points; ++i) {
    const double f1 = from + (to - from) * i / (points - 1);
    const double f2 = ZdtShape(function, f1, f1);
    if (front.empty() || f2 < front.back()[1]) front.push_back({f1, f2});
  }
  return front;
}

int DtlzDimensions(int function, int objectives) {
  return objectives - 1 + (function == 1 ? 5 : function == 7 ? 20 : 10);
}

Values Dtlz::operator()(absl::Span<const double> x) const {
  const absl::Span<const double> position = x.first(objectives - 1);
  const absl::Span<const double> distance = x.subspan(objectives - 1);
  const auto k = static_cast<double>(distance.size());
  double g = 0;
  if (function == 1 || function == 3) {
    g = 100 * k;
    for (const double v : distance) {
      g += 100 * ((v - 0.5) * (v - 0.5) - std::cos(20 * kPi * (v - 0.5)));
    }
  } else if (function == 6) {
    for (const double v : distance) g += std::pow(v, 0.1);
  } else if (function == 7) {
    double sum = 0;
    for (const double v : distance) sum += v;
    g = 1 + 9 * sum / k;
  } else {
    for (const double v : distance) g += (v - 0.5) * (v - 0.5);
  }

  if (function == 1) {
    Values f(objectives, 0.5 * (1 + g));
    for (int i = 0; i < objectives; ++i) {
      for (int j = 0; j + i + 1 < objectives; ++j) f[i] *= position[j];
      if (i > 0) f[i] *= 1 - position[objectives - 1 - i];
    }
    return f;
  }
  if (function == 7) {
    Values f(position.begin(), position.end());
    double h = objectives;
    for (const double v : position) {
      h -= v / (1 + g) * (1 + std::sin(3 * kPi * v));
    }
    f.push_back((1 + g) * h);
    return f;
  }
  Values angles(position.begin(), position.end());
  if (function == 4) {
    for (double& angle : angles) angle = std::pow(angle, 100);
  } else if (function >= 5) {
    for (size_t i = 1; i < angles.size(); ++i) {
      angles[i] = (1 + 2 * g * angles[i]) / (2 * (1 + g));
    }
  }
  return OnSphere(1 + g, angles);
}

VolumeScale Dtlz::Scale() const {
  if (function == 7) return Dtlz7Scale(objectives);
  const double all = std::pow(kR, objectives);
  VolumeScale scale = {.ideal = Values(objectives, 0),
                       .nadir = Values(objectives, 1),
                       .best = 0};
  if (function == 1) {
    scale.nadir.assign(objectives, 0.5);
    scale.best = all - (objectives == 2 ? 1.0 / 2 : 1.0 / 6);
  } else if (function >= 5 && objectives == 3) {
    // A quarter circle with equal first objectives.
    scale.nadir[0] = scale.nadir[1] = std::sqrt(0.5);
    scale.best = kR * kR * kR - kR * kPi / 2 + 2.0 / 3;
  } else {
    scale.best = all - (objectives == 2 ? kPi / 4 : kPi / 6);
  }
  return scale;
}

}  // namespace apogee
