#include "tests/conformance/test_spaces.h"

#include <cstdint>

#include "absl/strings/str_cat.h"

namespace apogee {
namespace {

// A chain of integers, each active under a value of the one above.
ParameterSpecs DeepSpace(int depth) {
  ParameterSpecs specs;
  auto* level = specs.Add();
  for (int i = 0; i < depth; ++i) {
    level->set_parameter_id(absl::StrCat("level", i));
    level->mutable_integer_value_spec()->set_max_value(2);
    if (i == depth - 1) break;
    auto* child = level->add_conditional_parameter_specs();
    child->mutable_parent_int_values()->add_values(0);
    child->mutable_parent_int_values()->add_values(2);
    level = child->mutable_parameter_spec();
  }
  return specs;
}

}  // namespace

ParameterSpecs WideSpace(int parameters) {
  ParameterSpecs specs;
  for (int i = 0; i < parameters; ++i) {
    auto& spec = *specs.Add();
    spec.set_parameter_id(absl::StrCat("p", i));
    if (i % 2 == 0) {
      spec.mutable_double_value_spec()->set_max_value(1);
    } else {
      spec.mutable_integer_value_spec()->set_max_value(i);
    }
  }
  return specs;
}

const std::vector<TestSpace>& TestSpaces() {
  static const auto& spaces = *[] {
    auto* result = new std::vector<TestSpace>{
        {"nothing", {}},
        {"flat", ParseSpecs(R"pb(
           parameters {
             parameter_id: "lr"
             scale_type: UNIT_LOG_SCALE
             double_value_spec { min_value: 1e-5 max_value: 0.1 }
           }
           parameters {
             parameter_id: "layers"
             integer_value_spec { min_value: 1 max_value: 8 }
           }
           parameters {
             parameter_id: "rate"
             discrete_value_spec { values: 0 values: 0.1 values: 0.5 }
           }
           parameters {
             parameter_id: "act"
             categorical_value_spec { values: "relu" values: "tanh" }
           })pb")},
        {"single values", ParseSpecs(R"pb(
           parameters {
             parameter_id: "x"
             scale_type: UNIT_LOG_SCALE
             double_value_spec { min_value: 2 max_value: 2 }
           }
           parameters {
             parameter_id: "n"
             integer_value_spec { min_value: -3 max_value: -3 }
           }
           parameters {
             parameter_id: "c"
             categorical_value_spec { values: "only" }
           })pb")},
        {"several parents", ParseSpecs(R"pb(
           parameters {
             parameter_id: "a"
             categorical_value_spec { values: "x" values: "y" }
             conditional_parameter_specs {
               parent_categorical_values { values: "y" }
               parameter_spec {
                 parameter_id: "c"
                 integer_value_spec { max_value: 4 }
               }
             }
           }
           parameters {
             parameter_id: "b"
             discrete_value_spec { values: 1 values: 2 }
             conditional_parameter_specs {
               parent_discrete_values { values: 1 }
               parameter_spec {
                 parameter_id: "c"
                 integer_value_spec { max_value: 4 }
               }
             }
           })pb")},
        {"deep", DeepSpace(32)},
        {"200 dimensions", WideSpace(200)},
    };
    for (uint64_t seed = 0; seed < 40; ++seed) {
      result->push_back({absl::StrCat("random ", seed), RandomSpace(seed)});
    }
    return result;
  }();
  return spaces;
}

}  // namespace apogee
