#include "algorithms/gp/acquisition_search.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "algorithms/math/lbfgs.h"
#include "algorithms/variation.h"

namespace apogee {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// Points of a generation, and how many of them live on.
constexpr int kGeneration = 256;
constexpr size_t kElite = 32;
// Of the first generations, the share that is drawn from the whole space.
constexpr double kRandomShare = 0.5;
// Of the children, the share that has two parents, and how near these it is.
constexpr double kCrossoverShare = 0.3;
constexpr double kCrossoverEta = 5;
// Climbs, and steps of each.
constexpr size_t kClimbs = 4;
constexpr int kClimbSteps = 40;
constexpr double kClimbTolerance = 1e-8;
// What it costs to be outside of the trust region.
constexpr double kOutside = -1e9;

}  // namespace

AcquisitionSearch::Result AcquisitionSearch::Maximize(
    const std::vector<Point>& good, RandomStream& random) const {
  std::vector<Result> elite;
  if (every_.empty()) {
    Evolve(good, random, elite);
  } else {
    Select(every_, elite);
  }
  if (!elite.empty()) return elite.front();
  const Point known = RandomPoint(space_, random);
  return {known, Score({known}).front()};
}

void AcquisitionSearch::Evolve(const std::vector<Point>& good,
                               RandomStream& random,
                               std::vector<Result>& elite) const {
  std::vector<Point> generation;
  generation.reserve(kGeneration);
  for (int scored = 0; scored < candidates_; scored += kGeneration) {
    const bool first = scored < candidates_ / 4;
    const int size = std::min(kGeneration, candidates_ - scored);
    generation.clear();
    for (int i = 0; i < size; ++i) {
      if (first && (good.empty() || random.Uniform() < kRandomShare)) {
        generation.push_back(RandomPoint(space_, random));
      } else if (first || elite.empty()) {
        generation.push_back(
            good.empty()
                ? RandomPoint(space_, random)
                : Perturb(space_, good[random.Below(good.size())], random));
      } else if (random.Uniform() < kCrossoverShare) {
        generation.push_back(Crossover(
            space_, elite[random.Below(elite.size())].point,
            elite[random.Below(elite.size())].point, kCrossoverEta, random));
      } else {
        generation.push_back(
            Perturb(space_, elite[random.Below(elite.size())].point, random));
      }
    }
    Select(generation, elite);
  }
  std::vector<Point> climbed;
  for (size_t i = 0; i < std::min(kClimbs, elite.size()); ++i) {
    climbed.push_back(Climb(elite[i].point));
  }
  Select(climbed, elite);
}

std::vector<double> AcquisitionSearch::Score(
    const std::vector<Point>& points) const {
  const MatrixXd places = features_.Of(points);
  const VectorXd scores = acquisition_.Score(places);
  const VectorXd excess = region_.Excess(places);
  std::vector<double> result;
  result.reserve(points.size());
  for (Index i = 0; i < scores.size(); ++i) {
    result.push_back(excess[i] > 0 ? kOutside - excess[i] : scores[i]);
  }
  return result;
}

void AcquisitionSearch::Select(std::vector<Point> points,
                               std::vector<Result>& elite) const {
  if (points.empty()) return;
  const std::vector<double> scores = Score(points);
  for (size_t i = 0; i < points.size(); ++i) {
    if (std::isnan(scores[i])) continue;
    if (elite.size() == kElite && scores[i] <= elite.back().score) continue;
    if (known_.Contains(points[i])) continue;
    const auto place = std::upper_bound(
        elite.begin(), elite.end(), scores[i],
        [](double score, const Result& each) { return score > each.score; });
    // Copies of a point have the same score.
    const uint64_t mark = Fingerprint(points[i]);
    const bool is_new = std::none_of(
        elite.begin(), place,
        [&](const Result& each) { return Fingerprint(each.point) == mark; });
    if (!is_new) continue;
    elite.insert(place, {std::move(points[i]), scores[i]});
    if (elite.size() > kElite) elite.pop_back();
  }
}

Point AcquisitionSearch::Climb(const Point& start) const {
  std::vector<int> moving;
  std::vector<int> dimensions;
  for (int group = 0; group < features_.group_count(); ++group) {
    const int i = features_.dimension(group);
    if (space_.dimension(i).kind != Dimension::Kind::kDouble) continue;
    if (!IsActive(start[i])) continue;
    moving.push_back(features_.start(group));
    dimensions.push_back(i);
  }
  if (moving.empty()) return start;
  VectorXd place = features_.Of(start);
  const auto [low, high] = region_.Box(place);
  const auto loss = [&](const VectorXd& x, VectorXd& gradient) {
    place(moving) = x;
    VectorXd slopes;
    const double score = acquisition_.Score(place, slopes);
    gradient = -slopes(moving);
    return -score;
  };
  const VectorXd best = Minimize(loss, place(moving), low(moving), high(moving),
                                 kClimbSteps, kClimbTolerance);
  Point end = start;
  for (size_t i = 0; i < moving.size(); ++i) {
    end[dimensions[i]] = best[static_cast<Index>(i)];
  }
  space_.Normalize(end);
  return end;
}

}  // namespace apogee
