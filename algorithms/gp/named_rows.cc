#include "algorithms/gp/named_rows.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <variant>

namespace apogee {

using Eigen::Index;
using Eigen::MatrixXd;

namespace {

// Ranges with a larger quotient are logarithmic.
constexpr double kLogarithmic = 30;

}  // namespace

void NamedRows::Span(const NamedPoint& point) {
  for (const NamedValue& parameter : point) {
    Column& column = columns_[parameter.name];
    if (const auto* word = std::get_if<std::string>(&parameter.value)) {
      column.words.try_emplace(*word, 0);
      continue;
    }
    const double number = std::get<double>(parameter.value);
    column.low = std::min(column.low, number);
    column.high = std::max(column.high, number);
  }
}

std::vector<int> NamedRows::Finish() {
  std::vector<int> groups;
  int group = 0;
  for (auto& [name, column] : columns_) {
    column.logarithmic =
        column.low > 0 && column.high > kLogarithmic * column.low;
    if (column.low <= column.high) {
      column.place = static_cast<Index>(groups.size());
      groups.push_back(group);
    }
    for (auto& [word, place] : column.words) {
      place = static_cast<Index>(groups.size());
      groups.push_back(group);
    }
    ++group;
  }
  size_ = static_cast<Index>(groups.size());
  return groups;
}

MatrixXd NamedRows::Of(absl::Span<const NamedPoint* const> points,
                       const Marks& marks) const {
  MatrixXd rows = MatrixXd::Constant(size_, static_cast<Index>(points.size()),
                                     marks.other_word);
  for (Index i = 0; i < rows.cols(); ++i) {
    for (const auto& [name, column] : columns_) {
      if (column.low <= column.high) rows(column.place, i) = marks.missing;
    }
    for (const NamedValue& parameter : *points[static_cast<size_t>(i)]) {
      const Column& column = columns_.at(parameter.name);
      if (const auto* word = std::get_if<std::string>(&parameter.value)) {
        rows(column.words.at(*word), i) = marks.word;
      } else {
        rows(column.place, i) =
            column.Scaled(std::get<double>(parameter.value));
      }
    }
  }
  return rows;
}

double NamedRows::Column::Scaled(double value) const {
  if (low == high) return .5;
  return logarithmic ? std::log(value / low) / std::log(high / low)
                     : (value - low) / (high - low);
}

}  // namespace apogee
