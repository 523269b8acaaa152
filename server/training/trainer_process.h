#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "apogee/v1/regressor_service.pb.h"
#include "server/training/train.h"

namespace apogee {

// A training in a process of its own: this program, started anew with a first
// argument that no person gives. It reads the store's file, never writes it,
// and works when nothing else wants the processor. It dies with the thread that
// runs it here; when it crashes, that is one training lost.

inline constexpr char kTrainerArgument[] = "train-regressors";

// In the new process: main's arguments, of which the first is
// kTrainerArgument. Returns the exit code.
int TrainerMain(int argc, char** argv);

// In the server. Blocks until the training ends. `on_start` learns the id of
// the process, which a signal may end any time until it is told 0.
// UNIMPLEMENTED        the store is not in a file
// UNAVAILABLE          the process ended before the training
// FAILED_PRECONDITION  the training's own error
absl::StatusOr<apogee::v1::TrainedModels> RunTrainer(
    const std::string& store, const TrainOptions& options,
    const std::function<void(int pid)>& on_start,
    const std::function<void(const apogee::v1::Training&)>& on_progress);

}  // namespace apogee
