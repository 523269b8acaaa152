#pragma once

#include <functional>
#include <vector>

#include "Eigen/Core"
#include "absl/status/statusor.h"
#include "algorithms/point_set.h"
#include "algorithms/space/search_space.h"
#include "base/rng.h"

namespace apogee {

// A random point; a known one only when no other is found.
Point RandomNewPoint(const SearchSpace& space, const PointSetOverlay& known,
                     RandomStream& random);

// Looks for the point with the largest score, by three rounds of evolution from
// random points, good ones and their neighbours. For scores that know no
// gradient.
class CandidateSearch {
 public:
  // One score per point.
  using Score =
      std::function<absl::StatusOr<Eigen::VectorXd>(const std::vector<Point>&)>;

  // Both outlive it. Scores about `candidates` points.
  CandidateSearch(const SearchSpace& space, const PointSetOverlay& known,
                  int candidates)
      : space_(space), known_(known), candidates_(candidates) {}

  // The best that is found outside of the known points; a known one only when
  // no other is found. `good` are points of this study to look around,
  // `elsewhere` those of others, also to be tried themselves.
  absl::StatusOr<Point> Maximize(const std::vector<Point>& good,
                                 const std::vector<Point>& elsewhere,
                                 const Score& score,
                                 RandomStream& random) const;

 private:
  struct Scored {
    Point point;
    double score;
  };

  std::vector<Point> Pool(const std::vector<Point>& good,
                          const std::vector<Point>& elsewhere,
                          RandomStream& random) const;
  // Adds those of `points` to the elite, which is best first, that are not in
  // it and not known.
  absl::Status Select(std::vector<Point> points, const Score& score,
                      std::vector<Scored>& elite) const;

  const SearchSpace& space_;
  const PointSetOverlay& known_;
  int candidates_;
};

}  // namespace apogee
