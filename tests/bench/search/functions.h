#pragma once

#include <vector>

#include "absl/types/span.h"

namespace apogee {

// Shapes that test functions are made of. Each is 0 at its best, which is at
// the origin, and at (1, ..., 1) for the two Rosenbrocks. At least two
// coordinates.

double Sphere(absl::Span<const double> z);
// Condition 1e6.
double Ellipsoid(absl::Span<const double> z);
double Rastrigin(absl::Span<const double> z);
double Rosenbrock(absl::Span<const double> z);
double Discus(absl::Span<const double> z);
double BentCigar(absl::Span<const double> z);
double SharpRidge(absl::Span<const double> z);
double DifferentPowers(absl::Span<const double> z);
double Weierstrass(absl::Span<const double> z);
double SchafferF7(absl::Span<const double> z);
double GriewankRosenbrock(absl::Span<const double> z);
double Katsuura(absl::Span<const double> z);

// Transformations of BBOB: small smooth irregularities; broken symmetry; and
// axes stretched by condition^(i / 2 / (n - 1)).
double Oscillated(double x);
void Oscillate(std::vector<double>& z);
void Asymmetric(double beta, std::vector<double>& z);
void Stretch(double condition, std::vector<double>& z);

}  // namespace apogee
