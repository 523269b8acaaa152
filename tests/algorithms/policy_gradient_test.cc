#include "tests/algorithms/algorithm_testing.h"
