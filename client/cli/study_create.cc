// apogee study create: a study file becomes a study.

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "client/cli/json.h"
#include "client/cli/session.h"
#include "client/cli/study_file_load.h"

namespace apogee {
namespace {

struct Options {
  std::string file;
  std::string name;
};

absl::Status Create(const Session& session, const Options& options) {
  ASSIGN_OR_RETURN(const vizier::Study wanted,
                   LoadStudyFile(options.file, options.name));
  const Client client = session.Connect();
  ASSIGN_OR_RETURN(const CreatedStudy created,
                   CreateOrJoin(client, session.owner, wanted));
  ASSIGN_OR_RETURN(const apogee::v1::StudySummary summary,
                   client.GetStudySummary(created.study.name()));
  const std::string name = created.study.name();
  session.Say(created.is_new
                  ? absl::StrCat("created study \"", wanted.display_name(),
                                 "\", algorithm ", summary.algorithm())
                  : absl::StrCat("study \"", wanted.display_name(),
                                 "\" exists already and is equal"));
  session.Show(StudyDetailsJson(summary),
               [&](const Terminal&) { return absl::StrCat(name, "\n"); });
  return absl::OkStatus();
}

}  // namespace

void AddStudyCreate(CLI::App& study, Session& session, CommandLine& line) {
  const auto options = std::make_shared<Options>();
  CLI::App* const create = line.AddVerb(
      study, "create",
      "Create a study from a file\n\n"
      "When there is an equal study of that name, all is well. One that "
      "differs "
      "is a conflict, exit code 4; \"apogee study diff\" shows in what.",
      "  apogee study create -f study.yaml\n"
      "  apogee study create -f study.yaml --name second-try\n"
      "  cat study.yaml | apogee study create -f -\n",
      [&session, options] { return Create(session, *options); });
  create
      ->add_option("-f,--file", options->file,
                   "The study file, YAML or JSON; - reads standard input")
      ->type_name("FILE")
      ->required();
  create
      ->add_option("--name", options->name,
                   "The study's name, in place of the one in the file")
      ->type_name("NAME");
}

}  // namespace apogee
