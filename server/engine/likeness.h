#pragma once

#include <set>
#include <string>

#include "algorithms/regressor/regressor.h"

namespace apogee {

// How much two studies have in common by the names of their parameters, their
// metrics and their metadata: from 0, nothing, to 2.
double Likeness(const std::set<std::string>& parameters, const StudyText& text,
                const std::set<std::string>& other_parameters,
                const StudyText& other);

}  // namespace apogee
