#include "algorithms/guided/candidate_search.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "algorithms/variation.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

// Of the candidates, the share that is in the pool; the rounds share the rest.
constexpr double kPoolShare = 0.4;
constexpr int kRounds = 3;
// Those that live on, as a share of the pool, and at least.
constexpr double kEliteShare = 0.1;
constexpr size_t kMinElite = 4;
// Of the pool: drawn from the whole space, children of two good points; the
// others are near good points.
constexpr double kRandomShare = 0.4;
constexpr double kCrossoverShare = 0.1;
// Of the later rounds.
constexpr double kLateCrossoverShare = 0.25;
constexpr double kCrossoverEta = 5;
// Tries to find a random point that is new.
constexpr int kTries = 100;

}  // namespace

Point RandomNewPoint(const SearchSpace& space, const PointSetOverlay& known,
                     RandomStream& random) {
  Point point = RandomPoint(space, random);
  for (int i = 0; i < kTries && known.Contains(point); ++i) {
    point = RandomPoint(space, random);
  }
  return point;
}

absl::StatusOr<Point> CandidateSearch::Maximize(
    const std::vector<Point>& good, const std::vector<Point>& elsewhere,
    const Score& score, RandomStream& random) const {
  std::vector<Scored> elite;
  RETURN_IF_ERROR(Select(Pool(good, elsewhere, random), score, elite));
  const int size =
      static_cast<int>((1 - kPoolShare) * candidates_ / kRounds) + 1;
  for (int round = 0; round < kRounds && !elite.empty(); ++round) {
    std::vector<Point> children;
    children.reserve(static_cast<size_t>(size));
    const auto parent = [&]() -> const Point& {
      return elite[random.Below(elite.size())].point;
    };
    for (int i = 0; i < size; ++i) {
      if (random.Uniform() < kLateCrossoverShare) {
        const Point& one = parent();
        children.push_back(
            Crossover(space_, one, parent(), kCrossoverEta, random));
      } else {
        children.push_back(Perturb(space_, parent(), random));
      }
    }
    RETURN_IF_ERROR(Select(std::move(children), score, elite));
  }
  if (elite.empty()) return RandomNewPoint(space_, known_, random);
  return elite.front().point;
}

std::vector<Point> CandidateSearch::Pool(const std::vector<Point>& good,
                                         const std::vector<Point>& elsewhere,
                                         RandomStream& random) const {
  std::vector<Point> parents = good;
  parents.insert(parents.end(), elsewhere.begin(), elsewhere.end());
  const auto size = static_cast<size_t>(kPoolShare * candidates_) + 1;
  std::vector<Point> pool = elsewhere;
  pool.reserve(size + elsewhere.size());
  while (pool.size() < size + elsewhere.size()) {
    const double kind = random.Uniform();
    if (parents.empty() || kind < kRandomShare) {
      pool.push_back(RandomPoint(space_, random));
    } else if (kind < kRandomShare + kCrossoverShare) {
      const Point& one = parents[random.Below(parents.size())];
      const Point& other = parents[random.Below(parents.size())];
      pool.push_back(Crossover(space_, one, other, kCrossoverEta, random));
    } else {
      pool.push_back(
          Perturb(space_, parents[random.Below(parents.size())], random));
    }
  }
  return pool;
}

absl::Status CandidateSearch::Select(std::vector<Point> points,
                                     const Score& score,
                                     std::vector<Scored>& elite) const {
  std::erase_if(points,
                [&](const Point& point) { return known_.Contains(point); });
  if (points.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const Eigen::VectorXd scores, score(points));
  for (size_t i = 0; i < points.size(); ++i) {
    const double at = scores[static_cast<Eigen::Index>(i)];
    if (!std::isnan(at)) elite.push_back({std::move(points[i]), at});
  }
  std::stable_sort(
      elite.begin(), elite.end(),
      [](const Scored& a, const Scored& b) { return a.score > b.score; });
  const size_t capacity = std::max(
      kMinElite, static_cast<size_t>(kEliteShare * kPoolShare * candidates_));
  PointSet kept;
  std::vector<Scored> survivors;
  survivors.reserve(capacity);
  for (Scored& each : elite) {
    if (survivors.size() == capacity) break;
    if (kept.Contains(each.point)) continue;
    kept.Add(each.point);
    survivors.push_back(std::move(each));
  }
  elite = std::move(survivors);
  return absl::OkStatus();
}

}  // namespace apogee
