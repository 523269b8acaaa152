#include "algorithms/region.h"

#include <algorithm>
#include <utility>

namespace apogee {
namespace {

constexpr int64_t kMaxListed = 16;
// Intervals are not halved further than this.
constexpr double kNarrowest = 1e-3;

}  // namespace

Region::Region(const SearchSpace* space) : space_(space) {
  for (const Dimension& dimension : space->dimensions()) {
    Part& part = parts_.emplace_back();
    if (!dimension.IsCategorical() &&
        (dimension.cardinality == 0 || dimension.cardinality > kMaxListed)) {
      continue;
    }
    for (int64_t i = 0; i < dimension.cardinality; ++i) {
      part.values.push_back(i);
    }
  }
}

Point Region::Draw(RandomStream& random) const {
  Point point(parts_.size());
  for (int i = 0; i < space_->size(); ++i) {
    point[i] = DrawCoordinate(i, random);
  }
  space_->Normalize(point);
  return point;
}

double Region::DrawCoordinate(int dimension, RandomStream& random) const {
  const Part& part = parts_[dimension];
  if (part.values.empty()) {
    const double share = part.low + (part.high - part.low) * random.Uniform();
    return space_->Quantile(dimension, share);
  }
  return space_->CoordinateOf(dimension,
                              part.values[random.Below(part.values.size())]);
}

bool Region::Contains(const Point& point) const {
  for (int i = 0; i < space_->size(); ++i) {
    if (!IsActive(point[i])) continue;
    const Part& part = parts_[i];
    if (part.values.empty()) {
      if (part.low > 0 && point[i] < space_->Quantile(i, part.low)) {
        return false;
      }
      if (part.high < 1 && point[i] > space_->Quantile(i, part.high)) {
        return false;
      }
    } else if (!std::binary_search(part.values.begin(), part.values.end(),
                                   space_->ValueIndexOf(i, point[i]))) {
      return false;
    }
  }
  return true;
}

std::vector<Region::Question> Region::Questions() const {
  std::vector<Question> questions;
  for (int i = 0; i < space_->size(); ++i) {
    const Part& part = parts_[i];
    if (space_->dimension(i).IsCategorical() && part.values.size() > 2) {
      for (const int64_t value : part.values) questions.push_back({i, value});
    } else if (part.values.empty() ? part.high - part.low > kNarrowest
                                   : part.values.size() > 1) {
      questions.push_back({i, kUpperHalf});
    }
  }
  return questions;
}

double Region::Middle(int dimension) const {
  const Part& part = parts_[dimension];
  return space_->Quantile(dimension, (part.low + part.high) / 2);
}

int8_t Region::Answer(const Question& question, const Point& point) const {
  const double at = point[question.dimension];
  if (!IsActive(at)) return 0;
  const Part& part = parts_[question.dimension];
  bool yes;
  if (part.values.empty()) {
    yes = at >= Middle(question.dimension);
  } else {
    const int64_t value = space_->ValueIndexOf(question.dimension, at);
    yes = question.category == kUpperHalf
              ? value >= part.values[part.values.size() / 2]
              : value == question.category;
  }
  return yes ? 1 : -1;
}

void Region::Restrict(const Question& question, bool yes) {
  Part& part = parts_[question.dimension];
  if (part.values.empty()) {
    (yes ? part.low : part.high) = (part.low + part.high) / 2;
    return;
  }
  std::vector<int64_t> left;
  const int64_t middle = part.values[part.values.size() / 2];
  for (const int64_t value : part.values) {
    const bool is_yes = question.category == kUpperHalf
                            ? value >= middle
                            : value == question.category;
    if (is_yes == yes) left.push_back(value);
  }
  if (!left.empty()) part.values = std::move(left);
}

}  // namespace apogee
