#include "server/engine/algorithm_catalog.h"

#include <variant>

#include "algorithms/default_algorithm.h"
#include "algorithms/registry.h"

namespace apogee {
namespace {

using Option = apogee::v1::AlgorithmInfo::Option;

// Fills in the type and the default of an option.
struct DescribeValue {
  Option& option;

  void operator()(bool value) const {
    option.set_type("bool");
    option.mutable_default_value()->set_bool_value(value);
  }
  void operator()(int64_t value) const {
    option.set_type("int");
    option.mutable_default_value()->set_number_value(
        static_cast<double>(value));
  }
  void operator()(double value) const {
    option.set_type("double");
    option.mutable_default_value()->set_number_value(value);
  }
  void operator()(const std::string& value) const {
    option.set_type("string");
    option.mutable_default_value()->set_string_value(value);
  }
  void operator()(const google::protobuf::Value& value) const {
    option.set_type("json");
    *option.mutable_default_value() = value;
  }
};

Option Describe(const OptionSpec& spec) {
  Option option;
  option.set_name(spec.name);
  std::visit(DescribeValue{option}, spec.default_value);
  if (option.type() == "int" || option.type() == "double") {
    option.set_min(spec.min);
    option.set_max(spec.max);
  }
  if (!spec.choices.empty()) option.set_type("choice");
  *option.mutable_choices() = {spec.choices.begin(), spec.choices.end()};
  option.set_description(spec.description);
  return option;
}

}  // namespace

apogee::v1::ListAlgorithmsResponse DescribeAlgorithms() {
  apogee::v1::ListAlgorithmsResponse response;
  apogee::v1::AlgorithmInfo& choice = *response.add_algorithms();
  const std::vector<std::string>& names = OpenChoiceNames();
  choice.set_name(names.front());
  *choice.mutable_aliases() = {names.begin() + 1, names.end()};
  choice.set_summary("Chooses one of the others when the study is created.");
  choice.set_description(OpenChoiceDescription());
  choice.set_several_objectives(true);
  choice.set_learns(true);
  for (const RegisteredAlgorithm& algorithm : Algorithms()) {
    apogee::v1::AlgorithmInfo& info = *response.add_algorithms();
    info.set_name(algorithm.name);
    info.set_summary(algorithm.info.summary);
    info.set_description(algorithm.info.description);
    info.set_several_objectives(algorithm.info.several_objectives);
    info.set_learns(algorithm.info.learns);
    for (const OptionSpec& spec : algorithm.info.options) {
      *info.add_options() = Describe(spec);
    }
  }
  return response;
}

}  // namespace apogee
