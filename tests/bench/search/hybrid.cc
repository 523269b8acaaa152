#include "tests/bench/search/hybrid.h"

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/rng.h"
#include "tests/bench/search/functions.h"
#include "tests/bench/search/scorers.h"

namespace apogee {

Hybrid::Hybrid(const HybridShape& shape)
    : shape_(shape), rotation_(shape.reals + shape.categoricals) {
  // All functions of one size and instance share optimum and rotation.
  RandomStream random = Rng(shape.instance).At(0);
  for (int i = 0; i < shape.reals; ++i) {
    x_opt_.push_back(-4 + 8 * random.Uniform());
  }
  for (int j = 0; j < shape.categoricals; ++j) {
    std::vector<double>& values = values_.emplace_back();
    for (int k = 0; k < shape.categories; ++k) {
      values.push_back(-5 + 10.0 * k / (shape.categories - 1));
    }
    for (size_t k = values.size(); k > 1; --k) {
      std::swap(values[k - 1], values[random.Below(k)]);
    }
    x_opt_.push_back(static_cast<double>(random.Below(shape.categories)));
  }
  for (int i = 0; i < rotation_.size(); ++i) {
    for (int j = 0; j < rotation_.size(); ++j) {
      rotation_(i, j) = random.Normal();
    }
  }
  rotation_.Orthonormalize();
}

std::vector<double> Hybrid::Values(const std::vector<double>& x) const {
  std::vector<double> values = x;
  for (int j = 0; j < shape_.categoricals; ++j) {
    const size_t at = shape_.reals + j;
    values[at] = values_[j][static_cast<size_t>(x[at])];
  }
  return values;
}

double Hybrid::operator()(const std::vector<double>& x) const {
  std::vector<double> z = Values(x);
  const std::vector<double> best = Values(x_opt_);
  for (size_t i = 0; i < z.size(); ++i) z[i] -= best[i];
  z = rotation_ * z;
  switch (shape_.function) {
    case 1:
      return Sphere(z);
    case 2:
      return Ellipsoid(z);
    case 3:
      return Rastrigin(z);
    case 5:
      return Discus(z);
    case 6:
      return BentCigar(z);
    case 7:
      return SharpRidge(z);
    case 8:
      return DifferentPowers(z);
    case 9:
      return SchafferF7(z);
    default:
      for (double& value : z) value += 1;
      return shape_.function == 4 ? Rosenbrock(z) : GriewankRosenbrock(z);
  }
}

TestProblem HybridProblem(const HybridShape& shape) {
  const auto hybrid = std::make_shared<const Hybrid>(shape);
  TestProblem problem;
  for (int i = 1; i <= shape.reals; ++i) {
    AddDouble(problem.spec, absl::StrCat("x", i), -5, 5);
  }
  for (int j = 1; j <= shape.categoricals; ++j) {
    AddCategorical(problem.spec, absl::StrCat("c", j), shape.categories);
  }
  AddObjective(problem.spec, "f", /*minimize=*/true);
  problem.evaluate = [hybrid](const Parameters& parameters, RandomStream&) {
    const double f = (*hybrid)(Numbers(parameters));
    return Evaluation{.measured = {f}, .exact = {f}};
  };
  problem.new_scorer = [] { return BestScorer({.minimize = true, .best = 0}); };
  return problem;
}

}  // namespace apogee
