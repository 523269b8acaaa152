#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "algorithms/algorithm.h"

namespace apogee {

// A search method whose points follow from the seed and the ordinal alone,
// whatever has been observed.
class OrdinalAlgorithm : public Algorithm {
 public:
  absl::Status Observe(absl::Span<const Observation> /*finished*/) final {
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<Suggestion>> Suggest(const Ask& ask) const final {
    std::vector<Suggestion> suggestions;
    for (int i = 0; i < ask.count; ++i) {
      std::optional<Point> point = PointAt(ask.ordinal + i, ask.rng);
      if (!point.has_value()) break;
      suggestions.push_back({*std::move(point), ""});
    }
    return suggestions;
  }

 private:
  // The point with this ordinal, or nothing when the space is spent.
  virtual std::optional<Point> PointAt(int64_t ordinal,
                                       const Rng& rng) const = 0;
};

}  // namespace apogee
