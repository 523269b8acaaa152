// apogee tune: runs anybody's program as the workers of a study.

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "client/cli/arguments.h"
#include "client/cli/exit_code.h"
#include "client/cli/session.h"
#include "client/cli/study_file_load.h"
#include "client/cli/tune/tuner.h"
#include "proto/options.h"
#include "proto/print.h"

namespace apogee {
namespace {

struct Options {
  std::string file;
  std::string name;
  std::string study;
  int workers = 1;
  int64_t max_trials = 0;
  std::string trial_timeout;
  std::string grace = "10s";
  std::string log_dir;
  bool keep_going = false;
};

// In this thread, and in those it starts: the tuner takes them one by one.
void BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    sigaddset(&signals, number);
  }
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
}

absl::StatusOr<std::string> MakeTempFolder() {
  std::error_code error;
  std::string path =
      (std::filesystem::temp_directory_path(error) / "apogee-tune-XXXXXX")
          .string();
  if (mkdtemp(path.data()) == nullptr) {
    return absl::InternalError(
        absl::StrCat("can not make a temporary folder ", path));
  }
  return path;
}

// The program must be there and the template must fit, before anything runs.
absl::StatusOr<CommandTemplate> CheckCommand(
    const std::vector<std::string>& command, const vizier::StudySpec& spec) {
  ASSIGN_OR_RETURN(CommandTemplate result,
                   CommandTemplate::Parse(command, spec));
  RETURN_IF_ERROR(CheckEnvironmentNames(spec));
  if (!result.program().empty()) {
    const absl::Status found = FindProgram(result.program()).status();
    if (!found.ok()) return UsageError(found.message());
  }
  return result;
}

// The study to work on: that of the file, created or joined, or the named one.
absl::StatusOr<vizier::Study> OpenStudy(
    const Session& session, const Client& client, const Options& options,
    const std::vector<std::string>& command) {
  if (options.file.empty()) {
    ASSIGN_OR_RETURN(const StudyName name, session.Study(options.study));
    return client.GetStudy(name.ToString());
  }
  ASSIGN_OR_RETURN(const vizier::Study wanted,
                   LoadStudyFile(options.file, options.name));
  RETURN_IF_ERROR(CheckCommand(command, wanted.study_spec()).status());
  ASSIGN_OR_RETURN(CreatedStudy created,
                   CreateOrJoin(client, session.owner, wanted));
  session.Say(absl::StrCat(created.is_new ? "created study " : "joined study ",
                           Quoted(wanted.display_name())));
  return created.study;
}

absl::Status FillSetup(const Options& options, TuneSetup& setup) {
  ASSIGN_OR_RETURN(setup.grace, ParseDuration(options.grace, "--grace"));
  if (!options.trial_timeout.empty()) {
    ASSIGN_OR_RETURN(setup.trial_timeout, ParseDuration(options.trial_timeout,
                                                        "--timeout-per-trial"));
  }
  if (!options.log_dir.empty()) {
    std::error_code error;
    std::filesystem::create_directories(options.log_dir, error);
    if (error) {
      return UsageError(
          absl::StrCat("--log-dir ", options.log_dir, ": ", error.message()));
    }
    setup.log_folder = options.log_dir;
  }
  return absl::OkStatus();
}

absl::Status Tune(const Session& session, const Options& options,
                  const std::vector<std::string>& command) {
  if (command.empty()) {
    return UsageError(
        "tune needs a command after --, as in \"apogee tune -f study.yaml -- "
        "./train --lr {lr}\"");
  }
  if (options.file.empty() == options.study.empty()) {
    return UsageError("tune needs either -f FILE or --study NAME");
  }
  TuneSetup setup;
  RETURN_IF_ERROR(FillSetup(options, setup));
  BlockSignals();
  // Before gRPC starts its threads.
  ASSIGN_OR_RETURN(Guard guard, Guard::Start());

  const Client client = session.Connect();
  ASSIGN_OR_RETURN(setup.study, OpenStudy(session, client, options, command));
  ASSIGN_OR_RETURN(const apogee::v1::StudyOptions study_options,
                   ReadStudyOptions(setup.study.study_spec()));
  setup.lease = study_options.lease();
  ASSIGN_OR_RETURN(setup.command,
                   CheckCommand(command, setup.study.study_spec()));
  setup.server = session.server;
  ASSIGN_OR_RETURN(setup.temp_folder, MakeTempFolder());
  const absl::Cleanup remove_folder = [&setup] {
    std::error_code ignored;
    std::filesystem::remove_all(setup.temp_folder, ignored);
  };

  Progress progress(DescribeTerminal(STDERR_FILENO, session.color),
                    options.max_trials);
  Tuner tuner({.workers = options.workers,
               .max_trials = options.max_trials,
               .keep_going = options.keep_going,
               .patience = session.timeout.value_or(absl::Minutes(5))},
              &setup, &guard, &progress, client);
  RETURN_IF_ERROR(tuner.Run());
  return ShowBest(session, client, setup.study.name(), 3);
}

}  // namespace

void AddTune(CLI::App& app, Session& session, CommandLine& line,
             const std::vector<std::string>& command) {
  const auto options = std::make_shared<Options>();
  CLI::App* const tune = line.AddVerb(
      app, "tune",
      "Run a program for trial after trial until the study gives no more\n\n"
      "The program gets its parameters where its command line says {lr}, and "
      "as APOGEE_PARAM_LR. It reports by printing lines\n\n"
      "  apogee: accuracy=0.93           the result so far; the last one "
      "counts\n"
      "  apogee: step=3 accuracy=0.91    on the way\n\n"
      "or by writing JSON to the file APOGEE_METRICS_FILE. It should end on "
      "SIGTERM. Any number of tunes, here and elsewhere, may share a study.",
      "  apogee tune -f study.yaml --workers 4 -- python3 train.py --lr {lr}\n"
      "  apogee tune --study digits --log-dir logs -- ./train.sh\n",
      [&session, options, &command] {
        return Tune(session, *options, command);
      });
  CommandLine::SetUp(*tune, "apogee tune [OPTIONS] -- COMMAND [ARGUMENTS...]",
                     tune->get_footer());
  tune->add_option("-f,--file", options->file,
                   "The study file; the study is created, or joined when there "
                   "is an equal one of its name")
      ->type_name("FILE");
  tune->add_option("--name", options->name,
                   "The study's name, in place of the one in the file")
      ->type_name("NAME");
  tune->add_option("--study", options->study, "Join this study, without a file")
      ->type_name("STUDY");
  tune->add_option("--workers", options->workers,
                   "How many programs at a time; 1 unless given")
      ->check(CLI::Range(1, 4096))
      ->type_name("N");
  tune->add_option("--max-trials", options->max_trials,
                   "End after so many trials, whatever the study's budget")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  tune->add_option("--timeout-per-trial", options->trial_timeout,
                   "End programs that take longer; their trials are "
                   "infeasible")
      ->type_name("DURATION");
  tune->add_option("--grace", options->grace,
                   "How long a program has to end after SIGTERM, before "
                   "SIGKILL; 10s unless given")
      ->type_name("DURATION");
  tune->add_option("--log-dir", options->log_dir,
                   "Write programs' output to trial-N.log files in this folder "
                   "instead of standard error")
      ->type_name("FOLDER");
  tune->add_flag("--keep-going", options->keep_going,
                 "Go on although the first trials have all failed");
}

}  // namespace apogee
