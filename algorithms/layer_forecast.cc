#include "algorithms/layer_forecast.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace apogee {
namespace {

// Values beyond this are as good as infinite, and their squares are not.
constexpr double kMost = 1e100;

}  // namespace

LayerForecast::LayerForecast(const LayerSpace& layers, std::vector<Goal> goals)
    : goals_(std::move(goals)), models_(goals_.size()) {
  for (size_t i = 0; i < goals_.size(); ++i) {
    if (goals_[i].threshold == -std::numeric_limits<double>::infinity()) {
      continue;
    }
    models_[i].emplace(layers.OptionCounts(), /*with_pairs=*/true,
                       /*first_fit=*/1);
  }
}

void LayerForecast::Add(const Architecture& architecture,
                        absl::Span<const double> metrics) {
  bool is_safe = true;
  for (size_t i = 0; i < goals_.size(); ++i) {
    is_safe = is_safe && goals_[i].IsKeptBy(metrics[i]);
  }
  for (size_t i = 0; i < models_.size(); ++i) {
    if (!models_[i].has_value()) continue;
    if (goals_[i].IsObjective() && !is_safe) continue;
    models_[i]->Add(architecture, std::clamp(metrics[i], -kMost, kMost));
  }
}

Outcome LayerForecast::Of(const Architecture& architecture) const {
  Observation expected;
  expected.metrics.reserve(models_.size());
  for (const auto& model : models_) {
    expected.metrics.push_back(
        model.has_value() ? model->effects().Of(architecture) : 0);
  }
  return Judge(goals_, expected);
}

}  // namespace apogee
