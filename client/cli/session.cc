#include "client/cli/session.h"

#include <unistd.h>

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "client/cli/arguments.h"
#include "client/cli/exit_code.h"
#include "client/cli/help.h"

namespace apogee {
namespace {

void Write(std::FILE* file, absl::string_view text) {
  std::fwrite(text.data(), 1, text.size(), file);
  std::fflush(file);
}

// The message for people: on one line, and with a cure where the server could
// not be reached at all.
std::string Explain(const absl::Status& error, const std::string& server) {
  std::string message(error.message());
  if (error.code() == absl::StatusCode::kUnavailable) {
    message = absl::StrCat(
        "no server answers at ", server, " (", message,
        "); start one with \"apogeed\", or name another with --server "
        "HOST:PORT or APOGEE_SERVER");
  } else if (error.code() == absl::StatusCode::kDeadlineExceeded) {
    message = absl::StrCat("no answer from ", server, " in time (", message,
                           "); give it longer with --timeout");
  }
  for (char& c : message) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return message;
}

}  // namespace

absl::Duration Session::Timeout() const {
  return timeout.value_or(absl::Seconds(60));
}

Client Session::Connect() const {
  return Client(apogee::Connect(server),
                {.timeout = Timeout(), .patience = absl::Seconds(1)});
}

absl::StatusOr<StudyName> Session::Study(absl::string_view argument) const {
  return ParseStudyArgument(argument, owner);
}

void Session::Show(
    const Json& document,
    const std::function<std::string(const Terminal&)>& draw) const {
  Write(stdout, format == Format::kTable
                    ? draw(DescribeTerminal(STDOUT_FILENO, color))
                    : Serialize(document, format));
}

void Session::Print(absl::string_view text) { Write(stdout, text); }

void Session::Say(absl::string_view line) const {
  Write(stderr, absl::StrCat(line, "\n"));
}

void Session::ShowError(const absl::Status& error) const {
  const std::string message = Explain(error, server);
  if (format == Format::kJson) {
    const Json document = {
        {"error",
         {{"code", std::string(ExitCodeName(ExitCodeFor(error)))},
          {"message", message}}}};
    Say(JsonText(document));
    return;
  }
  const Terminal terminal = DescribeTerminal(STDERR_FILENO, color);
  Say(absl::StrCat(Styled("apogee:", Style::kBad, terminal.color), " ",
                   message));
}

void CommandLine::SetUp(CLI::App& app, const std::string& usage,
                        const std::string& footer) {
  app.formatter(std::make_shared<HelpFormatter>(usage));
  app.footer(footer);
}

CLI::App* CommandLine::AddNoun(CLI::App& parent, const std::string& name,
                               const std::string& description,
                               const std::string& examples) {
  CLI::App* const app = parent.add_subcommand(name, description);
  app->fallthrough();
  app->require_subcommand(1);
  SetUp(*app, "", "Examples:\n" + examples);
  return app;
}

CLI::App* CommandLine::AddVerb(CLI::App& parent, const std::string& name,
                               const std::string& description,
                               const std::string& examples, Action action) {
  CLI::App* const app = parent.add_subcommand(name, description);
  app->fallthrough();
  SetUp(
      *app, "",
      absl::StrCat(
          "Examples:\n", examples,
          "\nOptions of every command, variables and exit codes: see \"apogee "
          "--help\".\n"));
  app->callback([this, action = std::move(action)] { chosen_ = action; });
  return app;
}

}  // namespace apogee
