#include "algorithms/math/integer_margin.h"

#include <algorithm>
#include <cmath>

namespace apogee {
namespace {

// Of a standard normal variable.
double Above(double z) { return 0.5 * std::erfc(z * M_SQRT1_2); }

// The z >= 0 that a standard normal variable exceeds with probability p.
double QuantileAbove(double p) {
  double low = 0;
  double high = 40;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (Above(middle) > p ? low : high) = middle;
  }
  return high;
}

// Away from 0, where quantiles are infinite, and from 0.5, where they are 0.
double Inside(double p) { return std::clamp(p, 1e-8, 0.5 - 1e-8); }

}  // namespace

IntegerMarginal KeepMargin(const IntegerMarginal& marginal,
                           const IntegerCell& of, double margin, bool paid) {
  IntegerMarginal result = marginal;
  const double most = paid ? 1 : marginal.mutation;
  double below = Above((marginal.mean - of.low) / marginal.sd);
  double above = Above((of.high - marginal.mean) / marginal.sd);
  if (std::isinf(of.low) || std::isinf(of.high)) {
    // One border only: move the mean to where the probability is right.
    const bool first = std::isinf(of.low);
    const double border = first ? of.high : of.low;
    result.mutation =
        Inside(std::min(std::max(first ? above : below, margin), most));
    result.sd = std::max(marginal.sd, std::abs(of.center - border) /
                                          QuantileAbove(Inside(margin)));
    const double distance = result.sd * QuantileAbove(result.mutation);
    result.mean = first ? border - distance : border + distance;
    return result;
  }

  below = std::max(below, margin / 2);
  above = std::max(above, margin / 2);
  // What is too much is taken from both, in proportion to what they can spare.
  const double spare = below + above - margin;
  if (spare > 0) {
    const double share = std::clamp((below + above - most) / spare, 0.0, 1.0);
    below -= share * (below - margin / 2);
    above -= share * (above - margin / 2);
  }
  below = Inside(below);
  above = Inside(above);
  const double to_low = QuantileAbove(below);
  const double to_high = QuantileAbove(above);
  result.sd = (of.high - of.low) / (to_low + to_high);
  result.mean = of.low + result.sd * to_low;
  result.mutation = below + above;
  return result;
}

bool CenterDraws(const IntegerCell& of_mean, absl::Span<IntegerDraw> draws) {
  bool outside = false;
  double bias = 0;
  for (IntegerDraw& draw : draws) {
    if (of_mean.Contains(draw.x)) continue;
    outside = true;
    bias += draw.cell.center - draw.x;
    draw.x = draw.cell.center;
  }
  // How far those inside could go the other way.
  double room = 0;
  for (const IntegerDraw& draw : draws) {
    const double move = draw.cell.center - draw.x;
    if (bias * move < 0) room += move;
  }
  if (room == 0) return outside;
  const double share = std::min(1.0, -bias / room);
  for (IntegerDraw& draw : draws) {
    const double move = draw.cell.center - draw.x;
    if (bias * move < 0) draw.x += share * move;
  }
  return outside;
}

}  // namespace apogee
