#pragma once

#include "absl/types/span.h"

namespace apogee {

// Puts the values of a study on one scale, from those that are known: median
// and spread go, and what lies more than two spreads away counts by its
// logarithm, so that one wild value does not flatten the others; then mean 0
// and deviation 1. Rising, and undone exactly.
class OutcomeWarp {
 public:
  // Values are finite, at least one. `maximize`: otherwise the order turns
  // round.
  OutcomeWarp(absl::Span<const double> values, bool maximize);

  double Warp(double value) const;
  double Unwarp(double warped) const;

 private:
  double sign_;
  double median_;
  double spread_;
  double mean_ = 0;
  double deviation_ = 1;
};

}  // namespace apogee
