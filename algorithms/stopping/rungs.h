#pragma once

#include <cstdint>

#include "algorithms/stopping/stopper.h"

namespace apogee {

// Successive halving without waiting. Rungs are at first, first * eta,
// first * eta^2, ... steps. At the highest rung that a trial has reached it is
// compared with all trials that have reached it, running ones included, by the
// best values on reaching it, and goes on while it is among the best 1/eta of
// them, rounded up. A trial is judged anew as others come to its rung.
StopDecision JudgeAtRung(const Curve& trial, Curves others, int64_t first,
                         const StopperOptions& options);

}  // namespace apogee
