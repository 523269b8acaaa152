#include "algorithms/space/spec_tree.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <queue>
#include <set>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

using Spec = vizier::StudySpec::ParameterSpec;

// One place of the tree where a parameter is declared. Parents come before
// their children, in the order of the spec.
struct Place {
  const Spec* spec;
  // The place above, or -1.
  int parent;
  // Indices of the parent's values that activate this one, rising.
  std::vector<int64_t> values;
  Domain domain;
  // Places of one shape are the same dimension. Shapes are numbered by their
  // first place.
  int shape = -1;
};

absl::Status AddPlaces(const Spec& spec, int parent,
                       std::vector<int64_t> values,
                       std::vector<Place>& places) {
  ASSIGN_OR_RETURN(Domain domain, Domain::Create(spec));
  const int self = static_cast<int>(places.size());
  places.push_back({&spec, parent, std::move(values), std::move(domain)});
  for (const auto& child : spec.conditional_parameter_specs()) {
    ASSIGN_OR_RETURN(std::vector<int64_t> child_values,
                     places[self].domain.ConditionValues(child));
    RETURN_IF_ERROR(AddPlaces(child.parameter_spec(), self,
                              std::move(child_values), places));
  }
  return absl::OkStatus();
}

// Equal for specs of the same name and domain.
std::string DomainKey(const Spec& spec) {
  const int scale = std::max<int>(spec.scale_type(), Spec::UNIT_LINEAR_SCALE);
  std::string values;
  switch (spec.parameter_value_spec_case()) {
    case Spec::kDoubleValueSpec:
      values = spec.double_value_spec().SerializeAsString();
      break;
    case Spec::kIntegerValueSpec:
      values = spec.integer_value_spec().SerializeAsString();
      break;
    case Spec::kDiscreteValueSpec:
      values = spec.discrete_value_spec().SerializeAsString();
      break;
    case Spec::kCategoricalValueSpec:
      values = spec.categorical_value_spec().SerializeAsString();
      break;
    case Spec::PARAMETER_VALUE_SPEC_NOT_SET:
      break;
  }
  return absl::StrCat(spec.parameter_id().size(), ":", spec.parameter_id(),
                      spec.parameter_value_spec_case(), ",", scale, ",",
                      values.size(), ":", values);
}

// Finds the places that are equal with all that hangs below them. Works from
// the leaves up, so that each comparison is of one level only.
void FindShapes(std::vector<Place>& places) {
  // For each place: shape of child -> values that activate it.
  std::vector<std::map<int, std::set<int64_t>>> children(places.size());
  absl::flat_hash_map<std::string, int> shapes;
  for (int i = static_cast<int>(places.size()) - 1; i >= 0; --i) {
    Place& place = places[i];
    std::string key = DomainKey(*place.spec);
    for (const auto& [shape, values] : children[i]) {
      absl::StrAppend(&key, ";", shape);
      for (const int64_t value : values) absl::StrAppend(&key, ",", value);
    }
    place.shape =
        shapes.emplace(std::move(key), static_cast<int>(shapes.size()))
            .first->second;
    if (place.parent >= 0) {
      children[place.parent][place.shape].insert(place.values.begin(),
                                                 place.values.end());
    }
  }
  // Renumber by first place.
  std::vector<int> number(shapes.size(), -1);
  int next = 0;
  for (Place& place : places) {
    if (number[place.shape] < 0) number[place.shape] = next++;
    place.shape = number[place.shape];
  }
}

// Refuses names that stand for several things at once.
class NameChecker {
 public:
  explicit NameChecker(const std::vector<Place>& places) : places_(places) {}

  absl::Status Check() const {
    absl::flat_hash_map<absl::string_view, std::vector<Path>> by_name;
    for (size_t i = 0; i < places_.size(); ++i) {
      by_name[places_[i].domain.name()].push_back({static_cast<int>(i)});
    }
    for (auto& [name, paths] : by_name) {
      if (HaveOneShape(paths)) continue;
      for (Path& path : paths) {
        for (int i = places_[path[0]].parent; i >= 0; i = places_[i].parent) {
          path.push_back(i);
        }
        std::reverse(path.begin(), path.end());
      }
      if (!AreExclusive(paths, 0)) {
        return absl::InvalidArgumentError(absl::StrCat(
            "parameter \"", name,
            "\" is declared several times with different domains or children, "
            "and two of them can be active together; rename one, or put them "
            "under different values of one parent"));
      }
    }
    return absl::OkStatus();
  }

 private:
  // The places from the root to a parameter.
  using Path = std::vector<int>;

  int ShapeOf(const Path& path) const { return places_[path.back()].shape; }

  bool HaveOneShape(absl::Span<const Path> paths) const {
    return std::all_of(paths.begin(), paths.end(), [&](const Path& path) {
      return ShapeOf(path) == ShapeOf(paths[0]);
    });
  }

  // Whether no two paths of different shape can be active together. All share
  // their first `depth` places.
  bool AreExclusive(absl::Span<const Path> paths, size_t depth) const {
    if (HaveOneShape(paths)) return true;
    std::map<int, std::vector<Path>> branches;
    for (const Path& path : paths) {
      // An ancestor is active whenever its descendant is.
      if (path.size() == depth) return false;
      branches[path[depth]].push_back(path);
    }
    // Branches by the parent's value they are active under; all roots are
    // active.
    absl::flat_hash_map<int64_t, std::vector<int>> active_under;
    for (const auto& [place, members] : branches) {
      if (!AreExclusive(members, depth + 1)) return false;
      std::set<int> rivals;
      std::vector<int64_t> values = places_[place].values;
      if (places_[place].parent < 0) values = {0};
      for (const int64_t value : values) {
        std::vector<int>& others = active_under[value];
        rivals.insert(others.begin(), others.end());
        others.push_back(place);
      }
      for (const int rival : rivals) {
        if (!AreExclusive(members, branches[rival])) return false;
      }
    }
    return true;
  }

  bool AreExclusive(absl::Span<const Path> some,
                    absl::Span<const Path> others) const {
    for (const Path& a : some) {
      for (const Path& b : others) {
        if (ShapeOf(a) != ShapeOf(b) && !AreExclusivePaths(a, b)) return false;
      }
    }
    return true;
  }

  // Whether the two want different values of one dimension.
  bool AreExclusivePaths(const Path& a, const Path& b) const {
    for (size_t i = 1; i < a.size(); ++i) {
      for (size_t j = 1; j < b.size(); ++j) {
        if (places_[a[i - 1]].shape == places_[b[j - 1]].shape &&
            AreDisjoint(places_[a[i]].values, places_[b[j]].values)) {
          return true;
        }
      }
    }
    return false;
  }

  static bool AreDisjoint(const std::vector<int64_t>& a,
                          const std::vector<int64_t>& b) {
    std::vector<int64_t> common;
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(),
                          std::back_inserter(common));
    return common.empty();
  }

  const std::vector<Place>& places_;
};

// What activates one shape.
struct Activation {
  bool always = false;
  // Parent shape -> its values.
  std::map<int, std::set<int64_t>> parents;
};

// All shapes, parents before children, otherwise as they were numbered.
std::vector<int> SortShapes(const std::vector<Activation>& activations) {
  const int count = static_cast<int>(activations.size());
  std::vector<std::vector<int>> children(count);
  std::vector<size_t> waits_for(count);
  std::priority_queue<int, std::vector<int>, std::greater<>> ready;
  for (int shape = 0; shape < count; ++shape) {
    waits_for[shape] = activations[shape].parents.size();
    if (waits_for[shape] == 0) ready.push(shape);
    for (const auto& [parent, values] : activations[shape].parents) {
      children[parent].push_back(shape);
    }
  }
  std::vector<int> order;
  while (!ready.empty()) {
    const int shape = ready.top();
    ready.pop();
    order.push_back(shape);
    for (const int child : children[shape]) {
      if (--waits_for[child] == 0) ready.push(child);
    }
  }
  return order;
}

}  // namespace

absl::StatusOr<std::vector<std::pair<Dimension, Domain>>> MergeSpecs(
    const SearchSpace::ParameterSpecs& specs) {
  std::vector<Place> places;
  for (const Spec& spec : specs) {
    RETURN_IF_ERROR(AddPlaces(spec, -1, {}, places));
  }
  FindShapes(places);
  RETURN_IF_ERROR(NameChecker(places).Check());

  std::vector<Activation> activations;
  std::vector<Domain*> domains;
  for (Place& place : places) {
    if (place.shape == static_cast<int>(activations.size())) {
      activations.emplace_back();
      domains.push_back(&place.domain);
    }
    Activation& activation = activations[place.shape];
    if (place.parent < 0) {
      activation.always = true;
    } else {
      activation.parents[places[place.parent].shape].insert(
          place.values.begin(), place.values.end());
    }
  }

  std::vector<int> dimension_of(activations.size());
  std::vector<std::pair<Dimension, Domain>> merged;
  for (const int shape : SortShapes(activations)) {
    dimension_of[shape] = static_cast<int>(merged.size());
    Domain& domain = *domains[shape];
    Dimension dimension = {
        domain.kind(), domain.cardinality(), {}, domain.default_coordinate()};
    if (!activations[shape].always) {
      for (const auto& [parent, values] : activations[shape].parents) {
        dimension.conditions.push_back(
            {dimension_of[parent], {values.begin(), values.end()}});
      }
    }
    merged.emplace_back(std::move(dimension), std::move(domain));
  }
  return merged;
}

}  // namespace apogee
