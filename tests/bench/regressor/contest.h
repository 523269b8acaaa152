#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "algorithms/regressor/context_regressor.h"
#include "algorithms/regressor/report.h"
#include "algorithms/regressor/text_regressor.h"

namespace apogee {

// A predictor by the name that tables give it.
struct Contestant {
  std::string name;
  Predictor predict;
};

// The regressors, which must outlive the contestants, and what they are
// compared with. R1 is tuned in so many steps.
std::vector<Contestant> Contestants(const TextRegressor& text,
                                    const ContextRegressor& context,
                                    int tuning_steps);

// Prints the report on each contestant.
absl::Status PrintReports(const std::string& title,
                          absl::Span<const Contestant> contestants,
                          absl::Span<const NamedStudy> studies);

// How well the chance to be feasible tells the last trials of all studies
// apart: for R1 without trials, for R2 with 20.
struct FeasibilityQuality {
  double text;
  double context;
  // Of the trials.
  double infeasible;
};
absl::StatusOr<FeasibilityQuality> JudgeFeasibility(
    const TextRegressor& text, const ContextRegressor& context,
    absl::Span<const NamedStudy> studies);

}  // namespace apogee
