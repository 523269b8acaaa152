#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "google/protobuf/util/message_differencer.h"
#include "proto/study_file_words.h"

namespace apogee::study_file {
namespace {

// Puts the children of each parent into one order, whatever theirs was.
void SortChildren(ParameterSpec& parameter) {
  auto& children = *parameter.mutable_conditional_parameter_specs();
  std::vector<std::pair<std::string, ParameterSpec::ConditionalParameterSpec>>
      sorted;
  for (auto& child : children) {
    SortChildren(*child.mutable_parameter_spec());
    std::string bytes = child.SerializeAsString();
    sorted.emplace_back(std::move(bytes), std::move(child));
  }
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (size_t i = 0; i < sorted.size(); ++i) {
    children[static_cast<int>(i)] = std::move(sorted[i].second);
  }
}

// What a file is about: not the server's own fields.
vizier::Study Described(const vizier::Study& study) {
  vizier::Study described;
  described.set_display_name(study.display_name());
  *described.mutable_study_spec() = study.study_spec();
  for (auto& parameter :
       *described.mutable_study_spec()->mutable_parameters()) {
    SortChildren(parameter);
  }
  return described;
}

}  // namespace

std::string Difference(const vizier::Study& wanted,
                       const vizier::Study& written) {
  google::protobuf::util::MessageDifferencer differencer;
  std::string report;
  differencer.ReportDifferencesToString(&report);
  if (differencer.Compare(Described(wanted), Described(written))) return "";
  const std::vector<std::string> lines = absl::StrSplit(report, '\n');
  return lines[0].empty() ? "an unknown field" : lines[0];
}

}  // namespace apogee::study_file
