#include "tests/testing/random_space.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using Spec = vizier::StudySpec::ParameterSpec;
using Conditional = Spec::ConditionalParameterSpec;

class Generator {
 public:
  Generator(uint64_t seed, bool small)
      : random_(Rng(seed).At(0)), small_(small) {}

  ParameterSpecs Generate() {
    ParameterSpecs specs;
    const int count = Int(0, small_ ? 3 : 6);
    for (int i = 0; i < count; ++i) *specs.Add() = MakeSpec(0);
    return specs;
  }

 private:
  int Int(int low, int high) {
    return low + static_cast<int>(random_.Below(high - low + 1));
  }
  bool Chance(double p) { return random_.Uniform() < p; }

  Spec MakeSpec(int depth) {
    Spec spec;
    spec.set_parameter_id(absl::StrCat("p", next_name_++));
    SetValues(spec);
    AddChildren(spec, depth);
    // What is complete may be declared again elsewhere.
    if (Chance(0.5)) finished_.push_back(spec);
    return spec;
  }

  void SetValues(Spec& spec) {
    switch (Int(0, 3)) {
      case 0:
        return SetDouble(spec);
      case 1:
        return SetInteger(spec);
      case 2:
        return SetDiscrete(spec);
      default:
        return SetCategorical(spec);
    }
  }

  // Returns whether the scale wants positive numbers.
  bool SetScale(Spec& spec) {
    spec.set_scale_type(static_cast<Spec::ScaleType>(Int(0, 3)));
    return spec.scale_type() >= Spec::UNIT_LOG_SCALE;
  }

  void SetDouble(Spec& spec) {
    const bool positive = SetScale(spec);
    const double min = positive ? std::pow(10, Int(-6, 2)) : Int(-100, 100);
    const double width = Chance(0.1) ? 0 : std::pow(10, Int(-3, 4));
    auto& range = *spec.mutable_double_value_spec();
    range.set_min_value(min);
    range.set_max_value(min + width);
    if (Chance(0.3)) {
      range.mutable_default_value()->set_value(
          std::min(min + width, min + width * random_.Uniform()));
    }
  }

  void SetInteger(Spec& spec) {
    const bool positive = SetScale(spec);
    const int64_t min = positive ? Int(1, 50) : Int(-50, 50);
    int64_t width = small_ ? Int(0, 3) : Int(0, 20);
    if (!small_ && Chance(0.2)) width = Int(1000, 1'000'000);
    auto& range = *spec.mutable_integer_value_spec();
    range.set_min_value(min);
    range.set_max_value(min + width);
    if (Chance(0.3)) {
      range.mutable_default_value()->set_value(
          min + static_cast<int64_t>(random_.Below(width + 1)));
    }
  }

  void SetDiscrete(Spec& spec) {
    const bool positive = SetScale(spec);
    auto& list = *spec.mutable_discrete_value_spec();
    double value = positive ? 0.01 : -3;
    const int count = Int(1, small_ ? 3 : 8);
    for (int i = 0; i < count; ++i) {
      value += 0.01 + random_.Uniform();
      list.add_values(value);
    }
    if (Chance(0.3)) {
      list.mutable_default_value()->set_value(list.values(Int(0, count - 1)));
    }
  }

  void SetCategorical(Spec& spec) {
    auto& list = *spec.mutable_categorical_value_spec();
    if (Chance(0.3)) {
      spec.set_external_type(Spec::AS_BOOLEAN);
      list.add_values("False");
      list.add_values("True");
      return;
    }
    const int count = Int(1, small_ ? 3 : 6);
    for (int i = 0; i < count; ++i) list.add_values(absl::StrCat("v", i));
    if (Chance(0.3)) {
      list.mutable_default_value()->set_value(list.values(Int(0, count - 1)));
    }
  }

  static int64_t CountValues(const Spec& spec) {
    switch (spec.parameter_value_spec_case()) {
      case Spec::kIntegerValueSpec:
        return spec.integer_value_spec().max_value() -
               spec.integer_value_spec().min_value() + 1;
      case Spec::kDiscreteValueSpec:
        return spec.discrete_value_spec().values_size();
      case Spec::kCategoricalValueSpec:
        return spec.categorical_value_spec().values_size();
      default:
        return 0;
    }
  }

  static void AddCondition(const Spec& parent, int64_t index,
                           Conditional& child) {
    if (parent.has_integer_value_spec()) {
      child.mutable_parent_int_values()->add_values(
          parent.integer_value_spec().min_value() + index);
    } else if (parent.has_discrete_value_spec()) {
      child.mutable_parent_discrete_values()->add_values(
          parent.discrete_value_spec().values(static_cast<int>(index)));
    } else {
      child.mutable_parent_categorical_values()->add_values(
          parent.categorical_value_spec().values(static_cast<int>(index)));
    }
  }

  void AddChildren(Spec& spec, int depth) {
    const int64_t values = CountValues(spec);
    if (values == 0 || depth >= 4 || !Chance(0.6)) return;
    const int count = Int(1, 2);
    for (int i = 0; i < count; ++i) {
      Spec child =
          !finished_.empty() && Chance(0.3)
              ? finished_[Int(0, static_cast<int>(finished_.size()) - 1)]
              : MakeSpec(depth + 1);
      Conditional& conditional = *spec.add_conditional_parameter_specs();
      *conditional.mutable_parameter_spec() = child;
      const int64_t first = static_cast<int64_t>(random_.Below(values));
      AddCondition(spec, first, conditional);
      if (values > 1 && Chance(0.5)) {
        AddCondition(spec, (first + 1) % values, conditional);
      }
    }
    if (values > 1 && Chance(0.4)) AddTwins(spec);
  }

  // One name, two domains, under different values.
  void AddTwins(Spec& spec) {
    const std::string name = absl::StrCat("p", next_name_++);
    for (int twin = 0; twin < 2; ++twin) {
      Conditional& conditional = *spec.add_conditional_parameter_specs();
      AddCondition(spec, twin, conditional);
      Spec& child = *conditional.mutable_parameter_spec();
      child.set_parameter_id(name);
      child.mutable_integer_value_spec()->set_max_value(1 + twin);
    }
  }

  RandomStream random_;
  const bool small_;
  int next_name_ = 0;
  std::vector<Spec> finished_;
};

bool IsFeasible(const Spec& spec, const google::protobuf::Value& value) {
  const double number = value.number_value();
  switch (spec.parameter_value_spec_case()) {
    case Spec::kDoubleValueSpec:
      return value.has_number_value() &&
             number >= spec.double_value_spec().min_value() &&
             number <= spec.double_value_spec().max_value();
    case Spec::kIntegerValueSpec: {
      const auto integer = static_cast<int64_t>(number);
      return value.has_number_value() &&
             static_cast<double>(integer) == number &&
             integer >= spec.integer_value_spec().min_value() &&
             integer <= spec.integer_value_spec().max_value();
    }
    case Spec::kDiscreteValueSpec: {
      const auto& values = spec.discrete_value_spec().values();
      return value.has_number_value() &&
             std::find(values.begin(), values.end(), number) != values.end();
    }
    default: {
      const auto& values = spec.categorical_value_spec().values();
      return value.has_string_value() &&
             std::find(values.begin(), values.end(), value.string_value()) !=
                 values.end();
    }
  }
}

bool Holds(const Conditional& condition, const google::protobuf::Value& value) {
  const auto contains = [](const auto& values, const auto& wanted) {
    return std::find(values.begin(), values.end(), wanted) != values.end();
  };
  return contains(condition.parent_int_values().values(),
                  value.number_value()) ||
         contains(condition.parent_discrete_values().values(),
                  value.number_value()) ||
         (value.has_string_value() &&
          contains(condition.parent_categorical_values().values(),
                   value.string_value()));
}

using Given = absl::flat_hash_map<std::string, const google::protobuf::Value*>;

absl::Status CheckSpec(const Spec& spec, const Given& given,
                       absl::flat_hash_set<std::string>& active) {
  const std::string& name = spec.parameter_id();
  active.insert(name);
  const auto it = given.find(name);
  if (it == given.end()) return absl::NotFoundError(name + " is missing");
  if (!IsFeasible(spec, *it->second)) {
    return absl::OutOfRangeError(
        absl::StrCat(name, " is infeasible: ", it->second->DebugString()));
  }
  for (const auto& child : spec.conditional_parameter_specs()) {
    if (!Holds(child, *it->second)) continue;
    RETURN_IF_ERROR(CheckSpec(child.parameter_spec(), given, active));
  }
  return absl::OkStatus();
}

}  // namespace

ParameterSpecs ParseSpecs(absl::string_view text) {
  return ParseProto<vizier::StudySpec>(text).parameters();
}

ParameterSpecs RandomSpace(uint64_t seed, bool small) {
  return Generator(seed, small).Generate();
}

absl::Status CheckParameters(const ParameterSpecs& specs,
                             const TrialParameters& parameters) {
  Given given;
  for (const auto& parameter : parameters) {
    if (!given.emplace(parameter.parameter_id(), &parameter.value()).second) {
      return absl::AlreadyExistsError(parameter.parameter_id());
    }
  }
  absl::flat_hash_set<std::string> active;
  for (const Spec& spec : specs) {
    RETURN_IF_ERROR(CheckSpec(spec, given, active));
  }
  for (const auto& [name, value] : given) {
    if (!active.contains(name)) {
      return absl::FailedPreconditionError(name + " is inactive or unknown");
    }
  }
  return absl::OkStatus();
}

}  // namespace apogee
