#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "apogee/v1/regressor_service.pb.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "server/engine/executor.h"
#include "storage/datastore.h"

namespace apogee {

struct TrainingOptions {
  // The address of the store, for the process that trains.
  std::string store;
  // CPU time of a training for which nobody says it.
  absl::Duration cpu_time = absl::Minutes(15);
  // How often to look whether a training is due; zero for never.
  absl::Duration check_every = absl::ZeroDuration();
  // Called with each training that ends. Must be quick.
  std::function<void(const apogee::v1::Training&)> on_end =
      [](const apogee::v1::Training&) {};
};

// The regressors of a store: trains, lists, chooses and forgets them. One
// training runs at a time, in a process of its own.
//
// Thread-safe. Methods return at once and call `done` exactly once, on a thread
// of its own.
class TrainingService {
 public:
  template <typename T>
  using Done = absl::AnyInvocable<void(absl::StatusOr<T>) &&>;

  // Neither is owned; both outlive it.
  TrainingService(TrainingOptions options, Datastore* store,
                  const Clock* clock);
  // As Stop.
  ~TrainingService();

  // INVALID_ARGUMENT     the parent is no owner, or the time is not above 0
  // FAILED_PRECONDITION  one is running
  // UNIMPLEMENTED        the store is not in a file
  void TrainRegressor(const apogee::v1::TrainRegressorRequest& request,
                      Done<apogee::v1::Training> done);
  void ListRegressors(const apogee::v1::ListRegressorsRequest& request,
                      Done<apogee::v1::ListRegressorsResponse> done);
  // NOT_FOUND  there is no such version; so all that follow
  void GetRegressor(const apogee::v1::GetRegressorRequest& request,
                    Done<apogee::v1::RegressorInfo> done);
  // FAILED_PRECONDITION  too few studies are shared
  void EvaluateRegressor(const apogee::v1::EvaluateRegressorRequest& request,
                         Done<apogee::v1::RegressorScores> done);
  void UseRegressor(const apogee::v1::UseRegressorRequest& request,
                    Done<apogee::v1::RegressorInfo> done);
  void ForgetRegressor(const apogee::v1::ForgetRegressorRequest& request,
                       Done<apogee::v1::ForgetRegressorResponse> done);

  // Begins the first training that is due, unless one is running: of those
  // studies that are shared with everybody, then of each owner's. One is due
  // when there are 20 studies or more, and their trials are a tenth more than
  // at the last training or that has seen a study that is not shared any more.
  // Blocks.
  absl::Status TrainIfDue();

  // Ends the training that runs. No calls may follow.
  void Stop();

 private:
  using Training = apogee::v1::Training;

  absl::StatusOr<Training> Begin(const std::string& parent,
                                 absl::Duration cpu_time);
  void Train(std::optional<std::string> owner, absl::Duration cpu_time);
  absl::StatusOr<int64_t> Keep(const std::optional<std::string>& owner,
                               apogee::v1::TrainedModels models);
  void End(const absl::StatusOr<int64_t>& version);
  absl::StatusOr<bool> IsDue(const std::vector<RegressorRow>& rows,
                             const std::optional<std::string>& owner);
  absl::StatusOr<apogee::v1::RegressorInfo> Get(int64_t version);
  void Watch();

  const TrainingOptions options_;
  Datastore* const store_;
  const Clock* const clock_;
  Executor tasks_;    // the short ones
  Executor trainer_;  // waits for the process
  Mutex mutex_;
  CondVar changed_;
  std::optional<Training> training_ ABSL_GUARDED_BY(mutex_);
  int pid_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread watcher_;
};

}  // namespace apogee
