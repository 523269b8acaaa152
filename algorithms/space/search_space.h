#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "google/protobuf/repeated_field.h"
#include "google/protobuf/struct.pb.h"
#include "proto/linear_constraint.h"
#include "vizier/study.pb.h"

namespace apogee {

// A place in a search space, one coordinate per dimension:
//   numeric dimension      its position in [0, 1] along the parameter's scale
//   categorical dimension  the index of the category: 0, 1, ...
//   inactive dimension     kInactive
using Point = std::vector<double>;

// The coordinate of a conditional parameter whose condition does not hold.
inline constexpr double kInactive = std::numeric_limits<double>::quiet_NaN();
inline bool IsActive(double coordinate) { return coordinate == coordinate; }

// One parameter, as algorithms see it: no name, scale or unit.
struct Dimension {
  enum class Kind { kDouble, kInteger, kDiscrete, kCategorical };

  // When the dimension takes part: while dimension `parent` takes one of
  // `values` (indices of its feasible values, rising).
  struct Condition {
    int parent;
    std::vector<int64_t> values;
  };

  Kind kind;
  // Number of feasible values; 0 for a double.
  int64_t cardinality;
  // Any of them is enough; empty means always active. Parents come before
  // their children in the space.
  std::vector<Condition> conditions;
  // The coordinate of the declared default, or kInactive if there is none.
  double default_coordinate;

  bool IsCategorical() const { return kind == Kind::kCategorical; }
};

class ConstraintSet;
class Domain;

// What a study searches, built once from its spec. Immutable and thread-safe.
// The dimensions stand parents first, in the order of the spec otherwise. A
// child declared several times (under several values or parents) with the same
// domain and children is one dimension with several conditions; with different
// ones it is several dimensions, of which at most one can be active.
class SearchSpace {
 public:
  using ParameterSpecs =
      google::protobuf::RepeatedPtrField<vizier::StudySpec::ParameterSpec>;
  using Parameters =
      google::protobuf::RepeatedPtrField<vizier::Trial::Parameter>;

  // INVALID_ARGUMENT  the same parameter is declared with different domains or
  //                   children that can be active together; a constraint is
  //                   about a parameter that is unknown or categorical; no
  //                   point is found that keeps the constraints. Other faults
  //                   of a spec are found by ValidateStudySpec, which must have
  //                   passed.
  static absl::StatusOr<SearchSpace> Create(
      const ParameterSpecs& parameters,
      absl::Span<const LinearConstraint> constraints = {});

  int size() const { return static_cast<int>(dimensions_.size()); }
  const Dimension& dimension(int i) const { return dimensions_[i]; }
  absl::Span<const Dimension> dimensions() const { return dimensions_; }
  // Whether any dimension is conditional.
  bool IsConditional() const { return conditional_; }

  // The coordinate of the feasible value with this index (not for a double).
  double CoordinateOf(int dimension, int64_t value_index) const;
  // The feasible value nearest to a coordinate, as an index (not for a double).
  int64_t ValueIndexOf(int dimension, double coordinate) const;
  // The coordinate of the feasible number nearest to `number` (not for a
  // categorical dimension).
  double CoordinateNear(int dimension, double number) const;
  // The coordinate at share u in [0, 1) of the dimension's natural
  // distribution: even along the scale for doubles and integers, the same
  // weight for each value of a discrete or categorical parameter.
  double Quantile(int dimension, double u) const;
  // Whether dimension i takes part in `point`, whose coordinates before i are
  // final.
  bool IsActiveIn(const Point& point, int i) const;
  // Makes a feasible point of any coordinates: snaps each to the nearest
  // feasible value, gives active ones that are missing their middle, marks the
  // inactive ones, and moves numbers until the linear constraints hold.
  void Normalize(Point& point) const;
  // Whether there are linear constraints, and whether they hold for a point of
  // feasible values, as they do for one from Normalize.
  bool IsConstrained() const { return constraints_ != nullptr; }
  bool KeepsConstraints(const Point& point) const;
  // The declared defaults; the middle where none is declared.
  Point DefaultPoint() const;

  // For options that speak of parameters: their names and values. A parameter
  // that is declared in several ways has several dimensions.
  const std::string& name(int dimension) const;
  std::vector<int> Find(absl::string_view name) const;
  // INVALID_ARGUMENT  not a value of the parameter; names it
  absl::StatusOr<double> EncodeValue(
      int dimension, const google::protobuf::Value& value) const;
  google::protobuf::Value DecodeValue(int dimension, double coordinate) const;

  // Parameters of a trial -> point.
  // INVALID_ARGUMENT  a parameter is missing, given twice, unknown, inactive,
  //                   out of range or of the wrong type; a constraint does not
  //                   hold
  absl::StatusOr<Point> Encode(const Parameters& parameters) const;
  // Point -> parameters, active ones only, in the order of the dimensions.
  // Decode(Encode(x)) == x for parameters in that order, and
  // Encode(Decode(p)) == p for normalized points: up to rounding for doubles
  // (declared defaults and the ends of a range are exact), exactly for all
  // others whose coordinates a double can tell apart (2^52 integers on a linear
  // scale).
  Parameters Decode(const Point& point) const;
  // Appends them to `parameters`.
  void Decode(const Point& point, Parameters& parameters) const;

 private:
  SearchSpace(std::vector<Dimension> dimensions, std::vector<Domain> domains);
  absl::Status AddConstraints(absl::Span<const LinearConstraint> constraints);
  absl::StatusOr<Point> EncodeFreely(const Parameters& parameters) const;
  // Normalize, but for the constraints.
  void SnapAll(Point& point) const;
  // SnapAll and the constraints; false when they can not be kept from here.
  bool Repair(Point& point) const;
  absl::Status UnknownError(absl::string_view name) const;
  absl::Status InactiveError(int64_t dimension) const;

  std::vector<Dimension> dimensions_;
  // Names, bounds, values, scales. Shared by copies.
  std::shared_ptr<const std::vector<Domain>> domains_;
  bool conditional_ = false;
  // Null when there are none. Shared by copies.
  std::shared_ptr<const ConstraintSet> constraints_;
  // A point that keeps them.
  Point kept_point_;
};

}  // namespace apogee
