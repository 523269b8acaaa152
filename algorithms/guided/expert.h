#pragma once

#include <functional>
#include <vector>

#include "Eigen/Core"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "algorithms/algorithm.h"
#include "algorithms/guided/guided_memo.h"

namespace apogee {

// What is expected at some points: the objective as a label (label_scale.h)
// with its standard deviation, and that of a measurement, which has noise; and
// the logarithm of the chance that a trial is feasible.
struct Forecast {
  Eigen::VectorXd mean;
  Eigen::VectorXd sd;
  Eigen::VectorXd measured_sd;
  Eigen::VectorXd log_feasible;
};
using Forecaster =
    std::function<absl::StatusOr<Forecast>(const std::vector<Point>&)>;

// A source of predictions, made from the finished trials of a study and from
// what it knows besides.
class Expert {
 public:
  virtual ~Expert() = default;
  virtual Source source() const = 0;
  // Whether it can say anything yet.
  virtual bool IsReady() const = 0;
  // Trials that run lower what is hoped for around them. Valid until the next
  // trial finishes.
  virtual Forecaster Prepare(absl::Span<const Pending> pending) const = 0;
};

}  // namespace apogee
