#pragma once

#include <vector>

namespace apogee {

// The values of a metric, to be maximized, on the scale that Gaussian processes
// learn (gp/output_warp.h), and back. Between and beyond the values it is made
// of it goes on along straight lines. Rising.
class LabelScale {
 public:
  explicit LabelScale(const std::vector<double>& values);

  // Whether there are two different values; otherwise all labels are 0.
  bool IsKnown() const { return values_.size() > 1; }
  double Label(double value) const;
  double Value(double label) const;
  // The standard deviation of the labels.
  double spread() const { return spread_; }

 private:
  // Rising, all different.
  std::vector<double> values_;
  std::vector<double> labels_;
  double spread_ = 0;
};

}  // namespace apogee
