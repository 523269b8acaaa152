#pragma once

#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "apogee/v1/admin.pb.h"
#include "base/mutex.h"
#include "client/cli/live_area.h"
#include "client/cli/terminal.h"
#include "vizier/study.pb.h"

namespace apogee {

// How a trial ended for its worker.
struct TrialResult {
  enum class Kind {
    kSucceeded,
    kStopped,      // succeeded, but was told to stop
    kInfeasible,   // of itself
    kInterrupted,  // infeasible because we end
    kLost,         // somebody else ended or deleted it
  };
  Kind kind = Kind::kLost;
  vizier::Trial trial;  // as the server has it
  absl::Duration took;
  std::string last_words;  // the last lines of its standard error
};

// Tells people on standard error how tuning goes: a line per trial, and on a
// terminal a few lines below that are redrawn in place. Thread-safe.
class Progress {
 public:
  // `limit` is the number of trials after which tuning ends even when the
  // study does not; 0 is none.
  Progress(Terminal terminal, int64_t limit);
  ~Progress();

  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // How the study stands, from the server.
  void SetSummary(const apogee::v1::StudySummary& summary);
  void TrialStarted();
  void TrialEnded(const TrialResult& result);
  // A line above the redrawn ones.
  void Say(absl::string_view line);
  // Redraws; call several times a second.
  void Tick();
  // Takes the redrawn lines away.
  void Close();

  // "trial 7 done in 1.2s: accuracy=0.93 (best 0.95, trial 4)"
  static std::string Describe(const TrialResult& result,
                              const apogee::v1::StudySummary& summary);

 private:
  std::string Status() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string TimeLeft() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // What is redrawn in place; empty when nobody looks.
  std::vector<std::string> LiveLines() const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Puts `above`, whole lines, in front of the redrawn ones, in one write.
  void Write(absl::string_view above) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Terminal terminal_;
  const int64_t limit_;
  const absl::Time start_ = absl::Now();

  Mutex mutex_;
  apogee::v1::StudySummary summary_ ABSL_GUARDED_BY(mutex_);
  int64_t finished_before_ ABSL_GUARDED_BY(mutex_) = -1;
  int running_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t done_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t failed_ ABSL_GUARDED_BY(mutex_) = 0;
  LiveArea live_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace apogee
