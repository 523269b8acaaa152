#include "algorithms/layer_space.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/nearest.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

using google::protobuf::Value;

// Sets of dimensions that grow together.
class Partition {
 public:
  explicit Partition(int size) : parent_(size) {
    std::iota(parent_.begin(), parent_.end(), 0);
  }

  // The lowest member of the set of `i`.
  int Find(int i) const {
    while (parent_[i] != i) i = parent_[i];
    return i;
  }

  void Join(int a, int b) {
    a = Find(a);
    b = Find(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<int> parent_;
};

absl::Status LayoutError(absl::string_view option, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("option \"", option, "\" ", what));
}

// The names in a list of them.
absl::StatusOr<std::vector<std::string>> Names(const SearchSpace& space,
                                               absl::string_view option,
                                               const Value& list) {
  std::vector<std::string> known;
  known.reserve(space.size());
  for (int i = 0; i < space.size(); ++i) known.push_back(space.name(i));
  if (list.kind_case() != Value::kListValue) {
    return LayoutError(option, "must name parameters in a list");
  }
  std::vector<std::string> names;
  for (const Value& value : list.list_value().values()) {
    if (space.Find(value.string_value()).empty()) {
      return LayoutError(option,
                         absl::StrCat("names \"", value.string_value(),
                                      "\", which is not a parameter",
                                      DidYouMean(value.string_value(), known)));
    }
    names.push_back(value.string_value());
  }
  return names;
}

absl::Status JoinGroups(const SearchSpace& space, const Value& groups,
                        Partition& partition) {
  if (IsNull(groups)) return absl::OkStatus();
  if (groups.kind_case() != Value::kListValue) {
    return LayoutError("groups", "must be a list of lists of parameter names");
  }
  absl::flat_hash_set<std::string> grouped;
  for (const Value& group : groups.list_value().values()) {
    ASSIGN_OR_RETURN(const std::vector<std::string> names,
                     Names(space, "groups", group));
    for (const std::string& name : names) {
      if (!grouped.insert(name).second) {
        return LayoutError(
            "groups", absl::StrCat("names parameter \"", name, "\" twice"));
      }
      for (const int i : space.Find(name)) {
        partition.Join(space.Find(names.front()).front(), i);
      }
    }
  }
  return absl::OkStatus();
}

// Place of the level nearest to a coordinate.
int Nearest(const std::vector<double>& levels, double coordinate) {
  const auto above = std::lower_bound(levels.begin(), levels.end(), coordinate);
  if (above == levels.begin()) return 0;
  const auto place = static_cast<int>(above - levels.begin());
  if (above == levels.end()) return place - 1;
  return coordinate - levels[place - 1] <= levels[place] - coordinate
             ? place - 1
             : place;
}

}  // namespace

absl::StatusOr<LayerSpace> LayerSpace::Create(const SearchSpace* space,
                                              const Layout& layout) {
  LayerSpace layers(space);
  layers.SetLevels(layout.levels);
  RETURN_IF_ERROR(layers.SetLayers(layout));
  for (Layer& layer : layers.layers_) {
    RETURN_IF_ERROR(layers.SetOptions(layer));
    layers.moves_ += static_cast<int>(layer.options.size()) - 1;
    // Unless levels are too coarse for it, the default below replaces this.
    layers.reference_.push_back(static_cast<char>(layer.options.size() / 2));
  }
  if (auto reference = layers.Encode(space->DefaultPoint())) {
    layers.reference_ = *std::move(reference);
  }
  return layers;
}

std::vector<int> LayerSpace::OptionCounts() const {
  std::vector<int> counts;
  counts.reserve(layers_.size());
  for (int l = 0; l < size(); ++l) counts.push_back(options(l));
  return counts;
}

void LayerSpace::SetLevels(int levels) {
  for (int i = 0; i < space_->size(); ++i) {
    const Dimension& dimension = space_->dimension(i);
    const bool is_double = dimension.kind == Dimension::Kind::kDouble;
    std::vector<double>& coordinates = levels_.emplace_back();
    if (dimension.IsCategorical() ||
        (!is_double && dimension.cardinality <= kMaxOptions)) {
      for (int64_t value = 0; value < dimension.cardinality; ++value) {
        coordinates.push_back(space_->CoordinateOf(i, value));
      }
      continue;
    }
    for (int level = 0; level < levels; ++level) {
      const double place = levels == 1 ? 0.5 : level / (levels - 1.0);
      coordinates.push_back(
          is_double ? space_->Quantile(i, place)
                    : space_->CoordinateOf(i, space_->ValueIndexOf(i, place)));
    }
    coordinates.erase(std::unique(coordinates.begin(), coordinates.end()),
                      coordinates.end());
  }
}

absl::Status LayerSpace::SetLayers(const Layout& layout) {
  Partition partition(space_->size());
  for (int i = 0; i < space_->size(); ++i) {
    for (const auto& condition : space_->dimension(i).conditions) {
      partition.Join(i, condition.parent);
    }
  }
  RETURN_IF_ERROR(JoinGroups(*space_, layout.groups, partition));
  // The first dimension of each layer, in the order of the layers.
  std::vector<int> firsts;
  if (!IsNull(layout.order)) {
    ASSIGN_OR_RETURN(const std::vector<std::string> names,
                     Names(*space_, "order", layout.order));
    for (const std::string& name : names) {
      firsts.push_back(partition.Find(space_->Find(name).front()));
    }
  }
  for (int i = 0; i < space_->size(); ++i) firsts.push_back(partition.Find(i));
  absl::flat_hash_map<int, int> layer_of;
  for (const int first : firsts) {
    if (layer_of.emplace(first, size()).second) layers_.emplace_back();
  }
  for (int i = 0; i < space_->size(); ++i) {
    layers_[layer_of[partition.Find(i)]].dimensions.push_back(i);
  }
  return absl::OkStatus();
}

// Goes through the values of the dimensions like an odometer whose last wheel
// turns fastest; inactive wheels stand still.
absl::Status LayerSpace::SetOptions(Layer& layer) {
  const int wheels = static_cast<int>(layer.dimensions.size());
  std::vector<size_t> place(wheels);
  Point point(space_->size(), kInactive);
  for (int wheel = 0; wheel >= 0;) {
    for (; wheel < wheels; ++wheel) {
      const int i = layer.dimensions[wheel];
      point[i] =
          space_->IsActiveIn(point, i) ? levels_[i][place[wheel]] : kInactive;
    }
    if (layer.options.size() == kMaxOptions) {
      return absl::InvalidArgumentError(absl::StrCat(
          "parameter \"", space_->name(layer.dimensions[0]), "\"",
          wheels == 1 ? " has"
                      : " and those conditioned on it or grouped with it have",
          " more than ", kMaxOptions,
          " values together, too many for one layer: group fewer, give them "
          "fewer values or lower the option double_levels"));
    }
    layer.index.emplace(Key(layer, point), layer.options.size());
    std::vector<double>& option = layer.options.emplace_back();
    for (const int i : layer.dimensions) option.push_back(point[i]);
    for (wheel = wheels - 1; wheel >= 0; --wheel) {
      const int i = layer.dimensions[wheel];
      if (IsActive(point[i]) && ++place[wheel] < levels_[i].size()) break;
      place[wheel] = 0;
    }
  }
  return absl::OkStatus();
}

std::u16string LayerSpace::Key(const Layer& layer, const Point& point) const {
  std::u16string key;
  for (const int i : layer.dimensions) {
    key.push_back(static_cast<char16_t>(
        IsActive(point[i]) ? 1 + Nearest(levels_[i], point[i]) : 0));
  }
  return key;
}

std::optional<Architecture> LayerSpace::Encode(const Point& point) const {
  Architecture architecture;
  for (const Layer& layer : layers_) {
    const auto it = layer.index.find(Key(layer, point));
    if (it == layer.index.end()) return std::nullopt;
    architecture.push_back(static_cast<char>(it->second));
  }
  return architecture;
}

Point LayerSpace::Decode(const Architecture& architecture) const {
  Point point(space_->size(), kInactive);
  for (int l = 0; l < size(); ++l) {
    const Layer& layer = layers_[l];
    const std::vector<double>& option =
        layer.options[OptionOf(architecture, l)];
    for (size_t i = 0; i < option.size(); ++i) {
      point[layer.dimensions[i]] = option[i];
    }
  }
  space_->Normalize(point);
  return point;
}

}  // namespace apogee
