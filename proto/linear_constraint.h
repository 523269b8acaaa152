#pragma once

#include <limits>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace apogee {

// A bound on a weighted sum of parameters.
struct LinearConstraint {
  struct Term {
    std::string parameter;
    double weight;  // finite, not 0
  };
  // What the user wrote.
  std::string text;
  std::vector<Term> terms;  // at least one, each parameter once
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
};

// Reads "2*a + b - 0.5 c <= 4", "a + b = 1", "a >= b": sums of parameters and
// numbers on both sides of one of <=, >=, = and ==. A name that is not letters,
// digits, "_" and "." alone, a letter first, stands in quotes:
// "'learning-rate' <= 1".
// INVALID_ARGUMENT  the text is not such a constraint; says where and why
absl::StatusOr<LinearConstraint> ParseLinearConstraint(absl::string_view text);

}  // namespace apogee
