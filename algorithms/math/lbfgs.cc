#include "algorithms/math/lbfgs.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nlopt.h"

namespace apogee {

using Eigen::Index;
using Eigen::VectorXd;

namespace {

// NLopt can not take infinities.
constexpr double kHuge = 1e100;

// What NLopt calls; remembers the best, which NLopt does not when it fails.
struct Descent {
  const SmoothFunction* function;
  VectorXd best;
  double least = std::numeric_limits<double>::infinity();

  static double Value(unsigned size, const double* x, double* gradient,
                      void* data) {
    auto& self = *static_cast<Descent*>(data);
    const auto count = static_cast<Index>(size);
    const VectorXd place = VectorXd::Map(x, count);
    VectorXd slopes;
    const double value = (*self.function)(place, slopes);
    const bool usable = std::isfinite(value) && slopes.allFinite();
    if (gradient != nullptr) {
      if (usable) {
        VectorXd::Map(gradient, count) = slopes;
      } else {
        std::fill_n(gradient, size, 0.0);
      }
    }
    if (!usable) return kHuge;
    if (value < self.least) {
      self.least = value;
      self.best = place;
    }
    return value;
  }
};

}  // namespace

VectorXd Minimize(const SmoothFunction& function, const VectorXd& start,
                  const VectorXd& min, const VectorXd& max, int values,
                  double tolerance) {
  Descent descent = {.function = &function, .best = start};
  VectorXd x = start.cwiseMax(min).cwiseMin(max);
  nlopt_opt optimizer =
      nlopt_create(NLOPT_LD_LBFGS, static_cast<unsigned>(x.size()));
  nlopt_set_min_objective(optimizer, Descent::Value, &descent);
  nlopt_set_lower_bounds(optimizer, min.data());
  nlopt_set_upper_bounds(optimizer, max.data());
  nlopt_set_maxeval(optimizer, values);
  nlopt_set_ftol_rel(optimizer, tolerance);
  double value = 0;
  // Whatever it ends with, the best that it saw counts.
  nlopt_optimize(optimizer, x.data(), &value);
  nlopt_destroy(optimizer);
  return descent.best;
}

}  // namespace apogee
