#pragma once

#include <limits>
#include <string>
#include <vector>

#include "Eigen/Core"
#include "absl/container/btree_map.h"
#include "absl/types/span.h"
#include "algorithms/regressor/regressor.h"

namespace apogee {

// Points by name as vectors: numbers in [0, 1], one number for each word that a
// parameter has. Ranges are those of the points at hand, logarithmic where they
// span powers of ten.
class NamedRows {
 public:
  // First all points that there are, then Finish, which says where everything
  // stands and gives the parameter that each number is about (GpFit).
  void Span(const NamedPoint& point);
  std::vector<int> Finish();

  // One column per point. A point has `word` at its words, `other_word` at all
  // others, and `missing` for a number that it lacks.
  struct Marks {
    double word;
    double other_word;
    double missing;
  };
  Eigen::MatrixXd Of(absl::Span<const NamedPoint* const> points,
                     const Marks& marks) const;

 private:
  struct Column {
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();
    bool logarithmic = false;
    Eigen::Index place = 0;
    absl::btree_map<std::string, Eigen::Index> words;

    double Scaled(double value) const;
  };
  absl::btree_map<std::string, Column> columns_;
  Eigen::Index size_ = 0;
};

}  // namespace apogee
