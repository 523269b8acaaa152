#pragma once

#include <vector>

namespace apogee {

double Mean(const std::vector<double>& values);
// The exponential of the mean logarithm; values below `floor` count as that.
double GeometricMean(const std::vector<double>& values, double floor);
// Of the sorted values, in between where need be: 0.5 is the median.
double Quantile(std::vector<double> values, double share);
// The place of each value, 1 for the smallest; equal ones share the mean of
// their places.
std::vector<double> Ranks(const std::vector<double>& values);

}  // namespace apogee
