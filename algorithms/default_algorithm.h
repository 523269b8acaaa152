#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "algorithms/registry.h"

namespace apogee {

// Words that a study may have for its algorithm to leave the choice open, the
// usual one first.
const std::vector<std::string>& OpenChoiceNames();

// Whether `algorithm` is one of them, or empty.
bool IsOpenChoice(absl::string_view algorithm);

// The algorithm for a problem (whose options do not count) of which `trials`
// exist already. It never refuses the problem.
const RegisteredAlgorithm& ChooseAlgorithm(const Problem& problem,
                                           int64_t trials);

// How ChooseAlgorithm chooses, for people.
std::string OpenChoiceDescription();

}  // namespace apogee
