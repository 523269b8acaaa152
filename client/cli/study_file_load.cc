#include "client/cli/study_file_load.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "client/cli/exit_code.h"
#include "google/protobuf/util/message_differencer.h"
#include "proto/names.h"
#include "proto/options.h"
#include "proto/print.h"
#include "proto/study_file.h"

namespace apogee {
namespace {

using google::protobuf::util::MessageDifferencer;

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file;
  if (path != "-") {
    file.open(path, std::ios::binary);
    if (!file) {
      return UsageError(absl::StrCat("can not read the study file ",
                                     Quoted(path), ": ", std::strerror(errno)));
    }
  }
  std::istream& in = path == "-" ? std::cin : file;
  std::ostringstream text;
  text << in.rdbuf();
  if (in.bad() || text.str().empty()) {
    return UsageError(
        absl::StrCat("there is nothing in the study file ", Quoted(path)));
  }
  return text.str();
}

// The spec with its options in one place, without the metadata that `wanted`
// does not mention.
vizier::StudySpec Comparable(const vizier::StudySpec& spec,
                             const vizier::StudySpec& wanted) {
  const absl::StatusOr<apogee::v1::StudyOptions> options =
      ReadStudyOptions(spec);
  vizier::StudySpec result = spec;
  result.clear_metadata();
  for (const vizier::KeyValue& entry : wanted.metadata()) {
    if (entry.ns() == kOptionsNamespace && entry.key() == kOptionsKey) continue;
    for (const vizier::KeyValue& own : spec.metadata()) {
      if (own.ns() == entry.ns() && own.key() == entry.key()) {
        *result.add_metadata() = own;
      }
    }
  }
  result.clear_apogee_options();
  if (options.ok() && options->ByteSizeLong() > 0) {
    *result.mutable_apogee_options() = *options;
  }
  return result;
}

// The lines of one study's file that the other's lacks.
std::string FileDifference(const std::string& existing,
                           const std::string& wanted) {
  const std::vector<std::string> before = absl::StrSplit(existing, '\n');
  const std::vector<std::string> after = absl::StrSplit(wanted, '\n');
  const auto lacking = [](const std::vector<std::string>& lines,
                          const std::vector<std::string>& others) {
    std::vector<std::string> missing;
    for (const std::string& line : lines) {
      if (std::find(others.begin(), others.end(), line) == others.end()) {
        missing.emplace_back(absl::StripAsciiWhitespace(line));
      }
    }
    return absl::StrJoin(missing, "; ");
  };
  const std::string has = lacking(before, after);
  const std::string has_not = lacking(after, before);
  if (has.empty() && has_not.empty()) return "another order";
  return absl::StrCat("it has ", has.empty() ? "no" : has,
                      has_not.empty() ? ", which the file lacks"
                                      : absl::StrCat(", the file ", has_not));
}

}  // namespace

absl::StatusOr<vizier::Study> LoadStudyFile(const std::string& path,
                                            const std::string& name) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(path));
  ASSIGN_OR_RETURN(vizier::Study study,
                   ParseStudyFile(text, path == "-" ? "(stdin)" : path));
  if (!name.empty()) study.set_display_name(name);
  return study;
}

std::string SpecDifference(const vizier::StudySpec& existing,
                           const vizier::StudySpec& wanted) {
  vizier::Study a;
  vizier::Study b;
  *a.mutable_study_spec() = Comparable(existing, wanted);
  *b.mutable_study_spec() = Comparable(wanted, wanted);
  std::string difference;
  MessageDifferencer differencer;
  differencer.ReportDifferencesToString(&difference);
  if (differencer.Compare(a, b)) return "";
  a.set_display_name("study");
  b.set_display_name("study");
  const absl::StatusOr<std::string> existing_file = FormatStudyFile(a);
  const absl::StatusOr<std::string> wanted_file = FormatStudyFile(b);
  if (existing_file.ok() && wanted_file.ok()) {
    return FileDifference(*existing_file, *wanted_file);
  }
  return absl::StrJoin(absl::StrSplit(difference, '\n', absl::SkipWhitespace()),
                       "; ");
}

absl::StatusOr<CreatedStudy> CreateOrJoin(const Client& client,
                                          const std::string& owner,
                                          const vizier::Study& wanted) {
  CreatedStudy result;
  const StudyName name{.owner = owner, .study = wanted.display_name()};
  absl::StatusOr<vizier::Study> study = client.GetStudy(name.ToString());
  if (absl::IsNotFound(study.status())) {
    vizier::CreateStudyRequest request;
    request.set_parent(OwnerName{.owner = owner}.ToString());
    *request.mutable_study() = wanted;
    study = client.CreateStudy(request);
    result.is_new = true;
  }
  if (!study.ok()) return study.status();
  // Also a new one may be somebody else's: the server hands out the study that
  // came first.
  const std::string difference =
      SpecDifference(study->study_spec(), wanted.study_spec());
  if (!difference.empty()) {
    return Failure(
        ExitCode::kConflict,
        absl::StrCat("there is another study ", Quoted(wanted.display_name()),
                     ": ", difference,
                     "; choose another name with --name, or delete it with "
                     "\"apogee study delete\""));
  }
  result.study = *std::move(study);
  return result;
}

}  // namespace apogee
