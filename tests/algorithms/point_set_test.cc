#include "algorithms/point_set.h"

#include <set>

#include "gmock/gmock.h"

namespace apogee {
namespace {

TEST(PointSetTest, PointsAreTheSameUpToRounding) {
  PointSet points;
  points.Add({0.3, kInactive, 2});
  EXPECT_TRUE(points.Contains({0.1 + 0.2, kInactive, 2}));
  EXPECT_FALSE(points.Contains({0.3 + 1e-8, kInactive, 2}));
  EXPECT_FALSE(points.Contains({0.3, 0, 2}));
  EXPECT_FALSE(points.Contains({0.3, 2, kInactive}));
  EXPECT_FALSE(points.Contains({0.3, kInactive, 1}));
}

TEST(PointSetTest, SimilarPointsDiffer) {
  std::set<uint64_t> marks;
  for (int i = 0; i < 100'000; ++i) {
    const auto digit = [&](int unit) {
      return static_cast<double>(i / unit % 10);
    };
    marks.insert(Fingerprint({digit(1), digit(10), digit(100),
                              digit(1000) / 100, digit(10'000) * 1e-6}));
  }
  EXPECT_EQ(marks.size(), 100'000);
}

TEST(PointSetOverlayTest, AddsToWhatLiesBelow) {
  PointSet below;
  below.Add({1});
  const std::vector<Pending> pending = {{7, {2}, ""}};
  PointSetOverlay points(below, pending);
  points.Add({3});
  for (const double x : {1, 2, 3}) EXPECT_TRUE(points.Contains({x}));
  EXPECT_FALSE(points.Contains({4}));
  EXPECT_FALSE(below.Contains({3}));
}

}  // namespace
}  // namespace apogee
