#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace apogee {

// `text` as an error shows it: in quotes, escaped to valid UTF-8 without
// control characters, cut when long.
std::string Quoted(absl::string_view text);

// The fewest digits that read back as the same double: "0.1", "1e-05", "inf".
std::string NumberText(double value);

}  // namespace apogee
