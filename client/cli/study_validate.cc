// apogee study validate: whether study files are right, without a server.

#include <algorithm>
#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/cli/exit_code.h"
#include "client/cli/parameters.h"
#include "client/cli/session.h"
#include "client/cli/study_file_load.h"

namespace apogee {
namespace {

struct Finding {
  std::string file;
  absl::Status status;
  std::string summary;  // of a file without a mistake
};

Finding Check(const std::string& file) {
  Finding finding;
  finding.file = file;
  const absl::StatusOr<vizier::Study> study = LoadStudyFile(file, "");
  finding.status = study.status();
  if (study.ok()) {
    const vizier::StudySpec& spec = study->study_spec();
    const auto count = [](size_t n, absl::string_view what) {
      return absl::StrCat(n, " ", what, n == 1 ? "" : "s");
    };
    finding.summary =
        absl::StrCat("valid, ", count(ParameterNames(spec).size(), "parameter"),
                     ", ", count(spec.metrics().size(), "metric"));
  }
  return finding;
}

// With the line taken out of "FILE:7: what is wrong".
Json FindingJson(const Finding& finding) {
  Json line;
  absl::string_view message = finding.status.message();
  absl::ConsumePrefix(&message, finding.file);
  if (absl::ConsumePrefix(&message, ":")) {
    const size_t colon = message.find(": ");
    int64_t number = 0;
    if (colon != absl::string_view::npos &&
        absl::SimpleAtoi(message.substr(0, colon), &number)) {
      line = number;
      message.remove_prefix(colon + 2);
    }
  }
  return {{"file", finding.file},
          {"valid", finding.status.ok()},
          {"line", line},
          {"message", message.empty() ? Json() : Json(std::string(message))}};
}

absl::Status Validate(const Session& session,
                      const std::vector<std::string>& files) {
  Json document = Json::array();
  std::string text;
  ExitCode code = ExitCode::kDone;
  for (const std::string& file : files) {
    const Finding finding = Check(file);
    document.push_back(FindingJson(finding));
    absl::StrAppend(&text,
                    finding.status.ok()
                        ? absl::StrCat(file, ": ", finding.summary)
                        : std::string(finding.status.message()),
                    "\n");
    if (code == ExitCode::kDone) code = ExitCodeFor(finding.status);
  }
  session.Show(document, [&](const Terminal&) { return text; });
  return code == ExitCode::kDone ? absl::OkStatus() : Failure(code, "");
}

}  // namespace

void AddStudyValidate(CLI::App& study, Session& session, CommandLine& line) {
  const auto files = std::make_shared<std::vector<std::string>>();
  line.AddVerb(
          study, "validate",
          "Check study files, without a server\n\n"
          "Everything that can be said of a file by itself: its syntax, "
          "misspelt keys, bounds, defaults, scales, conditions. Whether the "
          "algorithm exists and has these options, the server says when the "
          "study is created. Of each file the first mistake is shown.\n\n"
          "The exit code is 8 when a file has a mistake, and 2 when one can "
          "not be read; with several such files, that of the first.",
          "  apogee study validate study.yaml\n"
          "  apogee study validate a.yaml b.yaml -o json\n",
          [&session, files] { return Validate(session, *files); })
      ->add_option("FILE", *files, "Study files; - reads standard input")
      ->required();
}

}  // namespace apogee
