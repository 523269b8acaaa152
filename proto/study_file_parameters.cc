// The `parameters` of a study file: flat, each child naming its parents.
#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/nearest.h"
#include "base/status_macros.h"
#include "proto/print.h"
#include "proto/study_file_words.h"
#include "proto/validate.h"
#include "proto/yaml.h"

namespace apogee::study_file {
namespace {

using ConditionalSpec = ParameterSpec::ConditionalParameterSpec;
using Kind = YamlNode::Kind;

// Of all parameters as the protocol repeats them: a small file can ask for many
// copies of a long list.
constexpr size_t kMaxBytes = size_t{16} << 20;

const std::vector<std::string>& TypeKeys() {
  static const auto* const keys = new std::vector<std::string>{
      "double", "int", "discrete", "categorical", "bool"};
  return *keys;
}

// A value of the categorical `spec` as it stands on the wire.
absl::StatusOr<std::string> ReadCategory(const YamlNode& node,
                                         const ParameterSpec& spec) {
  if (IsBool(spec)) {
    ASSIGN_OR_RETURN(const bool value, node.AsBool());
    return std::string(value ? "True" : "False");
  }
  return node.AsText();
}

absl::Status ReadBounds(const YamlNode& node) {
  if (node.kind == Kind::kList && node.children.size() == 2) {
    return absl::OkStatus();
  }
  return node.Error("expected two numbers, [min, max]");
}

absl::Status ReadDomain(const YamlNode& node, ParameterSpec& spec) {
  if (node.key == "double") {
    RETURN_IF_ERROR(ReadBounds(node));
    ASSIGN_OR_RETURN(const double min, node.children[0].AsNumber());
    ASSIGN_OR_RETURN(const double max, node.children[1].AsNumber());
    spec.mutable_double_value_spec()->set_min_value(min);
    spec.mutable_double_value_spec()->set_max_value(max);
    return absl::OkStatus();
  }
  if (node.key == "int") {
    RETURN_IF_ERROR(ReadBounds(node));
    ASSIGN_OR_RETURN(const int64_t min, node.children[0].AsInteger());
    ASSIGN_OR_RETURN(const int64_t max, node.children[1].AsInteger());
    spec.mutable_integer_value_spec()->set_min_value(min);
    spec.mutable_integer_value_spec()->set_max_value(max);
    return absl::OkStatus();
  }
  if (node.key == "bool") {
    if (node.kind != Kind::kNull) {
      return node.Error("takes no value; write \"bool:\"");
    }
    spec.mutable_categorical_value_spec()->add_values("False");
    spec.mutable_categorical_value_spec()->add_values("True");
    return absl::OkStatus();
  }
  if (node.kind != Kind::kList) {
    return node.Error("expected a list of values, as in [a, b]");
  }
  for (const YamlNode& item : node.children) {
    if (node.key == "discrete") {
      ASSIGN_OR_RETURN(const double value, item.AsNumber());
      spec.mutable_discrete_value_spec()->add_values(value);
    } else {
      ASSIGN_OR_RETURN(*spec.mutable_categorical_value_spec()->add_values(),
                       item.AsText());
    }
  }
  // An empty list still sets the type.
  if (node.key == "discrete") {
    spec.mutable_discrete_value_spec();
  } else {
    spec.mutable_categorical_value_spec();
  }
  return absl::OkStatus();
}

absl::Status ReadDefault(const YamlNode& node, ParameterSpec& spec) {
  switch (spec.parameter_value_spec_case()) {
    case ParameterSpec::kIntegerValueSpec: {
      ASSIGN_OR_RETURN(const int64_t value, node.AsInteger());
      spec.mutable_integer_value_spec()->mutable_default_value()->set_value(
          value);
      break;
    }
    case ParameterSpec::kCategoricalValueSpec: {
      ASSIGN_OR_RETURN(std::string value, ReadCategory(node, spec));
      spec.mutable_categorical_value_spec()->mutable_default_value()->set_value(
          std::move(value));
      break;
    }
    case ParameterSpec::kDiscreteValueSpec: {
      ASSIGN_OR_RETURN(const double value, node.AsNumber());
      spec.mutable_discrete_value_spec()->mutable_default_value()->set_value(
          value);
      break;
    }
    default: {
      ASSIGN_OR_RETURN(const double value, node.AsNumber());
      spec.mutable_double_value_spec()->mutable_default_value()->set_value(
          value);
      break;
    }
  }
  return absl::OkStatus();
}

// The key that gives the type of the parameter at `node`.
absl::StatusOr<const YamlNode*> FindType(const YamlNode& node) {
  const YamlNode* found = nullptr;
  for (const std::string& key : TypeKeys()) {
    const YamlNode* const type = node.Find(key);
    if (type == nullptr) continue;
    if (found != nullptr) {
      return node.Error(absl::StrCat("has two types, ", found->key, " and ",
                                     key, "; keep one"));
    }
    found = type;
  }
  if (found != nullptr) return found;
  return node.Error(absl::StrCat("has no type; give it one of ",
                                 absl::StrJoin(TypeKeys(), ", ")));
}

// The parameter declared at `node`, without children.
absl::StatusOr<ParameterSpec> ReadParameter(const YamlNode& node) {
  ParameterSpec spec;
  spec.set_parameter_id(node.key);
  if (node.kind == Kind::kText && node.text == "bool") {
    spec.mutable_categorical_value_spec()->add_values("False");
    spec.mutable_categorical_value_spec()->add_values("True");
    spec.set_external_type(ParameterSpec::AS_BOOLEAN);
    return spec;
  }
  if (node.kind != Kind::kMap) {
    return node.Error("expected bool or a map such as {double: [0, 1]}");
  }
  std::vector<std::string> keys = TypeKeys();
  keys.insert(keys.end(), {"scale", "default", "when", "as"});
  RETURN_IF_ERROR(node.HasOnly(keys));
  ASSIGN_OR_RETURN(const YamlNode* const type, FindType(node));
  RETURN_IF_ERROR(ReadDomain(*type, spec));
  spec.set_external_type(type->key == "bool" ? ParameterSpec::AS_BOOLEAN
                                             : UsualExternalType(spec));
  if (const YamlNode* const as = node.Find("as")) {
    ASSIGN_OR_RETURN(const auto external,
                     Meaning(*as, "type", absl::MakeConstSpan(kExternalTypes)));
    spec.set_external_type(external);
  }
  if (const YamlNode* const scale = node.Find("scale")) {
    ASSIGN_OR_RETURN(const auto value,
                     Meaning(*scale, "scale", absl::MakeConstSpan(kScales)));
    spec.set_scale_type(value);
  }
  if (const YamlNode* const value = node.Find("default")) {
    RETURN_IF_ERROR(ReadDefault(*value, spec));
  }
  return spec;
}

// Turns the flat declarations into the tree of the protocol.
class TreeMaker {
 public:
  explicit TreeMaker(const YamlNode& parameters) : parameters_(parameters) {}

  absl::Status Make(StudySpec& spec) {
    for (const YamlNode& node : parameters_.children) {
      ASSIGN_OR_RETURN(ParameterSpec body, ReadParameter(node));
      index_[node.key] = entries_.size();
      entries_.push_back(Entry{.node = &node, .body = std::move(body)});
    }
    for (size_t i = 0; i < entries_.size(); ++i) {
      RETURN_IF_ERROR(ReadWhen(i));
    }
    for (Entry& entry : entries_) {
      if (entry.node->Find("when") != nullptr) continue;
      RETURN_IF_ERROR(Place(entry, 1, *spec.add_parameters()));
    }
    return CheckAllPlaced();
  }

 private:
  struct Child {
    size_t entry;
    ConditionalSpec condition;  // without the parameter
  };
  struct Entry {
    const YamlNode* node;
    ParameterSpec body;
    std::vector<Child> children = {};
    size_t parent = 0;  // one of them
    bool placed = false;
  };

  absl::Status ReadWhen(size_t entry) {
    const YamlNode* const when = entries_[entry].node->Find("when");
    if (when == nullptr) return absl::OkStatus();
    if (when->kind != Kind::kList) return ReadCondition(*when, entry);
    if (when->children.empty()) {
      return when->Error("is empty; name a parent as in {optimizer: sgd}");
    }
    for (const YamlNode& item : when->children) {
      RETURN_IF_ERROR(ReadCondition(item, entry));
    }
    return absl::OkStatus();
  }

  // {parent: value} or {parent: [value, value]}
  absl::Status ReadCondition(const YamlNode& node, size_t entry) {
    if (node.kind != Kind::kMap || node.children.empty()) {
      return node.Error(
          "expected a parent and its value, as in {optimizer: sgd}");
    }
    if (node.children.size() > 1) {
      return node.Error(
          "names several parents; write a list, [{a: 1}, {b: 2}], if any of "
          "them activates it, or put one parent below the other if all must");
    }
    const YamlNode& values = node.children[0];
    const auto parent = index_.find(values.key);
    if (parent == index_.end()) {
      std::vector<std::string> known;
      for (const Entry& other : entries_) known.push_back(other.node->key);
      return values.Error(absl::StrCat("no parameter ", Quoted(values.key),
                                       DidYouMean(values.key, known)));
    }
    Child child{.entry = entry};
    if (values.kind == Kind::kList) {
      for (const YamlNode& value : values.children) {
        RETURN_IF_ERROR(AddValue(value, entries_[parent->second].body, child));
      }
      if (values.children.empty()) {
        return values.Error("is empty; list the values that activate it");
      }
    } else {
      RETURN_IF_ERROR(AddValue(values, entries_[parent->second].body, child));
    }
    entries_[entry].parent = parent->second;
    entries_[parent->second].children.push_back(std::move(child));
    return absl::OkStatus();
  }

  static absl::Status AddValue(const YamlNode& node,
                               const ParameterSpec& parent, Child& child) {
    switch (parent.parameter_value_spec_case()) {
      case ParameterSpec::kIntegerValueSpec: {
        ASSIGN_OR_RETURN(const int64_t value, node.AsInteger());
        child.condition.mutable_parent_int_values()->add_values(value);
        return absl::OkStatus();
      }
      case ParameterSpec::kDiscreteValueSpec: {
        ASSIGN_OR_RETURN(const double value, node.AsNumber());
        child.condition.mutable_parent_discrete_values()->add_values(value);
        return absl::OkStatus();
      }
      case ParameterSpec::kCategoricalValueSpec: {
        ASSIGN_OR_RETURN(std::string value, ReadCategory(node, parent));
        child.condition.mutable_parent_categorical_values()->add_values(
            std::move(value));
        return absl::OkStatus();
      }
      default:
        return node.Error(absl::StrCat(
            "parameter ", Quoted(parent.parameter_id()),
            " is double and has no children; only int, discrete, categorical "
            "and bool parameters do"));
    }
  }

  // Writes `entry` and all below it.
  absl::Status Place(Entry& entry, int depth, ParameterSpec& spec) {
    if (depth > kMaxParameterDepth) {
      return entry.node->Error(
          absl::StrCat("is nested more than ", kMaxParameterDepth, " deep"));
    }
    if (++placed_ > kMaxParameters) {
      return entry.node->Error(
          absl::StrCat("the study has more than ", kMaxParameters,
                       " parameters; a child counts once under each parent"));
    }
    bytes_ += entry.body.ByteSizeLong();
    if (bytes_ > kMaxBytes) {
      return entry.node->Error(absl::StrCat(
          "the parameters take more than ", kMaxBytes,
          " bytes; a child's values count once under each parent"));
    }
    entry.placed = true;
    spec = entry.body;
    for (const Child& child : entry.children) {
      ConditionalSpec& conditional = *spec.add_conditional_parameter_specs();
      conditional = child.condition;
      RETURN_IF_ERROR(Place(entries_[child.entry], depth + 1,
                            *conditional.mutable_parameter_spec()));
    }
    return absl::OkStatus();
  }

  // What no root leads to hangs in a circle, or below one.
  absl::Status CheckAllPlaced() const {
    for (size_t first = 0; first < entries_.size(); ++first) {
      if (entries_[first].placed) continue;
      std::vector<std::string> chain;
      std::vector<bool> seen(entries_.size());
      size_t i = first;
      for (; !seen[i]; i = entries_[i].parent) {
        seen[i] = true;
        chain.push_back(Quoted(entries_[i].node->key));
      }
      chain.push_back(Quoted(entries_[i].node->key));
      return entries_[first].node->Find("when")->Error(absl::StrCat(
          "its parents form a circle: ", absl::StrJoin(chain, " below "),
          "; one of them must have no \"when\""));
    }
    return absl::OkStatus();
  }

  const YamlNode& parameters_;
  std::vector<Entry> entries_;
  std::map<std::string, size_t> index_;
  int placed_ = 0;
  size_t bytes_ = 0;
};

}  // namespace

ParameterSpec::ExternalType UsualExternalType(const ParameterSpec& spec) {
  if (spec.has_integer_value_spec()) return ParameterSpec::AS_INTEGER;
  if (!spec.has_discrete_value_spec()) return ParameterSpec::AS_INTERNAL;
  const auto& values = spec.discrete_value_spec().values();
  return std::all_of(values.begin(), values.end(),
                     [](double value) { return std::trunc(value) == value; })
             ? ParameterSpec::AS_INTEGER
             : ParameterSpec::AS_FLOAT;
}

absl::Status ReadParameters(const YamlNode& parameters, StudySpec& spec) {
  if (parameters.kind != Kind::kMap) {
    return parameters.Error(
        "expected parameters by name, as in {lr: {double: [0, 1]}}");
  }
  return TreeMaker(parameters).Make(spec);
}

}  // namespace apogee::study_file
