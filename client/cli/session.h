#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/cli/output.h"
#include "client/cli/table.h"
#include "client/cli/terminal.h"
#include "client/cpp/client.h"
#include "proto/names.h"

namespace apogee {

// What the options for every command say, and what commands do with it.
struct Session {
  std::string server = "localhost:28080";
  std::string owner;
  Format format = Format::kTable;
  ColorMode color = ColorMode::kAuto;
  // --timeout, if given.
  std::optional<absl::Duration> timeout;

  // A client for one command: it fails quickly when there is no server.
  Client Connect() const;
  // How long such a command takes at most.
  absl::Duration Timeout() const;

  // The study an argument names.
  absl::StatusOr<StudyName> Study(absl::string_view argument) const;

  // A result, to stdout: `document`, or for people what `draw` makes of it.
  void Show(const Json& document,
            const std::function<std::string(const Terminal&)>& draw) const;
  // Text that has no other form, to stdout.
  static void Print(absl::string_view text);
  // Talk, to stderr.
  void Say(absl::string_view line) const;
  // An error, to stderr, with its cure; as JSON with -o json.
  void ShowError(const absl::Status& error) const;
};

// Nouns and verbs as they are declared. Exactly one of them is chosen.
//
// A description is a summary without a full stop, and then perhaps paragraphs
// with what else there is to know; lines that begin with a blank stay as they
// are. Examples are whole lines, indented by two, and each calls apogee.
class CommandLine {
 public:
  using Action = std::function<absl::Status()>;

  // How the help of `app` looks; `usage` is empty for the usual one.
  static void SetUp(CLI::App& app, const std::string& usage,
                    const std::string& footer);
  // A noun: a command that only has verbs.
  static CLI::App* AddNoun(CLI::App& parent, const std::string& name,
                           const std::string& description,
                           const std::string& examples);
  // A command that does `action` when chosen.
  CLI::App* AddVerb(CLI::App& parent, const std::string& name,
                    const std::string& description, const std::string& examples,
                    Action action);

  const Action& chosen() const { return chosen_; }

 private:
  Action chosen_;
};

// What more than one command does.

// Fails unless --yes was given, or a person at the terminal agrees.
absl::Status ConfirmDeletion(const std::string& what, bool yes);
// Shows the `count` best trials; with several objectives, the optimal ones;
// with `max_cost`, the best by the first objective of those that cost no more.
absl::Status ShowBest(const Session& session, const Client& client,
                      const std::string& study_name, size_t count,
                      std::optional<double> max_cost = std::nullopt);

// What each file of commands adds. `session` and `line` outlive the actions.
void AddAdminCommands(CLI::App& app, Session& session, CommandLine& line);
void AddStudyCommands(CLI::App& app, Session& session, CommandLine& line);
void AddStudyCreate(CLI::App& study, Session& session, CommandLine& line);
void AddStudyDiff(CLI::App& study, Session& session, CommandLine& line);
void AddStudyExport(CLI::App& study, Session& session, CommandLine& line);
void AddStudyShow(CLI::App& study, Session& session, CommandLine& line);
void AddStudyValidate(CLI::App& study, Session& session, CommandLine& line);
void AddStudyWatch(CLI::App& study, Session& session, CommandLine& line);
void AddTrialCommands(CLI::App& app, Session& session, CommandLine& line);
void AddTrialWorkCommands(CLI::App& trial, Session& session, CommandLine& line);
void AddAlgorithmCommands(CLI::App& app, Session& session, CommandLine& line);
void AddRegressorCommands(CLI::App& app, Session& session, CommandLine& line);
void AddWorkerCommands(CLI::App& app, Session& session, CommandLine& line);
void AddVersion(CLI::App& app, Session& session, CommandLine& line);
// `command` is what follows "--".
void AddCompletion(CLI::App& app, Session& session, CommandLine& line,
                   const std::vector<std::string>& command);
void AddTune(CLI::App& app, Session& session, CommandLine& line,
             const std::vector<std::string>& command);

// The description of an argument that many verbs have.
inline constexpr char kStudyHelp[] =
    "The study: its NAME, or owners/OWNER/studies/NAME";

}  // namespace apogee
