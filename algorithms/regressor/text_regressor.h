#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "algorithms/regressor/regressor.h"
#include "algorithms/regressor/text_network.h"

namespace apogee {

// Reads the names and values of one trial and says what it measures, as a
// number in the metric's own unit. Needs no trial of the study at hand; Tuned
// makes it learn from those there are. (After Song et al., "OmniPred: language
// models as universal regressors", 2024.)
class TextRegressor : public TrainedRegressor {
 public:
  // Untrained.
  TextRegressor(const NetworkShape& shape, uint64_t seed);
  static absl::StatusOr<TextRegressor> Load(absl::string_view bytes);

  // `finished` is not looked at: Tuned knows them.
  absl::StatusOr<std::vector<Prediction>> Predict(
      const StudyText& study, absl::Span<const NamedTrial> finished,
      absl::Span<const NamedPoint> queries) const override;

  // A copy that has learned from these trials of the study in `steps` steps.
  // Infeasible ones count, too.
  absl::StatusOr<TextRegressor> Tuned(const StudyText& study,
                                      absl::Span<const NamedTrial> finished,
                                      int steps, uint64_t seed) const;

  std::string Serialize() const override;

  TextNetwork& network() { return network_; }

 private:
  TextNetwork network_;
};

}  // namespace apogee
