#pragma once

#include "absl/types/span.h"

namespace apogee {

// How a normal distribution searches the integers of one coordinate: a draw
// stands for the integer in whose cell it lies. Without care the distribution
// freezes as soon as it fits into one cell. (Hamano et al., "CMA-ES with
// margin", GECCO 2022, and "CatCMA with margin", GECCO 2025.)

// One cell: the draws that stand for one integer.
struct IntegerCell {
  double low;     // -infinity for the first
  double high;    // infinity for the last
  double center;  // the integer itself

  bool Contains(double x) const { return low <= x && x < high; }
};

// The distribution of one coordinate.
struct IntegerMarginal {
  double mean;
  double sd;
  // How likely a draw may leave the cell of the mean; 0.5 at the start. Falls
  // while leaving it does not pay.
  double mutation;
};

// Corrects a marginal after an update, so that a draw leaves the cell `of` the
// mean with a probability of at least `margin`, and of at most
// `marginal.mutation` unless leaving has `paid` in the last generation.
// 0 < margin < 0.5.
IntegerMarginal KeepMargin(const IntegerMarginal& marginal,
                           const IntegerCell& of, double margin, bool paid);

// A selected draw of this coordinate.
struct IntegerDraw {
  double x;
  IntegerCell cell;
};

// Moves the draws outside the cell of the mean to the centers of their cells,
// so that a small step across a border counts as a whole one; and draws inside
// toward their center as far as that keeps the average. Returns whether any
// lies outside.
bool CenterDraws(const IntegerCell& of_mean, absl::Span<IntegerDraw> draws);

}  // namespace apogee
