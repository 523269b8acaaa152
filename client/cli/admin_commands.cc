// apogee admin: backup, check, vacuum.

#include "client/cli/admin_commands.h"

#include <filesystem>
#include <memory>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "client/cli/exit_code.h"
#include "client/cli/session.h"
#include "proto/print.h"

namespace apogee {
namespace {

constexpr absl::Duration kPatience = absl::Hours(24);

absl::Status Backup(const Session& session, const std::string& file) {
  std::error_code error;
  const std::string path = std::filesystem::absolute(file, error).string();
  if (error) return UsageError(absl::StrCat(Quoted(file), " is not a path"));
  RETURN_IF_ERROR(ConnectForLong(session).Backup(path));
  session.Say(absl::StrCat("wrote ", Quoted(path),
                           "; serve it with \"apogeed "
                           "--store sqlite:FILE\""));
  if (session.format != Format::kTable) {
    session.Show(Json{{"path", path}}, nullptr);
  }
  return absl::OkStatus();
}

absl::Status Check(const Session& session) {
  ASSIGN_OR_RETURN(const std::vector<std::string> problems,
                   ConnectForLong(session).Check());
  session.Show(Json{{"problems", problems}}, [&](const Terminal&) {
    return problems.empty() ? ""
                            : absl::StrCat(absl::StrJoin(problems, "\n"), "\n");
  });
  if (!problems.empty()) {
    return Failure(ExitCode::kError,
                   "the store is damaged; restore it from a backup");
  }
  session.Say("nothing is wrong with the store");
  return absl::OkStatus();
}

absl::Status Vacuum(const Session& session) {
  RETURN_IF_ERROR(ConnectForLong(session).Vacuum());
  session.Say("the store is as small as it can be");
  return absl::OkStatus();
}

}  // namespace

Client ConnectForLong(const Session& session) {
  return session.Connect().With({.timeout = session.timeout.value_or(kPatience),
                                 .patience = absl::Seconds(1)});
}

void AddAdminCommands(CLI::App& app, Session& session, CommandLine& line) {
  CLI::App& admin = *CommandLine::AddNoun(
      app, "admin", "Look after a server and its store",
      "  apogee admin backup /var/backups/apogee-monday.db\n"
      "  apogee admin export studies.jsonl\n"
      "  apogee admin import optuna.db --dry-run\n");

  const auto file = std::make_shared<std::string>();
  line.AddVerb(admin, "backup",
               "Copy the server's whole store into a new file\n\n"
               "The server writes the file, so its path is one of the server's "
               "machine, and goes on with its work meanwhile. The copy has all "
               "that was acknowledged before the call. It is a store like any "
               "other: to restore it, serve it.",
               "  apogee admin backup /var/backups/apogee-monday.db\n",
               [&session, file] { return Backup(session, *file); })
      ->add_option("FILE", *file, "The file to write; it must not exist")
      ->required();

  line.AddVerb(admin, "check",
               "Read the server's whole store and say what is wrong\n\n"
               "Prints a line for each problem, and then ends with exit code "
               "1. The server goes on with its work meanwhile.",
               "  apogee admin check\n", [&session] { return Check(session); });

  line.AddVerb(admin, "vacuum",
               "Give the store's unused space back to the system\n\n"
               "Useful after large studies were deleted. Changes of studies "
               "wait meanwhile, and the disk needs room for a second copy.",
               "  apogee admin vacuum\n",
               [&session] { return Vacuum(session); });

  AddAdminExport(admin, session, line);
  AddAdminImport(admin, session, line);
}

}  // namespace apogee
