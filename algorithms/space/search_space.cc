#include "algorithms/space/search_space.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "algorithms/space/constraint_set.h"
#include "algorithms/space/domain.h"
#include "algorithms/space/spec_tree.h"
#include "base/nearest.h"
#include "base/rng.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

absl::Status ParameterError(absl::string_view name, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("parameter \"", name, "\" ", what));
}

}  // namespace

SearchSpace::SearchSpace(std::vector<Dimension> dimensions,
                         std::vector<Domain> domains)
    : dimensions_(std::move(dimensions)),
      domains_(
          std::make_shared<const std::vector<Domain>>(std::move(domains))) {
  for (const Dimension& dimension : dimensions_) {
    conditional_ = conditional_ || !dimension.conditions.empty();
  }
}

absl::StatusOr<SearchSpace> SearchSpace::Create(
    const ParameterSpecs& parameters,
    absl::Span<const LinearConstraint> constraints) {
  ASSIGN_OR_RETURN(auto merged, MergeSpecs(parameters));
  std::vector<Dimension> dimensions;
  std::vector<Domain> domains;
  for (auto& [dimension, domain] : merged) {
    dimensions.push_back(std::move(dimension));
    domains.push_back(std::move(domain));
  }
  SearchSpace space(std::move(dimensions), std::move(domains));
  if (!constraints.empty()) {
    RETURN_IF_ERROR(space.AddConstraints(constraints));
  }
  return space;
}

absl::Status SearchSpace::AddConstraints(
    absl::Span<const LinearConstraint> constraints) {
  ASSIGN_OR_RETURN(ConstraintSet set,
                   ConstraintSet::Create(constraints, *domains_));
  constraints_ = std::make_shared<const ConstraintSet>(std::move(set));
  Point point;
  for (const Dimension& dimension : dimensions_) {
    point.push_back(dimension.default_coordinate);
  }
  constexpr int kTries = 1000;
  const Rng rng(1);
  absl::Status fault;
  for (int i = 0; i < kTries; ++i) {
    if (Repair(point)) {
      kept_point_ = std::move(point);
      return absl::OkStatus();
    }
    if (fault.ok()) fault = constraints_->Check(*domains_, point);
    RandomStream random = rng.At(static_cast<uint64_t>(i));
    for (int k = 0; k < size(); ++k) point[k] = Quantile(k, random.Uniform());
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "no point of the search space was found that keeps the constraints; ",
      fault.message()));
}

double SearchSpace::CoordinateOf(int dimension, int64_t value_index) const {
  return (*domains_)[dimension].CoordinateOf(value_index);
}

int64_t SearchSpace::ValueIndexOf(int dimension, double coordinate) const {
  return (*domains_)[dimension].ValueIndexOf(coordinate);
}

double SearchSpace::CoordinateNear(int dimension, double number) const {
  return (*domains_)[dimension].CoordinateNear(number);
}

double SearchSpace::Quantile(int dimension, double u) const {
  return (*domains_)[dimension].Quantile(u);
}

bool SearchSpace::IsActiveIn(const Point& point, int i) const {
  const auto& conditions = dimensions_[i].conditions;
  return conditions.empty() ||
         std::any_of(conditions.begin(), conditions.end(),
                     [&](const Dimension::Condition& condition) {
                       const double parent = point[condition.parent];
                       return IsActive(parent) &&
                              std::binary_search(
                                  condition.values.begin(),
                                  condition.values.end(),
                                  ValueIndexOf(condition.parent, parent));
                     });
}

void SearchSpace::Normalize(Point& point) const {
  if (constraints_ == nullptr) {
    SnapAll(point);
  } else if (!Repair(point)) {
    point = kept_point_;
  }
}

bool SearchSpace::KeepsConstraints(const Point& point) const {
  return constraints_ == nullptr || constraints_->Check(*domains_, point).ok();
}

bool SearchSpace::Repair(Point& point) const {
  // Moving a parent may change which children take part.
  constexpr int kTries = 5;
  for (int i = 0; i < kTries; ++i) {
    SnapAll(point);
    if (KeepsConstraints(point)) return true;
    if (!constraints_->Repair(*domains_, absl::MakeSpan(point))) return false;
  }
  return false;
}

void SearchSpace::SnapAll(Point& point) const {
  for (int i = 0; i < size(); ++i) {
    if (!IsActiveIn(point, i)) {
      point[i] = kInactive;
    } else if (IsActive(point[i])) {
      point[i] = (*domains_)[i].Snap(point[i]);
    } else {
      point[i] = Quantile(i, 0.5);
    }
  }
}

Point SearchSpace::DefaultPoint() const {
  Point point;
  for (const Dimension& dimension : dimensions_) {
    point.push_back(dimension.default_coordinate);
  }
  Normalize(point);
  return point;
}

absl::StatusOr<Point> SearchSpace::Encode(const Parameters& parameters) const {
  ASSIGN_OR_RETURN(Point point, EncodeFreely(parameters));
  if (constraints_ != nullptr) {
    RETURN_IF_ERROR(constraints_->Check(*domains_, point));
  }
  return point;
}

absl::StatusOr<Point> SearchSpace::EncodeFreely(
    const Parameters& parameters) const {
  absl::flat_hash_map<absl::string_view, const google::protobuf::Value*> given;
  for (const auto& parameter : parameters) {
    if (!given.emplace(parameter.parameter_id(), &parameter.value()).second) {
      return ParameterError(parameter.parameter_id(), "is given twice");
    }
  }
  Point point(size(), kInactive);
  absl::Status missing;
  for (int i = 0; i < size(); ++i) {
    if (!IsActiveIn(point, i)) continue;
    const Domain& domain = (*domains_)[i];
    const auto it = given.find(domain.name());
    if (it == given.end()) {
      missing.Update(ParameterError(domain.name(), "is missing"));
      continue;
    }
    ASSIGN_OR_RETURN(point[i], domain.Encode(*it->second));
    given.erase(it);
  }
  if (given.empty()) {
    RETURN_IF_ERROR(missing);
    return point;
  }
  // A misspelt name explains why another is missing; a missing parent explains
  // why its child is inactive.
  absl::Status inactive;
  for (const auto& parameter : parameters) {
    const absl::string_view name = parameter.parameter_id();
    if (!given.contains(name)) continue;
    const auto it = std::find_if(
        domains_->begin(), domains_->end(),
        [&](const Domain& domain) { return domain.name() == name; });
    if (it == domains_->end()) return UnknownError(name);
    if (inactive.ok()) inactive = InactiveError(it - domains_->begin());
  }
  RETURN_IF_ERROR(missing);
  return inactive;
}

absl::Status SearchSpace::UnknownError(absl::string_view name) const {
  std::vector<std::string> known;
  for (const Domain& domain : *domains_) known.push_back(domain.name());
  return ParameterError(name, absl::StrCat("is not in the search space",
                                           DidYouMean(name, known)));
}

absl::Status SearchSpace::InactiveError(int64_t dimension) const {
  const int parent = dimensions_[dimension].conditions.front().parent;
  return ParameterError(
      (*domains_)[dimension].name(),
      absl::StrCat("is inactive: it only takes part under some values of \"",
                   (*domains_)[parent].name(), "\"; leave it out"));
}

const std::string& SearchSpace::name(int dimension) const {
  return (*domains_)[dimension].name();
}

std::vector<int> SearchSpace::Find(absl::string_view name) const {
  std::vector<int> found;
  for (int i = 0; i < size(); ++i) {
    if ((*domains_)[i].name() == name) found.push_back(i);
  }
  return found;
}

absl::StatusOr<double> SearchSpace::EncodeValue(
    int dimension, const google::protobuf::Value& value) const {
  return (*domains_)[dimension].Encode(value);
}

google::protobuf::Value SearchSpace::DecodeValue(int dimension,
                                                 double coordinate) const {
  return (*domains_)[dimension].Decode(coordinate);
}

SearchSpace::Parameters SearchSpace::Decode(const Point& point) const {
  Parameters parameters;
  Decode(point, parameters);
  return parameters;
}

void SearchSpace::Decode(const Point& point, Parameters& parameters) const {
  for (int i = 0; i < size(); ++i) {
    if (!IsActive(point[i])) continue;
    const Domain& domain = (*domains_)[i];
    vizier::Trial::Parameter& parameter = *parameters.Add();
    parameter.set_parameter_id(domain.name());
    *parameter.mutable_value() = domain.Decode(point[i]);
  }
}

}  // namespace apogee
