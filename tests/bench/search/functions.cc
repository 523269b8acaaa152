#include "tests/bench/search/functions.h"

#include <cmath>

namespace apogee {
namespace {

// Of coordinate i, in [0, 1].
double Place(size_t i, size_t n) {
  return static_cast<double>(i) / static_cast<double>(n - 1);
}

}  // namespace

double Sphere(absl::Span<const double> z) {
  double sum = 0;
  for (const double value : z) sum += value * value;
  return sum;
}

double Ellipsoid(absl::Span<const double> z) {
  double sum = 0;
  for (size_t i = 0; i < z.size(); ++i) {
    sum += std::pow(1e6, Place(i, z.size())) * z[i] * z[i];
  }
  return sum;
}

double Rastrigin(absl::Span<const double> z) {
  double cosines = 0;
  for (const double value : z) cosines += std::cos(2 * M_PI * value);
  return 10 * (static_cast<double>(z.size()) - cosines) + Sphere(z);
}

double Rosenbrock(absl::Span<const double> z) {
  double sum = 0;
  for (size_t i = 0; i + 1 < z.size(); ++i) {
    const double valley = z[i] * z[i] - z[i + 1];
    sum += 100 * valley * valley + (z[i] - 1) * (z[i] - 1);
  }
  return sum;
}

double Discus(absl::Span<const double> z) {
  return 1e6 * z[0] * z[0] + Sphere(z.subspan(1));
}

double BentCigar(absl::Span<const double> z) {
  return z[0] * z[0] + 1e6 * Sphere(z.subspan(1));
}

double SharpRidge(absl::Span<const double> z) {
  return z[0] * z[0] + 100 * std::sqrt(Sphere(z.subspan(1)));
}

double DifferentPowers(absl::Span<const double> z) {
  double sum = 0;
  for (size_t i = 0; i < z.size(); ++i) {
    sum += std::pow(std::abs(z[i]), 2 + 4 * Place(i, z.size()));
  }
  return std::sqrt(sum);
}

double Weierstrass(absl::Span<const double> z) {
  constexpr int kTerms = 12;
  double sum = 0;
  double at_optimum = 0;
  for (int k = 0; k < kTerms; ++k) {
    const double height = std::pow(0.5, k);
    const double pitch = 2 * M_PI * std::pow(3, k);
    at_optimum += height * std::cos(pitch * 0.5);
    for (const double value : z) {
      sum += height * std::cos(pitch * (value + 0.5));
    }
  }
  return 10 * std::pow(sum / static_cast<double>(z.size()) - at_optimum, 3);
}

double SchafferF7(absl::Span<const double> z) {
  double sum = 0;
  for (size_t i = 0; i + 1 < z.size(); ++i) {
    const double square = z[i] * z[i] + z[i + 1] * z[i + 1];
    const double wave = std::sin(50 * std::pow(square, 0.1));
    sum += std::pow(square, 0.25) * (1 + wave * wave);
  }
  const double mean = sum / static_cast<double>(z.size() - 1);
  return mean * mean;
}

double GriewankRosenbrock(absl::Span<const double> z) {
  double sum = 0;
  for (size_t i = 0; i + 1 < z.size(); ++i) {
    const double valley = Rosenbrock(z.subspan(i, 2));
    sum += valley / 4000 - std::cos(valley);
  }
  return 1 + sum / static_cast<double>(z.size() - 1);
}

double Katsuura(absl::Span<const double> z) {
  const auto n = static_cast<double>(z.size());
  double product = 1;
  for (size_t i = 0; i < z.size(); ++i) {
    double sum = 0;
    for (int j = 1; j <= 32; ++j) {
      const double zoomed = std::ldexp(z[i], j);
      sum += std::ldexp(std::abs(zoomed - std::floor(zoomed + 0.5)), -j);
    }
    product *=
        std::pow(1 + static_cast<double>(i + 1) * sum, 10 / std::pow(n, 1.2));
  }
  return 10 / n / n * (product - 1);
}

double Oscillated(double x) {
  if (x == 0) return 0;
  const double c1 = x > 0 ? 1 : 0.55;
  const double c2 = x > 0 ? 0.79 : 0.31;
  const double log = std::log(std::abs(x)) / 0.1;
  return std::copysign(
      std::pow(std::exp(log + 0.49 * (std::sin(c1 * log) + std::sin(c2 * log))),
               0.1),
      x);
}

void Oscillate(std::vector<double>& z) {
  for (double& value : z) value = Oscillated(value);
}

void Asymmetric(double beta, std::vector<double>& z) {
  for (size_t i = 0; i < z.size(); ++i) {
    if (z[i] > 0) {
      z[i] = std::pow(z[i], 1 + beta * Place(i, z.size()) * std::sqrt(z[i]));
    }
  }
}

void Stretch(double condition, std::vector<double>& z) {
  for (size_t i = 0; i < z.size(); ++i) {
    z[i] *= std::pow(std::sqrt(condition), Place(i, z.size()));
  }
}

}  // namespace apogee
