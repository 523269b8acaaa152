#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace apogee {

// The known name that `name` is most likely a misspelling of (smallest edit
// distance, letter case ignored), or "" when none is near.
std::string Nearest(absl::string_view name,
                    const std::vector<std::string>& known);

// "; did you mean "seed"?", or "" when no known name is near. Ends an error.
std::string DidYouMean(absl::string_view name,
                       const std::vector<std::string>& known);

}  // namespace apogee
