#pragma once

#include <utility>
#include <vector>

namespace apogee {

double Mean(const std::vector<double>& values);
// The exponential of the mean logarithm; values below `floor` count as that.
double GeometricMean(const std::vector<double>& values, double floor);
// Between which the ratio of the means of `values` and `others` lies with 95 %
// probability, by drawing pairs of them again and again.
std::pair<double, double> RatioInterval(const std::vector<double>& values,
                                        const std::vector<double>& others);
// Of the sorted values, in between where need be: 0.5 is the median.
double Quantile(std::vector<double> values, double share);
// The place of each value, 1 for the smallest; equal ones share the mean of
// their places.
std::vector<double> Ranks(const std::vector<double>& values);

}  // namespace apogee
