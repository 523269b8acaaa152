#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace apogee {

// Who says what points are worth a trial: the Gaussian process of the study,
// one with prior studies behind it, the regressors that read text (R1) and
// context (R2), and chance.
enum class Source { kProcess, kPriors, kText, kContext, kRandom };

// The note of a suggestion: who chose it, and what every source expected of it
// before anything was known.
struct GuidedMemo {
  // Shares of the results that are expected below each of the three values.
  static constexpr std::array<double, 3> kShares = {.16, .5, .84};

  struct Expected {
    Source source;
    // Of the objective, to be maximized, at kShares.
    std::array<double, 3> values;
  };

  // "priors 0.41; process 0.1 0.2 0.3; priors 0.2 0.3 0.4; @7"
  std::string ToText() const;
  // Nothing for any other text.
  static std::optional<GuidedMemo> Parse(absl::string_view text);

  Source chosen;
  // What the chosen source hoped for, as a label (label_scale.h).
  double hope = 0;
  std::vector<Expected> expected = {};
  // Of the regressors; empty when there are none.
  std::string version = {};
};

}  // namespace apogee
