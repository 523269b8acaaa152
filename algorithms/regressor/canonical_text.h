#pragma once

#include <string>

#include "algorithms/regressor/regressor.h"

namespace apogee {

// A study and a point in one line, the same for all ways to order them; JSON
// with sorted names and numbers of 6 significant digits:
//   {"metric":"loss","goal":"minimize","metadata":{"user":"ann"},
//    "parameters":{"lr":0.001,"optimizer":"adam"}}
std::string CanonicalText(const StudyText& study, const NamedPoint& point);

// The same with the outcome as its tokens (number_code.h) at the end:
//   ...,"value":"<+><E-1><9><3><0><0>"}   or   "value":"<INFEASIBLE>"
std::string CanonicalText(const StudyText& study, const NamedTrial& trial);

}  // namespace apogee
