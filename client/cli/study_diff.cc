// apogee study diff: what two studies have otherwise.

#include <filesystem>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "client/cli/exit_code.h"
#include "client/cli/session.h"
#include "client/cli/study_file_json.h"
#include "client/cli/study_file_load.h"

namespace apogee {
namespace {

bool IsFile(const std::string& argument) {
  for (const char* const end : {".yaml", ".yml", ".json"}) {
    if (absl::EndsWith(argument, end)) return true;
  }
  std::error_code ignored;
  return argument == "-" || std::filesystem::is_regular_file(argument, ignored);
}

absl::StatusOr<vizier::StudySpec> Load(const Session& session,
                                       const std::string& argument) {
  if (IsFile(argument)) {
    ASSIGN_OR_RETURN(const vizier::Study study, LoadStudyFile(argument, ""));
    return study.study_spec();
  }
  ASSIGN_OR_RETURN(const StudyName name, session.Study(argument));
  ASSIGN_OR_RETURN(const vizier::Study study,
                   session.Connect().GetStudy(name.ToString()));
  return study.study_spec();
}

std::string Describe(const std::string& a, const std::string& b,
                     const std::vector<SpecChange>& changes,
                     const Terminal& terminal) {
  if (changes.empty()) return "";
  std::string text;
  const auto add = [&](const std::string& line, Style style) {
    absl::StrAppend(&text, Styled(line, style, terminal.color), "\n");
  };
  add("--- " + a, Style::kStrong);
  add("+++ " + b, Style::kStrong);
  for (const auto& [path, before, after] : changes) {
    if (!before.is_null()) {
      add(absl::StrCat("- ", path, ": ", FlowYaml(before)), Style::kBad);
    }
    if (!after.is_null()) {
      add(absl::StrCat("+ ", path, ": ", FlowYaml(after)), Style::kGood);
    }
  }
  return text;
}

absl::Status Diff(const Session& session, const std::string& a,
                  const std::string& b) {
  ASSIGN_OR_RETURN(const vizier::StudySpec spec_a, Load(session, a));
  ASSIGN_OR_RETURN(const vizier::StudySpec spec_b, Load(session, b));
  const std::vector<SpecChange> changes = CompareSpecs(spec_a, spec_b);
  Json document = Json::array();
  for (const auto& [path, before, after] : changes) {
    document.push_back({{"path", path}, {"a", before}, {"b", after}});
  }
  session.Show(document, [&](const Terminal& terminal) {
    return Describe(a, b, changes, terminal);
  });
  return changes.empty() ? absl::OkStatus() : Failure(ExitCode::kError, "");
}

}  // namespace

void AddStudyDiff(CLI::App& study, Session& session, CommandLine& line) {
  const auto a = std::make_shared<std::string>();
  const auto b = std::make_shared<std::string>();
  CLI::App* const diff = line.AddVerb(
      study, "diff",
      "What two studies, or a study and a study file, have otherwise\n\n"
      "Compares metrics, parameters, algorithm with options, constraints, "
      "budget, seed, "
      "stopping, lease, sharing, transfer, noise and metadata; names and "
      "states do "
      "not count. The "
      "differences are in the words of the study file.\n\n"
      "The exit code is 0 when the two are equal, 1 when they differ, and "
      "otherwise as always.",
      "  apogee study diff study.yaml digits\n"
      "  apogee study diff digits owners/eva/studies/digits -o json\n",
      [&session, a, b] { return Diff(session, *a, *b); });
  diff->add_option("A", *a,
                   "A study file (-, *.yaml, *.yml, *.json, or any file there "
                   "is), or a study on the server")
      ->required()
      ->type_name("STUDY|FILE");
  diff->add_option("B", *b, "The other one")
      ->required()
      ->type_name("STUDY|FILE");
}

}  // namespace apogee
