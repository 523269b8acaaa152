#pragma once

#include <vector>

#include "algorithms/gp/gp_acquisition.h"
#include "algorithms/gp/gp_features.h"
#include "algorithms/gp/trust_region.h"
#include "algorithms/point_set.h"
#include "algorithms/space/search_space.h"
#include "base/rng.h"

namespace apogee {

// Looks for the point at which an acquisition is largest: among all points
// where these are few; else by evolution from random points and from neighbours
// of good ones, then uphill by the gradient in all doubles at once.
class AcquisitionSearch {
 public:
  struct Result {
    Point point;
    double score;
  };

  // All outlive it. `every` has all points of the space, or none when they are
  // many; then about `candidates` are scored.
  AcquisitionSearch(const SearchSpace& space, const GpFeatures& features,
                    const GpAcquisition& acquisition, const TrustRegion& region,
                    const PointSetOverlay& known,
                    const std::vector<Point>& every, int candidates)
      : space_(space),
        features_(features),
        acquisition_(acquisition),
        region_(region),
        known_(known),
        every_(every),
        candidates_(candidates) {}

  // The best that is found outside of the known points; a known one only when
  // no other is found. `good` are points that may be worth a look around.
  Result Maximize(const std::vector<Point>& good, RandomStream& random) const;

 private:
  void Evolve(const std::vector<Point>& good, RandomStream& random,
              std::vector<Result>& elite) const;
  std::vector<double> Score(const std::vector<Point>& points) const;
  // Adds points to the elite, which is best first.
  void Select(std::vector<Point> points, std::vector<Result>& elite) const;
  // Where the gradient leads.
  Point Climb(const Point& start) const;

  const SearchSpace& space_;
  const GpFeatures& features_;
  const GpAcquisition& acquisition_;
  const TrustRegion& region_;
  const PointSetOverlay& known_;
  const std::vector<Point>& every_;
  int candidates_;
};

}  // namespace apogee
