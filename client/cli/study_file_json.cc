#include "client/cli/study_file_json.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/text_format.h"
#include "proto/options.h"
#include "proto/study_file.h"
#include "proto/yaml.h"

namespace apogee {
namespace {

// Ends the path of the names of a section.
constexpr char kOrder[] = " in the order";

Json ScalarJson(const YamlNode& node) {
  // Whole numbers first: a seed has more digits than a double.
  uint64_t natural = 0;
  int64_t whole = 0;
  if (node.quoted) return node.text;
  if (absl::SimpleAtoi(node.text, &natural)) return natural;
  if (absl::SimpleAtoi(node.text, &whole)) return whole;
  if (const auto number = node.AsNumber(); number.ok()) return *number;
  if (const auto flag = node.AsBool(); flag.ok()) return *flag;
  return node.text;
}

Json ToJson(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      return {};
    case YamlNode::Kind::kText:
      return ScalarJson(node);
    case YamlNode::Kind::kList: {
      Json list = Json::array();
      for (const YamlNode& child : node.children) list.push_back(ToJson(child));
      return list;
    }
    case YamlNode::Kind::kMap:
      break;
  }
  Json map = Json::object();
  for (const YamlNode& child : node.children) map[child.key] = ToJson(child);
  return map;
}

// The spec with its options in the field, wherever they stood.
vizier::StudySpec WithOptionsInField(vizier::StudySpec spec) {
  const absl::StatusOr<apogee::v1::StudyOptions> options =
      ReadStudyOptions(spec);
  if (!options.ok()) return spec;
  auto& metadata = *spec.mutable_metadata();
  for (int i = metadata.size() - 1; i >= 0; --i) {
    if (metadata[i].ns() == kOptionsNamespace &&
        metadata[i].key() == kOptionsKey) {
      metadata.DeleteSubrange(i, 1);
    }
  }
  spec.clear_apogee_options();
  if (options->ByteSizeLong() > 0) *spec.mutable_apogee_options() = *options;
  return spec;
}

// Values by path, in order.
using Values = std::vector<std::pair<std::string, Json>>;

Values FlattenFile(const Json& file) {
  Values values;
  for (const auto& [key, value] : file.items()) {
    if (key == "name") continue;
    Json section = value;
    // The short forms of a map.
    if (key == "algorithm" && !value.is_object()) section = {{"name", value}};
    if (key == "stopping" && !value.is_object()) section = {{"rule", value}};
    if (key == "lease" && !value.is_object()) section = {{"seconds", value}};
    if (!section.is_object()) values.emplace_back(key, section);
    if (!section.is_object()) continue;
    for (const auto& [name, entry] : section.items()) {
      values.emplace_back(absl::StrCat(key, ".", name), entry);
    }
    if (key != "parameters" && key != "metrics") continue;
    // Their order counts, too.
    Json order = Json::array();
    for (const auto& [name, entry] : section.items()) order.push_back(name);
    values.emplace_back(absl::StrCat(key, kOrder), order);
  }
  return values;
}

Values FlattenFields(const vizier::StudySpec& spec) {
  Values values;
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  const google::protobuf::Reflection& reflection = *spec.GetReflection();
  reflection.ListFields(spec, &fields);
  const auto add = [&](const auto* field, int index, const std::string& path) {
    std::string text;
    google::protobuf::TextFormat::PrintFieldValueToString(spec, field, index,
                                                          &text);
    values.emplace_back(path, text);
  };
  for (const auto* field : fields) {
    if (!field->is_repeated()) add(field, -1, field->name());
    const int size =
        field->is_repeated() ? reflection.FieldSize(spec, field) : 0;
    for (int i = 0; i < size; ++i) {
      add(field, i, absl::StrCat(field->name(), "[", i, "]"));
    }
  }
  return values;
}

// Whether both have the same paths, and so an order to compare.
bool HaveSamePaths(const Values& a, const std::map<std::string, Json>& b) {
  return a.size() == b.size() &&
         std::all_of(a.begin(), a.end(), [&](const auto& value) {
           return b.contains(value.first);
         });
}

// The paths of both: what only `b` has comes after what stands before it there.
std::vector<std::string> MergedPaths(const Values& a, const Values& b) {
  std::vector<std::string> paths;
  for (const auto& [path, value] : a) paths.push_back(path);
  size_t place = 0;
  for (const auto& [path, value] : b) {
    const auto known = std::find(paths.begin(), paths.end(), path);
    if (known != paths.end()) {
      place = known - paths.begin();
    } else {
      paths.insert(paths.begin() + static_cast<std::ptrdiff_t>(place), path);
    }
    ++place;
  }
  return paths;
}

std::vector<SpecChange> Compare(const Values& a, const Values& b) {
  const std::map<std::string, Json> in_a(a.begin(), a.end());
  const std::map<std::string, Json> in_b(b.begin(), b.end());
  const bool ordered = HaveSamePaths(a, in_b);
  const auto find = [](const std::map<std::string, Json>& values,
                       const std::string& path) {
    const auto found = values.find(path);
    return found == values.end() ? Json() : found->second;
  };
  std::vector<SpecChange> changes;
  for (const std::string& path : MergedPaths(a, b)) {
    // Which order is new follows from what is new.
    if (!ordered && absl::EndsWith(path, kOrder)) continue;
    SpecChange change{path, find(in_a, path), find(in_b, path)};
    if (change.a != change.b) changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace

absl::StatusOr<Json> StudyFileJson(const vizier::Study& study) {
  vizier::Study described = study;
  *described.mutable_study_spec() = WithOptionsInField(study.study_spec());
  ASSIGN_OR_RETURN(const std::string text, FormatStudyFile(described));
  ASSIGN_OR_RETURN(const YamlNode file, YamlNode::Parse(text));
  return ToJson(file);
}

std::vector<SpecChange> CompareSpecs(const vizier::StudySpec& a,
                                     const vizier::StudySpec& b) {
  const auto file = [](const vizier::StudySpec& spec) {
    vizier::Study study;
    study.set_display_name("study");
    *study.mutable_study_spec() = spec;
    return StudyFileJson(study);
  };
  const absl::StatusOr<Json> file_a = file(a);
  const absl::StatusOr<Json> file_b = file(b);
  if (file_a.ok() && file_b.ok()) {
    return Compare(FlattenFile(*file_a), FlattenFile(*file_b));
  }
  return Compare(FlattenFields(WithOptionsInField(a)),
                 FlattenFields(WithOptionsInField(b)));
}

}  // namespace apogee
