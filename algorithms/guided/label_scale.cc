#include "algorithms/guided/label_scale.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>

#include "Eigen/Core"
#include "algorithms/gp/output_warp.h"

namespace apogee {
namespace {

// Where the line through the points (x, y), both rising and two at least, is at
// `place`. Beyond the ends it goes on as steep as the half at that end is.
double Interpolate(const std::vector<double>& x, const std::vector<double>& y,
                   double place) {
  const size_t last = x.size() - 1;
  const size_t middle = std::clamp<size_t>(last / 2, 1, last);
  size_t from = 0;
  size_t to = middle;
  if (place > x[last]) {
    from = std::min(middle, last - 1);
    to = last;
  } else if (place >= x[0]) {
    to = static_cast<size_t>(std::upper_bound(x.begin(), x.end() - 1, place) -
                             x.begin());
    to = std::max<size_t>(to, 1);
    from = to - 1;
  }
  const size_t anchor = place > x[last] ? last : from;
  // Halves, so that nothing overflows.
  const double share = (place / 2 - x[anchor] / 2) / (x[to] / 2 - x[from] / 2);
  const double result = y[anchor] + share * (y[to] - y[from]);
  return std::isfinite(result) ? result : y[place > x[last] ? last : 0];
}

}  // namespace

LabelScale::LabelScale(const std::vector<double>& values) {
  const Eigen::VectorXd labels = WarpObjective(values);
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return values[a] < values[b]; });
  values_.reserve(values.size());
  labels_.reserve(values.size());
  for (const size_t i : order) {
    if (!values_.empty() && values[i] <= values_.back()) continue;
    const double label = labels[static_cast<Eigen::Index>(i)];
    // Values so near to each other that they have one label are one.
    if (!labels_.empty() && label <= labels_.back()) continue;
    values_.push_back(values[i]);
    labels_.push_back(label);
  }
  if (labels.size() > 0) {
    spread_ =
        std::sqrt(labels.squaredNorm() / static_cast<double>(labels.size()));
  }
}

double LabelScale::Label(double value) const {
  return IsKnown() ? Interpolate(values_, labels_, value) : 0;
}

double LabelScale::Value(double label) const {
  if (IsKnown()) return Interpolate(labels_, values_, label);
  return values_.empty() ? 0 : values_[0];
}

}  // namespace apogee
