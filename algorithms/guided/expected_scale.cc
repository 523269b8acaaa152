#include "algorithms/guided/expected_scale.h"

#include <algorithm>
#include <cmath>

#include "algorithms/guided/named_points.h"
#include "algorithms/variation.h"
#include "base/rng.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

// Points by which a scale is found.
constexpr int kScalePoints = 64;
constexpr double kLeastProbability = 1e-6;

}  // namespace

std::vector<NamedPoint> ToNamed(const SearchSpace& space,
                                const std::vector<Point>& points) {
  std::vector<NamedPoint> named;
  named.reserve(points.size());
  for (const Point& each : points) named.push_back(ToNamed(space, each));
  return named;
}

absl::StatusOr<LabelScale> ExpectedScale(
    const Regressor& regressor, const StudyText& text,
    const StudyRecord& record, const std::vector<NamedTrial>& context) {
  std::vector<Point> points;
  points.reserve(kScalePoints);
  RandomStream random = Rng(1).At(0);
  for (int i = 0; i < kScalePoints; ++i) {
    points.push_back(RandomPoint(record.space(), random));
  }
  ASSIGN_OR_RETURN(
      const std::vector<Prediction> predictions,
      regressor.Predict(text, context, ToNamed(record.space(), points)));
  std::vector<double> values;
  values.reserve(predictions.size());
  for (const Prediction& each : predictions) {
    values.push_back(record.Sign() * each.Median());
  }
  return LabelScale(values);
}

double LogFeasible(const Prediction& prediction) {
  return std::log(std::max(kLeastProbability, prediction.p_feasible));
}

}  // namespace apogee
