#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace apogee {

// A parameter and its value as people write them: a finite number, or a word.
struct NamedValue {
  std::string name;
  std::variant<double, std::string> value;
};

// A point of any search space. Inactive parameters are absent; the order says
// nothing.
using NamedPoint = std::vector<NamedValue>;

// What is known of a study beside its trials. Of the metadata, the order says
// nothing.
struct StudyText {
  std::string metric;
  bool maximize = true;
  std::vector<std::pair<std::string, std::string>> metadata;
};

// A finished trial.
struct NamedTrial {
  NamedPoint point;
  // Empty when the trial is infeasible.
  std::optional<double> value;
};

struct NamedStudy {
  StudyText text;
  std::vector<NamedTrial> trials;
};

// The quantiles of a prediction.
inline constexpr std::array<double, 7> kQuantiles = {.05, .16, .25, .5,
                                                     .75, .84, .95};
// Those of the standard normal distribution.
inline constexpr std::array<double, 7> kNormalQuantiles = {
    -1.6448536, -.9944579, -.6744898, 0, .6744898, .9944579, 1.6448536};

// What a trial at a point would measure.
struct Prediction {
  // At kQuantiles, rising, in units of the metric; given that it is feasible.
  std::array<double, 7> quantiles;
  double p_feasible;

  double Median() const { return quantiles[3]; }
};

// Predicts the trials of any study. Thread-safe.
class Regressor {
 public:
  virtual ~Regressor() = default;

  // One prediction per query, made from the finished trials of the study.
  virtual absl::StatusOr<std::vector<Prediction>> Predict(
      const StudyText& study, absl::Span<const NamedTrial> finished,
      absl::Span<const NamedPoint> queries) const = 0;

  // False while it is known that Predict would fail.
  virtual bool IsAvailable() const { return true; }
};

// A model of this process, trained on many studies. Immutable.
class TrainedRegressor : public Regressor {
 public:
  // The weights; `Load` of the same class takes them back.
  virtual std::string Serialize() const = 0;
};

// That names are unique and that numbers are finite.
absl::Status CheckPoint(const NamedPoint& point);
absl::Status CheckStudy(const NamedStudy& study);

// How large the network of a regressor is. `width` is a multiple of `heads`.
struct NetworkShape {
  int layers;
  int width = 128;
  int heads = 4;
  int hidden = 256;
  // Of the table in which pieces of words are looked up by their hash.
  int buckets = 8192;
  int piece_width = 64;
};

}  // namespace apogee
