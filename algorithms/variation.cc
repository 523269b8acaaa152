#include "algorithms/variation.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace apogee {
namespace {

// Deviations of the steps of Perturb, as shares of the scale: log-uniform
// between.
constexpr double kMinStep = 1e-3;
constexpr double kMaxStep = 0.3;

// Folds a number that left [0, 1] back at the ends.
double Reflect(double x) {
  x = std::fmod(std::abs(x), 2.0);
  return x > 1 ? 2 - x : x;
}

// One child's coordinate between or near x and y, both in [0, 1].
double SimulatedBinary(double x, double y, double eta, RandomStream& random) {
  const double low = std::min(x, y);
  const double high = std::max(x, y);
  const double u = random.Uniform();
  const bool near_low = random.Uniform() < 0.5;
  if (high - low < 1e-14) return x;
  // Spread that keeps the child within [0, 1].
  const double room = near_low ? low : 1 - high;
  const double beta = 1 + 2 * room / (high - low);
  const double alpha = 2 - std::pow(beta, -(eta + 1));
  const double spread = u <= 1 / alpha
                            ? std::pow(u * alpha, 1 / (eta + 1))
                            : std::pow(1 / (2 - u * alpha), 1 / (eta + 1));
  const double half = spread * (high - low) / 2;
  const double middle = (low + high) / 2;
  return std::clamp(near_low ? middle - half : middle + half, 0.0, 1.0);
}

}  // namespace

Point RandomPoint(const SearchSpace& space, RandomStream& random) {
  Point point(space.size(), kInactive);
  Complete(space, random, point);
  return point;
}

void Complete(const SearchSpace& space, RandomStream& random, Point& point) {
  for (int i = 0; i < space.size(); ++i) {
    if (!space.IsActiveIn(point, i)) {
      point[i] = kInactive;
    } else if (!IsActive(point[i])) {
      point[i] = space.Quantile(i, random.Uniform());
    }
  }
  space.Normalize(point);
}

bool HasChoice(const SearchSpace& space, int dimension) {
  const int64_t values = space.dimension(dimension).cardinality;
  // A double with a single value has but one quantile.
  return values == 0
             ? space.Quantile(dimension, 0) < space.Quantile(dimension, 0.75)
             : values > 1;
}

std::vector<int> Changeable(const SearchSpace& space, const Point& point) {
  std::vector<int> dimensions;
  for (int i = 0; i < space.size(); ++i) {
    if (IsActive(point[i]) && HasChoice(space, i)) dimensions.push_back(i);
  }
  return dimensions;
}

double MoveTo(const SearchSpace& space, int dimension, double coordinate,
              double wanted) {
  const int64_t values = space.dimension(dimension).cardinality;
  if (values == 0) return wanted;
  const int64_t from = space.ValueIndexOf(dimension, coordinate);
  int64_t to = space.ValueIndexOf(dimension, wanted);
  if (to == from) to += wanted < coordinate ? -1 : 1;
  if (to < 0) to = 1;
  if (to >= values) to = values - 2;
  return space.CoordinateOf(dimension, to);
}

double Redraw(const SearchSpace& space, int dimension, double coordinate,
              RandomStream& random) {
  double other = coordinate;
  while (other == coordinate) {
    other = space.Quantile(dimension, random.Uniform());
  }
  return other;
}

double GaussianStep(const SearchSpace& space, int dimension, double coordinate,
                    double deviation, RandomStream& random) {
  if (space.dimension(dimension).IsCategorical()) {
    return Redraw(space, dimension, coordinate, random);
  }
  return MoveTo(space, dimension, coordinate,
                Reflect(coordinate + deviation * random.Normal()));
}

double PolynomialStep(const SearchSpace& space, int dimension,
                      double coordinate, double eta, RandomStream& random) {
  if (space.dimension(dimension).IsCategorical()) {
    return Redraw(space, dimension, coordinate, random);
  }
  const double u = random.Uniform();
  const bool down = u < 0.5;
  const double room = down ? 1 - coordinate : coordinate;
  const double tail = std::pow(room, eta + 1);
  const double share = down ? 2 * u : 2 * (1 - u);
  const double step = 1 - std::pow(share + (1 - share) * tail, 1 / (eta + 1));
  return MoveTo(space, dimension, coordinate,
                std::clamp(coordinate + (down ? -step : step), 0.0, 1.0));
}

Point Perturb(const SearchSpace& space, const Point& point,
              RandomStream& random) {
  Point child = point;
  const std::vector<int> changeable = Changeable(space, point);
  if (changeable.empty()) return child;
  const double step =
      kMinStep * std::pow(kMaxStep / kMinStep, random.Uniform());
  const double chance =
      std::pow(static_cast<double>(changeable.size()), -random.Uniform());
  const int always = changeable[random.Below(changeable.size())];
  for (const int i : changeable) {
    if (i != always && random.Uniform() >= chance) continue;
    child[i] = GaussianStep(space, i, child[i], step, random);
  }
  Complete(space, random, child);
  return child;
}

Point Crossover(const SearchSpace& space, const Point& a, const Point& b,
                double eta, RandomStream& random) {
  Point child(space.size(), kInactive);
  for (int i = 0; i < space.size(); ++i) {
    if (!IsActive(a[i]) || !IsActive(b[i])) {
      child[i] = IsActive(a[i]) ? a[i] : b[i];
      continue;
    }
    const bool mixes =
        !space.dimension(i).IsCategorical() && random.Uniform() < 0.5;
    child[i] = mixes ? SimulatedBinary(a[i], b[i], eta, random)
               : random.Uniform() < 0.5 ? a[i]
                                        : b[i];
  }
  Complete(space, random, child);
  return child;
}

}  // namespace apogee
