#include "tests/bench/search/mixint.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "absl/strings/str_cat.h"
#include "tests/bench/search/scorers.h"

namespace apogee {
namespace {

constexpr double kScales[Bbob::kFunctions] = {
    1,   1e-3, 0.1, 0.1, 1,  0.01, 1,  0.01, 0.01, 1e-3, 0.01, 1e-4,
    0.1, 1,    0.1, 1,   10, 1,    10, 0.1,  1,    1,    10,   0.1};

}  // namespace

Mixint::Mixint(int function, int dimension, int instance)
    : bbob_(function, dimension, instance),
      dimension_(dimension),
      scale_(kScales[function - 1]),
      x_opt_(bbob_.x_opt()),
      offset_(dimension) {
  for (int i = 0; Values(i) > 0; ++i) {
    const double inner = bbob_.x_opt()[i];
    const double low = Place(i, 0);
    const double last = Values(i) - 1;
    // Halfway values go up, however they were rounded before.
    const double nearest =
        std::floor(last * (inner - low) / (Place(i, last) - low) + 1e-7 + 0.5);
    x_opt_[i] = std::clamp(nearest, 0.0, last);
    offset_[i] = Place(i, x_opt_[i]) - inner;
  }
}

int Mixint::Values(int i) const {
  const int fifth = 5 * i / dimension_;
  return fifth < 4 ? 2 << fifth : 0;
}

double Mixint::Place(int i, double x) const {
  const int values = Values(i);
  const double margin = 8.0 / (values + 1);
  return -4 + margin + (8 - 2 * margin) * x / (values - 1);
}

double Mixint::operator()(absl::Span<const double> x) const {
  std::vector<double> inner(x.begin(), x.end());
  for (int i = 0; i < dimension_ && Values(i) > 0; ++i) {
    const double whole =
        std::clamp(std::floor(x[i] + 0.5), 0.0, Values(i) - 1.0);
    inner[i] = Place(i, whole) - offset_[i];
  }
  return scale_ * bbob_(inner);
}

TestProblem MixintProblem(int function, int dimension, int instance) {
  const auto mixint =
      std::make_shared<const Mixint>(function, dimension, instance);
  TestProblem problem;
  for (int i = 0; i < dimension; ++i) {
    const std::string name = absl::StrCat("x", i + 1);
    if (mixint->Values(i) > 0) {
      AddInteger(problem.spec, name, 0, mixint->Values(i) - 1);
    } else {
      AddDouble(problem.spec, name, -5, 5);
    }
  }
  AddObjective(problem.spec, "f", /*minimize=*/true);
  problem.evaluate = [mixint](const Parameters& parameters, RandomStream&) {
    const double f = (*mixint)(Numbers(parameters));
    return Evaluation{.measured = {f}, .exact = {f}};
  };
  problem.new_scorer = [best = mixint->f_opt()] {
    return BestScorer({.minimize = true, .best = best});
  };
  return problem;
}

}  // namespace apogee
