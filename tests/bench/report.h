#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "nlohmann/json.hpp"
#include "tests/bench/load.h"

namespace apogee {

double Median(std::vector<double> values);

// Each the median of its own.
Load Median(const std::vector<Load>& loads);

// Medians of what `a` does per second over what `b` does, each pair from one
// round.
double PairedRatio(const std::vector<Load>& a, const std::vector<Load>& b);

// What the benchmark found: a table on stdout as it goes, and figures by name.
class Report {
 public:
  // A headline of a group of rows with the columns of Row.
  void Section(absl::string_view title);

  // The medians of what was seen, with the least and the most per second.
  void Row(absl::string_view what, const std::vector<Load>& loads);

  // A line of text.
  void Note(absl::string_view text);

  // Goes into the JSON, and into a line.
  void Figure(const std::string& key, double value);

  // The figures in the order they came, as one line of JSON, and null for those
  // of `keys` that did not come.
  std::string Json(absl::Span<const char* const> keys) const;

 private:
  nlohmann::ordered_json figures_;
};

}  // namespace apogee
