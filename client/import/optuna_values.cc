#include "client/import/optuna_values.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <set>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "nlohmann/json.hpp"
#include "proto/print.h"

namespace apogee {
namespace {

using Json = nlohmann::json;
using Kind = OptunaDistribution::Kind;
using Spec = vizier::StudySpec::ParameterSpec;
using google::protobuf::Value;

// A range of more steps than this is taken over without them.
constexpr int kMaxSteps = 10'000;
// Up to here a double holds every integer.
constexpr double kMaxInteger = int64_t{1} << 53;

absl::Status Wrong(absl::string_view what) {
  return absl::InvalidArgumentError(what);
}

Json Parse(absl::string_view text) {
  return Json::parse(text.begin(), text.end(), /*cb=*/nullptr,
                     /*allow_exceptions=*/false);
}

absl::StatusOr<OptunaChoice> ParseChoice(const Json& json) {
  using Choice = OptunaChoice;
  switch (json.type()) {
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return Choice{Choice::Kind::kInteger, json.get<double>(), json.dump()};
    case Json::value_t::number_float:
      return Choice{Choice::Kind::kFloat, json.get<double>(), json.dump()};
    case Json::value_t::boolean:
      return Choice{Choice::Kind::kBool, 0,
                    json.get<bool>() ? "True" : "False"};
    case Json::value_t::string:
      return Choice{Choice::Kind::kText, 0, json.get<std::string>()};
    case Json::value_t::null:
      return Choice{Choice::Kind::kNone, 0, "None"};
    default:
      return Wrong("its choices are not all numbers or texts");
  }
}

// attributes[key], or an error unless it is a finite number.
absl::StatusOr<double> Number(const Json& attributes, const char* key) {
  const auto found = attributes.find(key);
  if (found == attributes.end() || !found->is_number() ||
      !std::isfinite(found->get<double>())) {
    return Wrong(absl::StrCat("its distribution has no number ", Quoted(key)));
  }
  return found->get<double>();
}

absl::StatusOr<OptunaDistribution> ParseRange(const Json& attributes,
                                              Kind kind) {
  OptunaDistribution range{.kind = kind};
  ASSIGN_OR_RETURN(range.low, Number(attributes, "low"));
  ASSIGN_OR_RETURN(range.high, Number(attributes, "high"));
  const auto step = attributes.find("step");
  if (step != attributes.end() && !step->is_null()) {
    ASSIGN_OR_RETURN(range.step, Number(attributes, "step"));
  }
  const auto log = attributes.find("log");
  range.log = log != attributes.end() && log->is_boolean() && log->get<bool>();
  const double largest = std::max(std::abs(range.low), std::abs(range.high));
  if (range.low > range.high || range.step < 0 ||
      (kind == Kind::kInt && largest > kMaxInteger)) {
    return Wrong(absl::StrCat("its range from ", NumberText(range.low), " to ",
                              NumberText(range.high), " in steps of ",
                              NumberText(range.step), " can not be kept"));
  }
  if (kind == Kind::kInt && range.step == 1) range.step = 0;
  return range;
}

absl::StatusOr<OptunaDistribution> ParseChoices(const Json& attributes) {
  OptunaDistribution distribution{.kind = Kind::kCategorical};
  const auto choices = attributes.find("choices");
  if (choices == attributes.end() || !choices->is_array() || choices->empty()) {
    return Wrong("its distribution has no choices");
  }
  for (const Json& json : *choices) {
    ASSIGN_OR_RETURN(OptunaChoice choice, ParseChoice(json));
    distribution.choices.push_back(std::move(choice));
  }
  return distribution;
}

Value NumberValue(double number) {
  Value value;
  value.set_number_value(number);
  return value;
}

Value TextValue(const std::string& text) {
  Value value;
  value.set_string_value(text);
  return value;
}

// Whether both are ranges in the same steps from the same grid.
bool SameGrid(const OptunaDistribution& a, const OptunaDistribution& b) {
  if (a.step != b.step) return false;
  if (a.step == 0) return true;
  const double steps = (a.low - b.low) / a.step;
  return std::abs(steps - std::round(steps)) < 1e-6;
}

}  // namespace

absl::StatusOr<OptunaDistribution> ParseOptunaDistribution(
    absl::string_view json) {
  const Json document = Parse(json);
  if (!document.is_object()) {
    return Wrong(
        absl::StrCat("its distribution ", Quoted(json), " does not parse"));
  }
  const auto name = document.find("name");
  const auto attributes = document.find("attributes");
  if (name == document.end() || attributes == document.end() ||
      !attributes->is_object()) {
    return Wrong(absl::StrCat("its distribution ", Quoted(json),
                              " has no name and attributes"));
  }
  if (*name == "FloatDistribution") {
    return ParseRange(*attributes, Kind::kFloat);
  }
  if (*name == "IntDistribution") return ParseRange(*attributes, Kind::kInt);
  if (*name == "CategoricalDistribution") return ParseChoices(*attributes);
  return Wrong(
      absl::StrCat("its distribution ", Quoted(json), " is of unknown kind"));
}

absl::StatusOr<absl::Time> ParseOptunaTime(absl::string_view text,
                                           absl::TimeZone zone) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime("%Y-%m-%d %H:%M:%E*S", text, zone, &time, &error) ||
      time == absl::InfiniteFuture() || time == absl::InfinitePast()) {
    return Wrong(absl::StrCat("time ", Quoted(text), " does not parse"));
  }
  return time;
}

absl::Status OptunaParameter::Widen(const OptunaDistribution& other) {
  if (other.kind != domain_.kind || other.log != domain_.log ||
      other.choices != domain_.choices) {
    return Wrong(
        "its trials chose it from distributions of different kinds, scales or "
        "choices");
  }
  if (!SameGrid(domain_, other)) {
    domain_.step = 0;
    steps_differ_ = true;
  }
  domain_.low = std::min(domain_.low, other.low);
  domain_.high = std::max(domain_.high, other.high);
  return absl::OkStatus();
}

bool OptunaParameter::ChoicesAreNumbers() const {
  std::set<double> numbers;
  for (const OptunaChoice& choice : domain_.choices) {
    if (!choice.IsNumber() || !std::isfinite(choice.number) ||
        std::abs(choice.number) > kMaxInteger ||
        !numbers.insert(choice.number).second) {
      return false;
    }
  }
  return true;
}

bool OptunaParameter::ChoicesAreBools() const {
  return std::all_of(domain_.choices.begin(), domain_.choices.end(),
                     [](const OptunaChoice& choice) {
                       return choice.kind == OptunaChoice::Kind::kBool;
                     });
}

std::vector<double> OptunaParameter::Steps() const {
  const double last =
      std::floor((domain_.high - domain_.low) / domain_.step + 1e-9);
  if (!(last < kMaxSteps)) return {};
  std::vector<double> values;
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    // As Optuna computes them.
    values.push_back(std::min(i * domain_.step + domain_.low, domain_.high));
  }
  return values;
}

absl::StatusOr<Spec> OptunaParameter::ToSpec(absl::string_view name,
                                             std::string& loss) const {
  Spec spec;
  spec.set_parameter_id(std::string(name));
  if (domain_.log) spec.set_scale_type(Spec::UNIT_LOG_SCALE);
  if (domain_.kind == Kind::kCategorical) {
    if (ChoicesAreNumbers()) {
      bool integers = true;
      auto& values = *spec.mutable_discrete_value_spec()->mutable_values();
      for (const OptunaChoice& choice : domain_.choices) {
        integers &= choice.kind == OptunaChoice::Kind::kInteger;
        values.Add(choice.number);
      }
      std::sort(values.begin(), values.end());
      spec.set_external_type(integers ? Spec::AS_INTEGER : Spec::AS_FLOAT);
      return spec;
    }
    std::set<std::string> texts;
    auto& values = *spec.mutable_categorical_value_spec();
    for (const OptunaChoice& choice : domain_.choices) {
      if (!texts.insert(choice.text).second) {
        return Wrong(absl::StrCat("two of its choices are ",
                                  Quoted(choice.text), " as texts"));
      }
      values.add_values(choice.text);
    }
    if (ChoicesAreBools()) spec.set_external_type(Spec::AS_BOOLEAN);
    return spec;
  }
  const std::vector<double> steps =
      domain_.step > 0 ? Steps() : std::vector<double>();
  if (!steps.empty()) {
    spec.mutable_discrete_value_spec()->mutable_values()->Assign(steps.begin(),
                                                                 steps.end());
    spec.set_external_type(domain_.kind == Kind::kInt ? Spec::AS_INTEGER
                                                      : Spec::AS_FLOAT);
    return spec;
  }
  if (domain_.step > 0) {
    loss = absl::StrCat("parameter ", Quoted(name), " loses its steps of ",
                        NumberText(domain_.step), ": there are more than ",
                        kMaxSteps);
  } else if (steps_differ_) {
    loss = absl::StrCat("parameter ", Quoted(name),
                        " loses its steps: they differ between trials");
  }
  if (domain_.kind == Kind::kInt) {
    auto& range = *spec.mutable_integer_value_spec();
    range.set_min_value(static_cast<int64_t>(domain_.low));
    range.set_max_value(static_cast<int64_t>(domain_.high));
  } else {
    spec.mutable_double_value_spec()->set_min_value(domain_.low);
    spec.mutable_double_value_spec()->set_max_value(domain_.high);
  }
  return spec;
}

Value OptunaParameter::ChoiceValue(const OptunaChoice& choice) const {
  return ChoicesAreNumbers() ? NumberValue(choice.number)
                             : TextValue(choice.text);
}

absl::StatusOr<Value> OptunaParameter::ToValue(double internal) const {
  if (domain_.kind != Kind::kCategorical) return NumberValue(internal);
  if (!(internal >= 0 &&
        internal < static_cast<double>(domain_.choices.size()))) {
    return Wrong(absl::StrCat("it has no choice ", NumberText(internal)));
  }
  return ChoiceValue(domain_.choices[static_cast<size_t>(internal)]);
}

absl::StatusOr<Value> OptunaParameter::ParseValue(
    absl::string_view json) const {
  const Json document = Parse(json);
  if (document.is_discarded()) {
    return Wrong(absl::StrCat("value ", Quoted(json), " does not parse"));
  }
  ASSIGN_OR_RETURN(const OptunaChoice value, ParseChoice(document));
  if (domain_.kind != Kind::kCategorical) {
    if (value.IsNumber()) return NumberValue(value.number);
  } else if (std::find(domain_.choices.begin(), domain_.choices.end(), value) !=
             domain_.choices.end()) {
    return ChoiceValue(value);
  }
  return Wrong(absl::StrCat("value ", Quoted(json), " is not one of it"));
}

}  // namespace apogee
