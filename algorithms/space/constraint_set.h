#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "algorithms/space/domain.h"
#include "proto/linear_constraint.h"

namespace apogee {

// The linear constraints of a search space, on the numbers themselves (not on
// coordinates). An inactive parameter counts as 0. Immutable.
class ConstraintSet {
 public:
  ConstraintSet() = default;
  // INVALID_ARGUMENT  a parameter is unknown or categorical
  static absl::StatusOr<ConstraintSet> Create(
      absl::Span<const LinearConstraint> constraints,
      absl::Span<const Domain> domains);

  bool empty() const { return constraints_.empty(); }
  // OK, or INVALID_ARGUMENT naming a constraint that does not hold.
  // `domains` are those of Create, here and below.
  absl::Status Check(absl::Span<const Domain> domains,
                     absl::Span<const double> point) const;
  // Moves active coordinates as little as it can make do with, until the
  // constraints hold, and says whether they do: rarely not, where integers or
  // several constraints are in each other's way. Leaves a point alone for which
  // they hold.
  bool Repair(absl::Span<const Domain> domains, absl::Span<double> point) const;

 private:
  struct Constraint {
    std::string text;
    // One weight for each dimension that has one of its parameters.
    std::vector<int> dimensions;
    std::vector<double> weights;
    double min;
    double max;
  };
  class Numbers;

  std::vector<Constraint> constraints_;
};

}  // namespace apogee
