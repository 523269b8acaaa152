#include "algorithms/space/domain.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/nearest.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

using Spec = vizier::StudySpec::ParameterSpec;
using google::protobuf::Value;

// Two discrete values closer than this, relatively, are the same.
constexpr double kDiscreteTolerance = 1e-10;

double LinearToUnit(double lo, double hi, double x) {
  const double width = hi - lo;
  if (std::isfinite(width)) return (x - lo) / width;
  return (x / 2 - lo / 2) / (hi / 2 - lo / 2);
}

// Where x lies in [lo, hi], as a share of the scale.
double ToUnit(Spec::ScaleType scale, double lo, double hi, double x) {
  if (lo == hi) return 0.5;
  double u;
  switch (scale) {
    case Spec::UNIT_LOG_SCALE:
      u = LinearToUnit(std::log(lo), std::log(hi), std::log(x));
      break;
    case Spec::UNIT_REVERSE_LOG_SCALE:
      u = 1 - LinearToUnit(std::log(lo), std::log(hi), std::log(lo + (hi - x)));
      break;
    default:
      u = LinearToUnit(lo, hi, x);
  }
  return std::clamp(u, 0.0, 1.0);
}

double FromUnit(Spec::ScaleType scale, double lo, double hi, double u) {
  if (u <= 0) return lo;
  if (u >= 1) return hi;
  double x;
  switch (scale) {
    case Spec::UNIT_LOG_SCALE:
      x = std::exp(std::lerp(std::log(lo), std::log(hi), u));
      break;
    case Spec::UNIT_REVERSE_LOG_SCALE:
      x = lo + (hi - std::exp(std::lerp(std::log(lo), std::log(hi), 1 - u)));
      break;
    default:
      x = std::lerp(lo, hi, u);
  }
  return std::clamp(x, lo, hi);
}

Value NumberValue(double number) {
  Value value;
  value.set_number_value(number);
  return value;
}

// As people write it, without the noise of the last bits.
std::string Text(double number) { return absl::StrFormat("%.15g", number); }

Value StringValue(std::string text) {
  Value value;
  value.set_string_value(std::move(text));
  return value;
}

}  // namespace

absl::StatusOr<Domain> Domain::Create(const Spec& spec) {
  Domain domain;
  domain.name_ = spec.parameter_id();
  if (spec.scale_type() != Spec::SCALE_TYPE_UNSPECIFIED) {
    domain.scale_ = spec.scale_type();
  }
  std::optional<Value> declared;
  switch (spec.parameter_value_spec_case()) {
    case Spec::kDoubleValueSpec:
      declared = domain.SetValues(spec.double_value_spec());
      break;
    case Spec::kIntegerValueSpec:
      declared = domain.SetValues(spec.integer_value_spec());
      break;
    case Spec::kDiscreteValueSpec:
      declared = domain.SetValues(spec.discrete_value_spec());
      break;
    case Spec::kCategoricalValueSpec:
      declared = domain.SetValues(spec.categorical_value_spec());
      break;
    case Spec::PARAMETER_VALUE_SPEC_NOT_SET:
      return domain.Error("has no type");
  }
  if (declared.has_value()) {
    ASSIGN_OR_RETURN(domain.default_coordinate_, domain.Encode(*declared));
    domain.default_value_ = *std::move(declared);
  }
  return domain;
}

std::optional<Value> Domain::SetValues(const Spec::DoubleValueSpec& range) {
  kind_ = Dimension::Kind::kDouble;
  min_ = range.min_value();
  max_ = range.max_value();
  if (!range.has_default_value()) return std::nullopt;
  return NumberValue(range.default_value().value());
}

std::optional<Value> Domain::SetValues(const Spec::IntegerValueSpec& range) {
  kind_ = Dimension::Kind::kInteger;
  min_ = static_cast<double>(range.min_value());
  max_ = static_cast<double>(range.max_value());
  cardinality_ = range.max_value() - range.min_value() + 1;
  if (!range.has_default_value()) return std::nullopt;
  return NumberValue(static_cast<double>(range.default_value().value()));
}

std::optional<Value> Domain::SetValues(const Spec::DiscreteValueSpec& list) {
  kind_ = Dimension::Kind::kDiscrete;
  discrete_.assign(list.values().begin(), list.values().end());
  min_ = discrete_.front();
  max_ = discrete_.back();
  cardinality_ = list.values_size();
  if (!list.has_default_value()) return std::nullopt;
  return NumberValue(list.default_value().value());
}

std::optional<Value> Domain::SetValues(const Spec::CategoricalValueSpec& list) {
  kind_ = Dimension::Kind::kCategorical;
  categories_.assign(list.values().begin(), list.values().end());
  cardinality_ = list.values_size();
  for (int64_t i = 0; i < cardinality_; ++i) {
    category_index_.emplace(categories_[i], i);
  }
  if (!list.has_default_value()) return std::nullopt;
  return StringValue(list.default_value().value());
}

absl::Status Domain::Error(absl::string_view what) const {
  return absl::InvalidArgumentError(
      absl::StrCat("parameter \"", name_, "\": ", what));
}

double Domain::NumberOf(int64_t index) const {
  return kind_ == Dimension::Kind::kDiscrete
             ? discrete_[index]
             : min_ + static_cast<double>(index);
}

double Domain::CoordinateOf(int64_t index) const {
  if (kind_ == Dimension::Kind::kCategorical) {
    return static_cast<double>(index);
  }
  return ToUnit(scale_, min_, max_, NumberOf(index));
}

int64_t Domain::ValueIndexOf(double coordinate) const {
  if (kind_ == Dimension::Kind::kCategorical) {
    const double last = static_cast<double>(cardinality_ - 1);
    return static_cast<int64_t>(std::clamp(std::round(coordinate), 0.0, last));
  }
  if (coordinate >= 1) return cardinality_ - 1;
  // Coordinates rise with the index: the first that reaches this one.
  int64_t low = 0;
  int64_t high = cardinality_ - 1;
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (CoordinateOf(middle) < coordinate) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low > 0 &&
      coordinate - CoordinateOf(low - 1) <= CoordinateOf(low) - coordinate) {
    --low;
  }
  return low;
}

double Domain::Quantile(double u) const {
  switch (kind_) {
    case Dimension::Kind::kDouble:
      return Snap(u);
    case Dimension::Kind::kInteger: {
      // Half a unit more at both ends, so that the ends weigh as much as the
      // others. On a log scale min is 1 or more, so the low end stays positive.
      const double number =
          std::floor(FromUnit(scale_, min_ - 0.5, max_ + 0.5, u) + 0.5);
      return ToUnit(scale_, min_, max_, std::clamp(number, min_, max_));
    }
    case Dimension::Kind::kDiscrete:
    case Dimension::Kind::kCategorical: {
      const auto index =
          static_cast<int64_t>(u * static_cast<double>(cardinality_));
      return CoordinateOf(std::clamp<int64_t>(index, 0, cardinality_ - 1));
    }
  }
  return kInactive;
}

double Domain::Snap(double coordinate) const {
  if (kind_ != Dimension::Kind::kDouble) {
    return CoordinateOf(ValueIndexOf(coordinate));
  }
  return min_ == max_ ? 0.5 : std::clamp(coordinate, 0.0, 1.0);
}

absl::StatusOr<int64_t> Domain::IndexOf(double number) const {
  if (kind_ == Dimension::Kind::kInteger) {
    if (number != std::floor(number)) {
      return Error(absl::StrCat(Text(number), " is not an integer"));
    }
    if (!(number >= min_ && number <= max_)) {
      return Error(absl::StrCat(Text(number), " is out of range [", Text(min_),
                                ", ", Text(max_), "]"));
    }
    return static_cast<int64_t>(number) - static_cast<int64_t>(min_);
  }
  const auto above =
      std::lower_bound(discrete_.begin(), discrete_.end(), number);
  for (auto it = above == discrete_.begin() ? above : above - 1;
       it != discrete_.end() && it <= above; ++it) {
    const double tolerance =
        kDiscreteTolerance * std::max(std::abs(*it), std::abs(number));
    if (std::abs(*it - number) <= tolerance) return it - discrete_.begin();
  }
  return Error(absl::StrCat(Text(number), " is not one of its ", cardinality_,
                            " values"));
}

absl::StatusOr<int64_t> Domain::IndexOf(absl::string_view category) const {
  const auto it = category_index_.find(category);
  if (it != category_index_.end()) return it->second;
  return Error(absl::StrCat("\"", category, "\" is not one of its ",
                            cardinality_, " values",
                            DidYouMean(category, categories_)));
}

absl::StatusOr<double> Domain::EncodeNumber(double number) const {
  if (!std::isfinite(number)) {
    return Error(absl::StrCat(Text(number), " is not a finite number"));
  }
  if (kind_ == Dimension::Kind::kDouble) {
    if (number < min_ || number > max_) {
      return Error(absl::StrCat(Text(number), " is out of range [", Text(min_),
                                ", ", Text(max_), "]"));
    }
    return ToUnit(scale_, min_, max_, number);
  }
  ASSIGN_OR_RETURN(const int64_t index, IndexOf(number));
  return CoordinateOf(index);
}

absl::StatusOr<double> Domain::Encode(const Value& value) const {
  if (kind_ != Dimension::Kind::kCategorical) {
    if (value.kind_case() != Value::kNumberValue) {
      return Error("its value must be a number (number_value)");
    }
    return EncodeNumber(value.number_value());
  }
  absl::string_view category;
  if (value.kind_case() == Value::kStringValue) {
    category = value.string_value();
  } else if (value.kind_case() == Value::kBoolValue) {
    category = value.bool_value() ? "True" : "False";
  } else {
    return Error("its value must be a string (string_value)");
  }
  ASSIGN_OR_RETURN(const int64_t index, IndexOf(category));
  return static_cast<double>(index);
}

Value Domain::Decode(double coordinate) const {
  if (coordinate == default_coordinate_) return default_value_;
  switch (kind_) {
    case Dimension::Kind::kDouble:
      return NumberValue(FromUnit(scale_, min_, max_, coordinate));
    case Dimension::Kind::kCategorical:
      return StringValue(categories_[ValueIndexOf(coordinate)]);
    default:
      return NumberValue(NumberOf(ValueIndexOf(coordinate)));
  }
}

double Domain::NumberAt(double coordinate) const {
  return Decode(coordinate).number_value();
}

double Domain::CoordinateNear(double number) const {
  number = std::clamp(number, min_, max_);
  switch (kind_) {
    case Dimension::Kind::kInteger:
      return ToUnit(scale_, min_, max_, std::round(number));
    case Dimension::Kind::kDiscrete: {
      auto near = std::lower_bound(discrete_.begin(), discrete_.end(), number);
      if (near == discrete_.end() ||
          (near != discrete_.begin() && number - near[-1] <= *near - number)) {
        --near;
      }
      return CoordinateOf(near - discrete_.begin());
    }
    default:
      return min_ == max_ ? 0.5 : ToUnit(scale_, min_, max_, number);
  }
}

absl::StatusOr<std::vector<int64_t>> Domain::ConditionValues(
    const Spec::ConditionalParameterSpec& child) const {
  using Conditional = Spec::ConditionalParameterSpec;
  std::vector<int64_t> indices;
  const auto add = [&](const auto& values) -> absl::Status {
    for (const auto& value : values) {
      ASSIGN_OR_RETURN(const int64_t index, IndexOf(value));
      indices.push_back(index);
    }
    return absl::OkStatus();
  };
  const Conditional::ParentValueConditionCase type =
      child.parent_value_condition_case();
  absl::Status status = Error(absl::StrCat(
      "the condition of its child \"", child.parameter_spec().parameter_id(),
      "\" is of another type"));
  if (kind_ == Dimension::Kind::kInteger &&
      type == Conditional::kParentIntValues) {
    const auto& values = child.parent_int_values().values();
    status = add(std::vector<double>(values.begin(), values.end()));
  } else if (kind_ == Dimension::Kind::kDiscrete &&
             type == Conditional::kParentDiscreteValues) {
    status = add(child.parent_discrete_values().values());
  } else if (kind_ == Dimension::Kind::kCategorical &&
             type == Conditional::kParentCategoricalValues) {
    status = add(child.parent_categorical_values().values());
  }
  RETURN_IF_ERROR(status);
  std::sort(indices.begin(), indices.end());
  indices.erase(std::unique(indices.begin(), indices.end()), indices.end());
  return indices;
}

}  // namespace apogee
