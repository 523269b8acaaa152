#pragma once

#include <vector>

#include "algorithms/space/search_space.h"
#include "base/rng.h"

namespace apogee {

// How evolution makes points of points, on any space. Points taken and given
// are normalized; a parameter that becomes active is drawn at random.

// Every active coordinate drawn by SearchSpace::Quantile.
Point RandomPoint(const SearchSpace& space, RandomStream& random);

// Draws the coordinates that are missing though active, and normalizes.
void Complete(const SearchSpace& space, RandomStream& random, Point& point);

// Whether the dimension has more than one value.
bool HasChoice(const SearchSpace& space, int dimension);

// The dimensions of `point` that are active and have more than one value.
std::vector<int> Changeable(const SearchSpace& space, const Point& point);

// The functions below take the coordinate of a dimension that has a choice, and
// give that of another value.
//
// The value nearest to `wanted`, in [0, 1], of a numeric dimension; the one
// next to the present value in that direction where they are the same, and in
// the other at the ends. A double goes where it is wanted.
double MoveTo(const SearchSpace& space, int dimension, double coordinate,
              double wanted);
// Drawn by SearchSpace::Quantile until it differs.
double Redraw(const SearchSpace& space, int dimension, double coordinate,
              RandomStream& random);
// A normal step with this deviation, as a share of the scale, reflected at the
// ends; at least to the next value. A category is drawn anew.
double GaussianStep(const SearchSpace& space, int dimension, double coordinate,
                    double deviation, RandomStream& random);
// Polynomial mutation: short steps are the more likely the larger `eta` is
// (Deb and Agrawal, "A niched-penalty approach for constraint handling in
// genetic algorithms", 1999). Otherwise as GaussianStep.
double PolynomialStep(const SearchSpace& space, int dimension,
                      double coordinate, double eta, RandomStream& random);

// A point nearby: one parameter, a few, or all of them by GaussianStep, as far
// as is drawn too. The point itself where nothing has a choice.
Point Perturb(const SearchSpace& space, const Point& point,
              RandomStream& random);

// A child of two points. A numeric parameter active in both lies near one of
// theirs or between, the nearer the larger `eta` is (simulated binary
// crossover: Deb and Agrawal, "Simulated binary crossover for continuous search
// space", 1995), or with a chance of one half is taken over; all others are
// taken over from either, or from the one that has it.
Point Crossover(const SearchSpace& space, const Point& a, const Point& b,
                double eta, RandomStream& random);

}  // namespace apogee
