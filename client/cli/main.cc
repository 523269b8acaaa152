// apogee: the command line of Apogee. Each noun is a file *_commands.cc.

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/nearest.h"
#include "base/version.h"
#include "client/cli/arguments.h"
#include "client/cli/exit_code.h"
#include "client/cli/session.h"
#include "proto/print.h"

namespace apogee {
namespace {

std::string LoginName() {
  const passwd* const user = getpwuid(geteuid());
  return user == nullptr ? "default" : user->pw_name;
}

// The options of every command, as text until the line has been read.
struct CommonOptions {
  std::string output = "table";
  std::string color = "auto";
  std::string timeout;
};

void AddCommonOptions(CLI::App& app, Session& session, CommonOptions& options) {
  const std::string group = "Options for every command";
  app.add_option("--server", session.server,
                 "The server, HOST:PORT or unix:PATH; localhost:28080 unless "
                 "given")
      ->type_name("ADDRESS")
      ->envname("APOGEE_SERVER")
      ->group(group);
  app.add_option("--owner", session.owner,
                 "Whose studies; yours (your login name) unless given")
      ->type_name("NAME")
      ->envname("APOGEE_OWNER")
      ->group(group);
  app.add_option("-o,--output", options.output, "The form of results")
      ->check(CLI::IsMember({"table", "json", "yaml", "csv"}))
      ->group(group);
  app.add_option("--color", options.color,
                 "When to use colours; auto means on a terminal, and not when "
                 "NO_COLOR is set")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->group(group);
  app.add_option("--timeout", options.timeout,
                 "How long to wait for the server: 60s unless given; tune "
                 "and study watch ride out 5m without one")
      ->type_name("DURATION")
      ->group(group);
}

absl::Status Apply(const CommonOptions& options, Session& session) {
  constexpr std::pair<absl::string_view, Format> kFormats[] = {
      {"table", Format::kTable},
      {"json", Format::kJson},
      {"yaml", Format::kYaml},
      {"csv", Format::kCsv}};
  for (const auto& [name, format] : kFormats) {
    if (options.output == name) session.format = format;
  }
  if (options.color != "auto") {
    session.color =
        options.color == "always" ? ColorMode::kAlways : ColorMode::kNever;
  }
  if (!options.timeout.empty()) {
    absl::StatusOr<absl::Duration> timeout =
        ParseDuration(options.timeout, "--timeout");
    if (!timeout.ok()) return timeout.status();
    session.timeout = *timeout;
  }
  return absl::OkStatus();
}

// "apogee trial show": the commands that the line named before it went wrong.
std::string NamedCommands(const CLI::App& app) {
  std::string path = app.get_name();
  const CLI::App* current = &app;
  while (!current->get_subcommands().empty()) {
    current = current->get_subcommands().front();
    absl::StrAppend(&path, " ", current->get_name());
  }
  return path;
}

// The names of the commands that may follow.
std::vector<std::string> NextCommands(const CLI::App& app) {
  const CLI::App* current = &app;
  while (!current->get_subcommands().empty()) {
    current = current->get_subcommands().front();
  }
  std::vector<std::string> names;
  for (const CLI::App* next : current->get_subcommands(nullptr)) {
    names.push_back(next->get_name());
  }
  return names;
}

absl::Status WrongLine(const CLI::App& app, const CLI::ParseError& error) {
  const std::vector<std::string> unknown = app.remaining(true);
  const std::vector<std::string> commands = NextCommands(app);
  if (!commands.empty() && !unknown.empty() && unknown[0][0] != '-') {
    return UsageError(absl::StrCat("there is no command ", Quoted(unknown[0]),
                                   " of \"", NamedCommands(app), "\"",
                                   DidYouMean(unknown[0], commands),
                                   "; it has ", absl::StrJoin(commands, ", ")));
  }
  std::string text = error.what();
  absl::StripTrailingAsciiWhitespace(&text);
  if (text.size() > 1 && !absl::ascii_isupper(text[1])) {
    text[0] = absl::ascii_tolower(text[0]);
  }
  return UsageError(
      absl::StrCat(text, "; see \"", NamedCommands(app), " --help\""));
}

int Finish(const Session& session, absl::Status status) {
  if (status.ok() && std::ferror(stdout) != 0) {
    status = Failure(ExitCode::kError,
                     "can not write all of the results; is the disk full?");
  }
  if (!status.ok() && !status.message().empty()) session.ShowError(status);
  return static_cast<int>(ExitCodeFor(status));
}

// Whether the line, perhaps a wrong one, asks for JSON.
bool WantsJson(const std::vector<std::string>& arguments) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "-ojson" || argument == "--output=json") return true;
    if ((argument == "-o" || argument == "--output") &&
        i + 1 < arguments.size() && arguments[i + 1] == "json") {
      return true;
    }
  }
  return false;
}

int Run(std::vector<std::string> arguments) {
  // A worker's command line is no business of ours.
  std::vector<std::string> command;
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  const bool has_command = dashes != arguments.end();
  if (has_command) {
    command.assign(dashes + 1, arguments.end());
    arguments.erase(dashes, arguments.end());
  }

  Session session;
  session.owner = LoginName();
  CommonOptions options;
  CommandLine line;
  CLI::App app("Manage studies and run workers for them", "apogee");
  app.set_help_flag("-h,--help", "Print this text");
  app.set_version_flag("--version", absl::StrCat("apogee ", kVersion),
                       "Print the version of this program");
  app.require_subcommand(1);
  AddCommonOptions(app, session, options);
  AddStudyCommands(app, session, line);
  AddTrialCommands(app, session, line);
  AddWorkerCommands(app, session, line);
  AddAlgorithmCommands(app, session, line);
  AddRegressorCommands(app, session, line);
  AddTune(app, session, line, command);
  AddAdminCommands(app, session, line);
  AddCompletion(app, session, line, command);
  AddVersion(app, session, line);
  CommandLine::SetUp(
      app, "",
      absl::StrCat("Examples:\n"
                   "  apogee study create -f study.yaml\n"
                   "  apogee tune -f study.yaml --workers 4 -- python3 "
                   "train.py --lr {lr}\n"
                   "  apogee study watch digits\n"
                   "  apogee study best digits -o json\n\n"
                   "Variables:\n"
                   "  APOGEE_SERVER  as --server\n"
                   "  APOGEE_OWNER   as --owner\n"
                   "  APOGEE_WORKER  as --worker of \"trial suggest\"\n"
                   "  NO_COLOR       when set: as --color never\n\n",
                   kExitCodeHelp));

  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app.parse(reversed);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    if (WantsJson(arguments)) session.format = Format::kJson;
    return Finish(session, WrongLine(app, error));
  }
  absl::Status status = Apply(options, session);
  if (status.ok() && has_command && !app.got_subcommand("tune") &&
      !app.got_subcommand("completion")) {
    status = UsageError("only tune takes a command after --");
  }
  if (status.ok()) status = line.chosen()();
  return Finish(session, status);
}

}  // namespace
}  // namespace apogee

// NOLINTNEXTLINE(bugprone-exception-escape): only when memory runs out
int main(int argc, char** argv) { return apogee::Run({argv + 1, argv + argc}); }
