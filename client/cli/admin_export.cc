// apogee admin export: studies as an archive, which any server can import.

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "client/cli/admin_commands.h"
#include "client/cli/exit_code.h"
#include "client/import/archive.h"
#include "proto/print.h"

namespace apogee {
namespace {

struct Options {
  std::string file;
  std::vector<std::string> studies;
  bool all_owners = false;
};

// The resource names of the studies to export.
absl::StatusOr<std::vector<std::string>> ChosenStudies(const Session& session,
                                                       const Client& client,
                                                       const Options& options) {
  std::vector<std::string> names;
  for (const std::string& argument : options.studies) {
    ASSIGN_OR_RETURN(const StudyName name, session.Study(argument));
    names.push_back(name.ToString());
  }
  if (!names.empty()) return names;
  ASSIGN_OR_RETURN(
      const std::vector<apogee::v1::StudySummary> summaries,
      client.ListStudySummaries(
          options.all_owners ? ""
                             : OwnerName{.owner = session.owner}.ToString()));
  for (const apogee::v1::StudySummary& summary : summaries) {
    names.push_back(summary.study().name());
  }
  if (names.empty()) {
    return Failure(
        ExitCode::kNotFound,
        options.all_owners
            ? "there are no studies"
            : absl::StrCat("there are no studies of ", Quoted(session.owner),
                           "; --all-owners exports everybody's"));
  }
  return names;
}

absl::Status Write(std::FILE* out, const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), out) == text.size()) {
    return absl::OkStatus();
  }
  return Failure(ExitCode::kError,
                 absl::StrCat("can not write: ", std::strerror(errno)));
}

absl::Status WriteStudy(const Client& client, const std::string& name,
                        ArchiveWriter& archive, std::FILE* out) {
  ASSIGN_OR_RETURN(const apogee::v1::StudyRecord study,
                   client.ExportStudy(name));
  RETURN_IF_ERROR(Write(out, archive.Line(study)));
  apogee::v1::ExportTrialsRequest request;
  request.set_parent(name);
  do {
    ASSIGN_OR_RETURN(const apogee::v1::ExportTrialsResponse page,
                     client.ExportTrials(request));
    for (const apogee::v1::TrialRecord& trial : page.trials()) {
      RETURN_IF_ERROR(Write(out, archive.Line(trial)));
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

absl::Status WriteArchive(const Client& client,
                          const std::vector<std::string>& names,
                          ArchiveWriter& archive, std::FILE* out) {
  RETURN_IF_ERROR(Write(out, archive.Header()));
  for (const std::string& name : names) {
    RETURN_IF_ERROR(WriteStudy(client, name, archive, out));
  }
  RETURN_IF_ERROR(Write(out, archive.End()));
  if (std::fflush(out) == 0) return absl::OkStatus();
  return Failure(ExitCode::kError,
                 absl::StrCat("can not write: ", std::strerror(errno)));
}

// To a file of another name first, so that a half-written archive can not be
// taken for a whole one.
absl::Status WriteFile(const Client& client,
                       const std::vector<std::string>& names,
                       ArchiveWriter& archive, const std::string& file) {
  std::error_code error;
  if (std::filesystem::exists(file, error)) {
    return Failure(ExitCode::kConflict,
                   absl::StrCat("file ", Quoted(file),
                                " exists already; choose another name"));
  }
  const std::string partial = file + ".partial";
  std::FILE* const out = std::fopen(partial.c_str(), "wbe");
  if (out == nullptr) {
    return Failure(ExitCode::kError,
                   absl::StrCat("can not write file ", Quoted(partial), ": ",
                                std::strerror(errno)));
  }
  absl::Cleanup remove = [&] { std::remove(partial.c_str()); };
  absl::Status written = WriteArchive(client, names, archive, out);
  if (std::fclose(out) != 0 && written.ok()) {
    written = Failure(ExitCode::kError,
                      absl::StrCat("can not write: ", std::strerror(errno)));
  }
  RETURN_IF_ERROR(written);
  std::filesystem::rename(partial, file, error);
  if (error) return Failure(ExitCode::kError, error.message());
  std::move(remove).Cancel();
  return absl::OkStatus();
}

absl::Status Export(const Session& session, const Options& options) {
  const Client client = ConnectForLong(session);
  ASSIGN_OR_RETURN(const std::vector<std::string> names,
                   ChosenStudies(session, client, options));
  ArchiveWriter archive;
  RETURN_IF_ERROR(options.file == "-"
                      ? WriteArchive(client, names, archive, stdout)
                      : WriteFile(client, names, archive, options.file));
  session.Say(absl::StrCat("exported studies: ", archive.studies(),
                           ", trials: ", archive.trials()));
  return absl::OkStatus();
}

}  // namespace

void AddAdminExport(CLI::App& admin, Session& session, CommandLine& line) {
  const auto options = std::make_shared<Options>();
  CLI::App* const verb = line.AddVerb(
      admin, "export",
      "Write studies with all of their trials into an archive\n\n"
      "An archive is a text of one JSON object a line. \"apogee admin import\" "
      "puts it on another server, which goes on with the studies as this one "
      "would. Each study is read while the server works: stop its workers "
      "first, if it must be whole as of one moment. Suggestions that workers "
      "still wait for are not part of it.",
      "  apogee admin export studies.jsonl\n"
      "  apogee admin export digits.jsonl digits\n"
      "  apogee admin export - --all-owners | gzip > all.jsonl.gz\n",
      [&session, options] { return Export(session, *options); });
  verb->add_option("FILE", options->file,
                   "The archive to write; - is standard output")
      ->required();
  CLI::Option* const studies = verb->add_option(
      "STUDY", options->studies,
      "The studies, as NAME or owners/OWNER/studies/NAME; all of yours unless "
      "given");
  verb->add_flag("--all-owners", options->all_owners, "Everybody's studies")
      ->excludes(studies);
}

}  // namespace apogee
