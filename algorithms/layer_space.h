#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "algorithms/architecture.h"
#include "algorithms/space/search_space.h"
#include "google/protobuf/struct.pb.h"

namespace apogee {

// Whether a JSON option was left out.
inline bool IsNull(const google::protobuf::Value& value) {
  return value.kind_case() == google::protobuf::Value::KIND_NOT_SET ||
         value.kind_case() == google::protobuf::Value::kNullValue;
}

// A search space as layers, each with a finite list of options that may be
// combined freely. Immutable.
//
// A parameter is a layer; conditional parameters belong to the layer of their
// parents, and parameters that are grouped share one. The options of a layer
// are the different values of its parameters together. Doubles, and numbers
// with more than kMaxOptions values, are cut into levels that lie evenly on
// their scale.
class LayerSpace {
 public:
  static constexpr int kMaxOptions = 256;

  struct Layout {
    // Levels of a double, 1 to kMaxOptions.
    int levels;
    // A list of lists of parameter names; null for none.
    google::protobuf::Value groups;
    // Names of parameters whose layers come first, in this order; null for
    // none.
    google::protobuf::Value order;
  };

  // `space` outlives the layers.
  // INVALID_ARGUMENT  a layer has too many options, or the layout is none
  static absl::StatusOr<LayerSpace> Create(const SearchSpace* space,
                                           const Layout& layout);

  int size() const { return static_cast<int>(layers_.size()); }
  int options(int layer) const {
    return static_cast<int>(layers_[layer].options.size());
  }
  // Those of each layer.
  std::vector<int> OptionCounts() const;
  // The ways to change an architecture in one layer.
  int moves() const { return moves_; }
  // The declared defaults; the middle where none is declared.
  const Architecture& reference() const { return reference_; }

  // The architecture nearest to a point; none if the nearest levels have other
  // conditional parameters.
  std::optional<Architecture> Encode(const Point& point) const;
  // A normalized point.
  Point Decode(const Architecture& architecture) const;

  // The dimensions of a layer, and their coordinates (some kInactive) under
  // one of its options.
  absl::Span<const int> dimensions(int layer) const {
    return layers_[layer].dimensions;
  }
  absl::Span<const double> coordinates(int layer, int option) const {
    return layers_[layer].options[option];
  }

 private:
  struct Layer {
    std::vector<int> dimensions;
    std::vector<std::vector<double>> options;
    // From the levels of the dimensions, as text.
    absl::flat_hash_map<std::u16string, int> index;
  };

  explicit LayerSpace(const SearchSpace* space) : space_(space) {}
  void SetLevels(int levels);
  absl::Status SetLayers(const Layout& layout);
  absl::Status SetOptions(Layer& layer);
  std::u16string Key(const Layer& layer, const Point& point) const;

  const SearchSpace* space_;
  // Coordinates of each dimension, rising.
  std::vector<std::vector<double>> levels_;
  std::vector<Layer> layers_;
  Architecture reference_;
  int moves_ = 0;
};

}  // namespace apogee
