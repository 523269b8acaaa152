#pragma once

#include <string>
#include <vector>

#include "tests/testing/random_space.h"

namespace apogee {

struct TestSpace {
  std::string name;
  ParameterSpecs specs;
};

// Flat, conditional, deep, wide, empty and random ones.
const std::vector<TestSpace>& TestSpaces();

// So many doubles and integers in turns.
ParameterSpecs WideSpace(int parameters);

}  // namespace apogee
