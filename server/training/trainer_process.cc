#include "server/training/trainer_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "google/protobuf/io/zero_copy_stream_impl.h"
#include "google/protobuf/util/delimited_message_util.h"
#include "storage/open.h"

extern char** environ;  // NOLINT: its name is given

namespace apogee {
namespace {

using apogee::v1::TrainedModels;
using apogee::v1::Training;
using apogee::v1::TrainingUpdate;
using google::protobuf::util::ParseDelimitedFromZeroCopyStream;
using google::protobuf::util::SerializeDelimitedToFileDescriptor;

// So much time lies between two reports of progress.
constexpr absl::Duration kReportEvery = absl::Milliseconds(200);

bool Send(const TrainingUpdate& update) {
  return SerializeDelimitedToFileDescriptor(update, STDOUT_FILENO);
}

absl::StatusOr<TrainedModels> TrainHere(const std::string& store,
                                        const TrainOptions& options) {
  ASSIGN_OR_RETURN(const std::unique_ptr<StudyReader> reader,
                   OpenStudyReader(store));
  absl::Time last = absl::InfinitePast();
  return TrainModels(*reader, options, [&](const Training& training) {
    if (absl::Now() - last < kReportEvery) return;
    last = absl::Now();
    TrainingUpdate update;
    *update.mutable_progress() = training;
    (void)Send(update);
  });
}

struct Pipe {
  int read = -1;
  int write = -1;
};

absl::Status SystemError(absl::string_view what, int error) {
  return absl::InternalError(
      absl::StrCat("the training process: ", what, ": ", std::strerror(error)));
}

// Starts this program with these arguments; what it writes to its standard
// output goes to `out`.
absl::StatusOr<pid_t> Spawn(std::vector<std::string> arguments, int out) {
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  const absl::Cleanup free = [&] {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  };
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
                                   O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  // The server's own connections and files stay with the server.
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  // Signals as they are in a new process: the server blocks some.
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t pid = 0;
  const int error = posix_spawn(&pid, "/proc/self/exe", &actions, &attributes,
                                pointers.data(), environ);
  if (error != 0) return SystemError("can not be started", error);
  return pid;
}

// Reads until the models, an error or the end.
absl::StatusOr<TrainedModels> ReadUpdates(
    int in, const std::function<void(const Training&)>& on_progress) {
  google::protobuf::io::FileInputStream stream(in);
  TrainingUpdate update;
  bool is_end = false;
  while (ParseDelimitedFromZeroCopyStream(&update, &stream, &is_end)) {
    switch (update.update_case()) {
      case TrainingUpdate::kProgress:
        on_progress(update.progress());
        break;
      case TrainingUpdate::kModels:
        return std::move(*update.mutable_models());
      case TrainingUpdate::kError:
        return absl::FailedPreconditionError(update.error());
      case TrainingUpdate::UPDATE_NOT_SET:
        break;
    }
    update.Clear();
  }
  return absl::UnavailableError("the training process ended too early");
}

}  // namespace

int TrainerMain(int argc, char** argv) {
  // STORE OWNER CPU-SECONDS SEED PARENT
  constexpr int kArguments = 7;
  double seconds = 0;
  uint64_t seed = 0;
  int parent = 0;
  if (argc != kArguments || !absl::SimpleAtod(argv[4], &seconds) ||
      !absl::SimpleAtoi(argv[5], &seed) ||
      !absl::SimpleAtoi(argv[6], &parent)) {
    return 2;
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) return 1;
  (void)setpriority(PRIO_PROCESS, 0, 19);
  // A server that is gone is no reason to die of a signal.
  std::signal(SIGPIPE, SIG_IGN);
  TrainOptions options{.cpu_time = absl::Seconds(seconds), .seed = seed};
  if (argv[3][0] != '\0') options.owner = argv[3];
  absl::StatusOr<TrainedModels> models = TrainHere(argv[2], options);
  TrainingUpdate update;
  if (models.ok()) {
    *update.mutable_models() = *std::move(models);
  } else {
    update.set_error(std::string(models.status().message()));
  }
  return Send(update) ? 0 : 1;
}

absl::StatusOr<TrainedModels> RunTrainer(
    const std::string& store, const TrainOptions& options,
    const std::function<void(int pid)>& on_start,
    const std::function<void(const Training&)>& on_progress) {
  RETURN_IF_ERROR(OpenStudyReader(store).status());
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return SystemError("pipe", errno);
  const absl::StatusOr<pid_t> pid =
      Spawn({"apogeed", kTrainerArgument, store, options.owner.value_or(""),
             absl::StrCat(absl::ToDoubleSeconds(options.cpu_time)),
             absl::StrCat(options.seed), absl::StrCat(getpid())},
            ends[1]);
  close(ends[1]);
  const absl::Cleanup close_read = [&] { close(ends[0]); };
  RETURN_IF_ERROR(pid.status());
  on_start(*pid);
  absl::StatusOr<TrainedModels> models = ReadUpdates(ends[0], on_progress);
  if (!models.ok()) kill(*pid, SIGKILL);
  on_start(0);
  int status = 0;
  while (waitpid(*pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (!models.ok() && absl::IsUnavailable(models.status())) {
    return absl::UnavailableError(absl::StrCat(
        models.status().message(),
        WIFEXITED(status) ? ": exit code " : ": signal ",
        WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status)));
  }
  return models;
}

}  // namespace apogee
