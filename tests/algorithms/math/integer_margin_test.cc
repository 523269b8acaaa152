#include "algorithms/math/integer_margin.h"

#include <cmath>
#include <limits>
#include <vector>

#include "gtest/gtest.h"

namespace apogee {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr IntegerCell kFirst = {-kInfinity, 0.5, 0};
constexpr IntegerCell kMiddle = {0.5, 1.5, 1};
constexpr IntegerCell kLast = {1.5, kInfinity, 2};

double Below(const IntegerMarginal& marginal, double x) {
  return 0.5 * std::erfc((marginal.mean - x) / marginal.sd * M_SQRT1_2);
}

double Leaving(const IntegerMarginal& marginal, const IntegerCell& cell) {
  return Below(marginal, cell.low) + 1 - Below(marginal, cell.high);
}

IntegerCell CellOf(double x) {
  return x < 0.5 ? kFirst : x < 1.5 ? kMiddle : kLast;
}

TEST(KeepMarginTest, LeavingStaysPossibleButNoLikelierUnlessItPaid) {
  constexpr double kMargin = 0.05;
  for (const double mean : {-5.0, 0.0, 0.49, 0.51, 0.9, 1.0, 1.4, 1.7, 9.0}) {
    for (const double sd : {1e-9, 0.01, 0.3, 1.0, 50.0}) {
      for (const double mutation : {0.5, 0.2, kMargin}) {
        for (const bool paid : {false, true}) {
          const IntegerCell cell = CellOf(mean);
          const IntegerMarginal result =
              KeepMargin({mean, sd, mutation}, cell, kMargin, paid);
          const double leaving = Leaving(result, cell);
          SCOPED_TRACE(testing::Message()
                       << mean << " " << sd << " " << mutation << " " << paid);
          EXPECT_TRUE(std::isfinite(result.mean) && result.sd > 0);
          EXPECT_TRUE(cell.Contains(result.mean));
          EXPECT_GE(leaving, kMargin - 1e-6);
          EXPECT_NEAR(leaving, result.mutation, 1e-6);
          EXPECT_LE(leaving, (paid ? 1 : mutation) + 1e-6);
          // Each neighbour gets at least half of the margin.
          if (cell.center == kMiddle.center) {
            EXPECT_GE(Below(result, 0.5), kMargin / 2 - 1e-6);
            EXPECT_GE(1 - Below(result, 1.5), kMargin / 2 - 1e-6);
          }
        }
      }
    }
  }
}

TEST(KeepMarginTest, WhatKeepsItStaysAsItIs) {
  const IntegerMarginal result =
      KeepMargin({1.1, 0.4, 0.5}, kMiddle, 0.05, true);
  EXPECT_NEAR(result.mean, 1.1, 1e-9);
  EXPECT_NEAR(result.sd, 0.4, 1e-9);
}

TEST(CenterDrawsTest, DrawsOutsideMoveToTheirCenterAndTheAverageStays) {
  std::vector<IntegerDraw> draws;
  double before = 0;
  for (const double x : {1.6, 1.2, 1.3, 0.8}) {
    draws.push_back({x, CellOf(x)});
    before += x;
  }
  EXPECT_TRUE(CenterDraws(kMiddle, absl::MakeSpan(draws)));
  EXPECT_EQ(draws[0].x, 2);
  EXPECT_EQ(draws[3].x, 0.8) << "would go the same way";
  double after = 0;
  for (const IntegerDraw& draw : draws) after += draw.x;
  EXPECT_NEAR(after, before, 1e-12);
}

TEST(CenterDrawsTest, NothingOutsideNothingMoves) {
  std::vector<IntegerDraw> draws = {{0.7, kMiddle}, {1.2, kMiddle}};
  EXPECT_FALSE(CenterDraws(kMiddle, absl::MakeSpan(draws)));
  EXPECT_EQ(draws[0].x, 0.7);
  EXPECT_EQ(draws[1].x, 1.2);
}

}  // namespace
}  // namespace apogee
