#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace apogee {

// Who says what points are worth a trial: the Gaussian process of the study,
// one with prior studies behind it, the regressors that read text (R1) and
// context (R2), one in another process, the boosted trees of the study, and
// chance.
enum class Source {
  kProcess,
  kPriors,
  kText,
  kContext,
  kRemote,
  kTrees,
  kRandom
};

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

  // "process", "priors", ...
  static absl::string_view NameOf(Source source);

  // "priors 0.41; process 0.1 0.2 0.3; priors 0.2 0.3 0.4; @7 text: no answer"
  std::string ToText() const;
  // Nothing for any other text.
  static std::optional<GuidedMemo> Parse(absl::string_view text);
  // The same for people, in the units of the study:
  //   {"source": "priors", "hope": 0.41, "regressors": "7",
  //    "fallback": "text: no answer", "expected": {"process": [0.1, 0.2, 0.3]}}
  // `sign` is -1 where less of the objective is better.
  std::string ToJson(double sign) const;

  Source chosen;
  // What the chosen source hoped for, as a label (label_scale.h).
  double hope = 0;
  std::vector<Expected> expected = {};
  // Of the regressors; empty when there are none.
  std::string version = {};
  // What went wrong with it; empty if nothing did.
  std::string trouble = {};
};

}  // namespace apogee
