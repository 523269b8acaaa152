#pragma once

#include <cstdint>

#include "absl/container/flat_hash_set.h"
#include "absl/types/span.h"
#include "algorithms/algorithm.h"
#include "algorithms/space/search_space.h"

namespace apogee {

// Marks a point in 64 bits. Equal for points whose values are the same, doubles
// being the same when closer than about 1e-9 of their scale; different points
// share one with a probability of 2^-64.
uint64_t Fingerprint(const Point& point);

// The points that a study has seen.
class PointSet {
 public:
  void Add(const Point& point) { marks_.insert(Fingerprint(point)); }
  bool Contains(const Point& point) const {
    return marks_.contains(Fingerprint(point));
  }

 private:
  absl::flat_hash_set<uint64_t> marks_;
};

// A set with more points on top of those of another, which outlives it: what a
// question adds to what was observed.
class PointSetOverlay {
 public:
  PointSetOverlay(const PointSet& below, absl::Span<const Pending> pending)
      : below_(below) {
    for (const Pending& each : pending) above_.Add(each.point);
  }
  void Add(const Point& point) { above_.Add(point); }
  bool Contains(const Point& point) const {
    return above_.Contains(point) || below_.Contains(point);
  }

 private:
  const PointSet& below_;
  PointSet above_;
};

}  // namespace apogee
