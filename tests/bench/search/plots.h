#pragma once

#include <string>
#include <vector>

#include "tests/bench/search/experiment.h"

namespace apogee {

// A picture of curves or points, as SVG.
struct Plot {
  struct Series {
    std::string label;
    std::vector<double> x;
    std::vector<double> y;
    // A band around the curve; empty for none.
    std::vector<double> low;
    std::vector<double> high;
  };

  // Values that an axis has no place for are left out: those that are not
  // finite, and on a logarithmic one those that are not above 0.
  std::string Svg() const;

  std::string title;
  std::string x_label;
  std::string y_label;
  bool x_logarithmic = false;
  bool y_logarithmic = false;
  bool points = false;  // instead of curves
  std::vector<Series> series;
};

struct PlotFile {
  std::string name;  // "regret-bbob-f=1.svg"
  std::string svg;
};

// For each problem the median regret over the trials, between the quartiles,
// and, with two objectives, the fronts of the first run; for all together, if
// there are several contestants, the mean ranks.
std::vector<PlotFile> Plots(const Experiment& experiment,
                            const Results& results);

}  // namespace apogee
