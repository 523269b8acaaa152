#pragma once

#include <atomic>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "base/mutex.h"
#include "client/cli/tune/progress.h"
#include "client/cli/tune/trial_run.h"
#include "client/cpp/client.h"

namespace apogee {

struct TunerOptions {
  int workers = 1;
  int64_t max_trials = 0;   // 0: as many as the study gives
  bool keep_going = false;  // although every trial fails
  absl::Duration patience;  // with a server that is away
};

// The worker threads of one `apogee tune`: each takes a trial, runs it, and
// takes the next, until the study gives no more.
class Tuner {
 public:
  // If none of the first so many trials succeeds, the command is broken.
  static constexpr int kFirstTrials = 5;

  Tuner(TunerOptions options, const TuneSetup* setup, Guard* guard,
        Progress* progress, const Client& client);

  // Blocks until all is done. SIGINT, SIGTERM and SIGHUP must be blocked in all
  // threads; the first ends the programs, the second kills them.
  // (interrupted)  a signal came
  // (error)        no trial succeeded, or the server's
  absl::Status Run();

 private:
  void Work(int index);
  // The next trial; none when the study gives no more or we end.
  std::optional<vizier::Trial> NextTrial(const std::string& worker);
  void Note(const TrialResult& result);
  void Fail(const absl::Status& status);
  void Hurry(Urgency urgency);
  void RefreshSummary();
  void WaitForWorkers();
  // Ends trials that the server gave us while we no longer listened.
  void SweepUp();
  std::string WorkerName(int index) const;

  const TunerOptions options_;
  const TuneSetup* const setup_;
  Guard* const guard_;
  Progress* const progress_;
  std::stop_source stop_;
  const Client client_;
  const Client last_client_;
  const Client quick_client_;  // for what may as well be left out
  const std::string name_;     // HOST:PID
  std::atomic<Urgency> urgency_ = Urgency::kNone;
  std::atomic<int64_t> taken_ = 0;
  std::atomic<int> working_ = 0;
  std::atomic<bool> signalled_ = false;

  Mutex mutex_;
  int64_t succeeded_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t failed_ ABSL_GUARDED_BY(mutex_) = 0;
  std::string last_words_ ABSL_GUARDED_BY(mutex_);
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> unheard_
      ABSL_GUARDED_BY(mutex_);  // workers cut short
};

}  // namespace apogee
