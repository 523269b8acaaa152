#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "algorithms/regressor/context_network.h"
#include "algorithms/regressor/regressor.h"

namespace apogee {

// Reads the finished trials of a study beside the query and predicts from all
// of them at once; nothing is fitted. (After Nguyen et al., "Predicting from
// strings: language model embeddings for Bayesian optimization", 2024.)
class ContextRegressor : public TrainedRegressor {
 public:
  // Untrained.
  ContextRegressor(const NetworkShape& shape, uint64_t seed);
  static absl::StatusOr<ContextRegressor> Load(absl::string_view bytes);

  // At least one of the finished trials is feasible.
  absl::StatusOr<std::vector<Prediction>> Predict(
      const StudyText& study, absl::Span<const NamedTrial> finished,
      absl::Span<const NamedPoint> queries) const override;

  std::string Serialize() const override;

  ContextNetwork& network() { return network_; }

 private:
  ContextNetwork network_;
};

}  // namespace apogee
