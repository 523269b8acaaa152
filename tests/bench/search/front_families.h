#pragma once

#include "tests/bench/search/families.h"

namespace apogee {

// The families of real functions with several objectives.
ProblemFamily ZdtFamily();
ProblemFamily DtlzFamily();
ProblemFamily WfgFamily();

}  // namespace apogee
