#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace apogee {

// A product of variables that are -1 or 1 (0 where one is missing), moved to an
// average of 0 over the data it was fitted to.
struct SparseTerm {
  std::vector<int> variables;  // rising
  double average;
  double weight;
};

// Finds the few products of up to `degree` variables that explain the values
// best: Lasso by coordinate descent, its penalty lowered until `terms` products
// take part or little is left to explain. Returns these, the strongest first;
// none when the values are all the same.
//
// Products are compared by their correlation with the values first, and only
// the 1,000 best go into the Lasso (Fan and Lv, "Sure independence screening",
// 2008). The degree is lowered while there are more than 50,000 products.
//
// `rows` has one row of variables for each value. O(rows * products).
std::vector<SparseTerm> FitSparsePolynomial(
    absl::Span<const std::vector<int8_t>> rows, absl::Span<const double> values,
    int degree, int terms);

}  // namespace apogee
