#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "base/nearest.h"
#include "proto/print.h"
#include "proto/yaml.h"
#include "vizier/study.pb.h"

// The words of the study file, shared by its reader and its writer.
namespace apogee::study_file {

using vizier::StudySpec;
using ParameterSpec = StudySpec::ParameterSpec;

template <typename Enum>
struct Word {
  const char* text;
  Enum value;
};

inline constexpr Word<StudySpec::MetricSpec::GoalType> kGoals[] = {
    {"maximize", StudySpec::MetricSpec::MAXIMIZE},
    {"minimize", StudySpec::MetricSpec::MINIMIZE}};

inline constexpr Word<ParameterSpec::ScaleType> kScales[] = {
    {"linear", ParameterSpec::UNIT_LINEAR_SCALE},
    {"log", ParameterSpec::UNIT_LOG_SCALE},
    {"reverse_log", ParameterSpec::UNIT_REVERSE_LOG_SCALE}};

inline constexpr Word<ParameterSpec::ExternalType> kExternalTypes[] = {
    {"internal", ParameterSpec::AS_INTERNAL},
    {"boolean", ParameterSpec::AS_BOOLEAN},
    {"integer", ParameterSpec::AS_INTEGER},
    {"float", ParameterSpec::AS_FLOAT}};

inline constexpr Word<StudySpec::ObservationNoise> kNoises[] = {
    {"low", StudySpec::LOW}, {"high", StudySpec::HIGH}};

// Words that options keep as they are.
inline constexpr Word<const char*> kSharings[] = {
    {"NONE", "NONE"}, {"OWNER", "OWNER"}, {"SERVER", "SERVER"}};

// The meaning of the word at `node`; `what` it is, for the error.
template <typename Enum>
absl::StatusOr<Enum> Meaning(const YamlNode& node, absl::string_view what,
                             absl::Span<const Word<Enum>> words) {
  std::vector<std::string> known;
  for (const Word<Enum>& word : words) {
    if (node.kind == YamlNode::Kind::kText && node.text == word.text) {
      return word.value;
    }
    known.push_back(word.text);
  }
  if (node.kind != YamlNode::Kind::kText) {
    return node.Error(
        absl::StrCat("expected one of ", absl::StrJoin(known, ", ")));
  }
  std::string cure = DidYouMean(node.text, known);
  if (cure.empty()) {
    cure = absl::StrCat("; write one of ", absl::StrJoin(known, ", "));
  }
  return node.Error(
      absl::StrCat("unknown ", what, " ", Quoted(node.text), cure));
}

// The word for `value`; "" when there is none.
template <typename Enum>
std::string WordFor(Enum value, absl::Span<const Word<Enum>> words) {
  for (const Word<Enum>& word : words) {
    if (word.value == value) return word.text;
  }
  return "";
}

// Whether the file calls the parameter `bool`.
inline bool IsBool(const ParameterSpec& spec) {
  const auto& values = spec.categorical_value_spec().values();
  return spec.external_type() == ParameterSpec::AS_BOOLEAN &&
         values.size() == 2 && values[0] == "False" && values[1] == "True";
}

// The external type of a parameter that does not say `as`: what the Vizier
// client's own constructors choose.
ParameterSpec::ExternalType UsualExternalType(const ParameterSpec& spec);

// Reads the `parameters` of a file into `spec`.
absl::Status ReadParameters(const YamlNode& parameters, StudySpec& spec);

// What the second study lost of the first, in words; "" for nothing.
std::string Difference(const vizier::Study& wanted,
                       const vizier::Study& written);

}  // namespace apogee::study_file
