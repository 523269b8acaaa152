#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "algorithms/space/search_space.h"
#include "google/protobuf/struct.pb.h"
#include "vizier/study.pb.h"

namespace apogee {

// The values of one parameter and their places on its scale. Immutable.
//
// Numbers of a range [lo, hi] lie at
//   linear       (x - lo) / (hi - lo)
//   log          (ln x - ln lo) / (ln hi - ln lo)
//   reverse log  1 - (ln(lo + hi - x) - ln lo) / (ln hi - ln lo)
// and the only number of a single-value range lies at 0.5.
class Domain {
 public:
  using Spec = vizier::StudySpec::ParameterSpec;

  // `spec` has passed ValidateStudySpec; its children are ignored.
  // INVALID_ARGUMENT  no type, or the default is not a value
  static absl::StatusOr<Domain> Create(const Spec& spec);

  const std::string& name() const { return name_; }
  Dimension::Kind kind() const { return kind_; }
  int64_t cardinality() const { return cardinality_; }
  double default_coordinate() const { return default_coordinate_; }

  // As in SearchSpace.
  double CoordinateOf(int64_t index) const;
  int64_t ValueIndexOf(double coordinate) const;
  double Quantile(double u) const;
  // The coordinate of the feasible value nearest to `coordinate`.
  double Snap(double coordinate) const;

  // For numbers, that is all but categories: the number at a coordinate, and
  // the coordinate of the feasible one nearest to a number.
  double NumberAt(double coordinate) const;
  double CoordinateNear(double number) const;

  // INVALID_ARGUMENT  not a value of this parameter; names the parameter
  absl::StatusOr<double> Encode(const google::protobuf::Value& value) const;
  google::protobuf::Value Decode(double coordinate) const;

  // Indices of the values that activate a child, rising.
  // INVALID_ARGUMENT  one of them is not a value of this parameter
  absl::StatusOr<std::vector<int64_t>> ConditionValues(
      const Spec::ConditionalParameterSpec& child) const;

 private:
  Domain() = default;
  // Takes the values over; returns the declared default, if any.
  std::optional<google::protobuf::Value> SetValues(
      const Spec::DoubleValueSpec& range);
  std::optional<google::protobuf::Value> SetValues(
      const Spec::IntegerValueSpec& range);
  std::optional<google::protobuf::Value> SetValues(
      const Spec::DiscreteValueSpec& list);
  std::optional<google::protobuf::Value> SetValues(
      const Spec::CategoricalValueSpec& list);
  double NumberOf(int64_t index) const;
  absl::StatusOr<int64_t> IndexOf(double number) const;
  absl::StatusOr<int64_t> IndexOf(absl::string_view category) const;
  absl::StatusOr<double> EncodeNumber(double number) const;
  absl::Status Error(absl::string_view what) const;

  std::string name_;
  Dimension::Kind kind_ = Dimension::Kind::kDouble;
  Spec::ScaleType scale_ = Spec::UNIT_LINEAR_SCALE;
  int64_t cardinality_ = 0;
  // Of numbers.
  double min_ = 0;
  double max_ = 0;
  std::vector<double> discrete_;
  std::vector<std::string> categories_;
  absl::flat_hash_map<std::string, int64_t> category_index_;
  // The default decodes to exactly what was declared.
  double default_coordinate_ = kInactive;
  google::protobuf::Value default_value_;
};

}  // namespace apogee
