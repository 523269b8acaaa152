#pragma once

#include <functional>

#include "Eigen/Core"

namespace apogee {

// A function's value at x, and its gradient. Where it has none, it says
// infinity.
using SmoothFunction =
    std::function<double(const Eigen::VectorXd& x, Eigen::VectorXd& gradient)>;

// The place where `function` was least on a descent from `start` within a box,
// by L-BFGS: Nocedal, "Updating quasi-Newton matrices with limited storage",
// 1980, as Luksan implemented it in NLopt. Ends after so many values, or when
// one differs from the last by no more than this share of it. `start` lies in
// the box; what is found is no worse.
Eigen::VectorXd Minimize(const SmoothFunction& function,
                         const Eigen::VectorXd& start,
                         const Eigen::VectorXd& min, const Eigen::VectorXd& max,
                         int values, double tolerance);

}  // namespace apogee
