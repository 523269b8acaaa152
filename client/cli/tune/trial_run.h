#pragma once

#include <atomic>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "apogee/v1/options.pb.h"
#include "client/cli/tune/child.h"
#include "client/cli/tune/command_template.h"
#include "client/cli/tune/guard.h"
#include "client/cli/tune/metric_report.h"
#include "client/cli/tune/metrics_file.h"
#include "client/cli/tune/progress.h"
#include "client/cpp/client.h"
#include "vizier/study.pb.h"

namespace apogee {

// What the programs of one `apogee tune` have in common.
struct TuneSetup {
  vizier::Study study;
  apogee::v1::Lease lease;  // of the study
  std::string server;
  CommandTemplate command;
  absl::Duration grace = absl::Seconds(10);  // between SIGTERM and SIGKILL
  absl::Duration trial_timeout = absl::InfiniteDuration();
  std::string log_folder;   // empty: programs' output goes to the progress
  std::string temp_folder;  // for metrics files
};

// Whether, and how fast, everything is to end.
enum class Urgency { kNone, kSoon, kNow };

// What a trial needs of its surroundings; all of it outlives the trial.
struct TrialSurroundings {
  const TuneSetup* setup;
  Guard* guard;
  Progress* progress;
  const std::atomic<Urgency>* urgency;
  // Gives up waiting when everything is to end...
  const Client* client;
  // ...and one that does not, for what must be said then.
  const Client* last_client;
};

// Leaves a trial of ours because everything is to end: to others where the
// study has leases, else as infeasible.
absl::StatusOr<vizier::Trial> LeaveTrial(const Client& client,
                                         const TuneSetup& setup,
                                         const std::string& worker,
                                         const std::string& trial_name);

// One trial on one worker: runs the program, reports what it measures, and
// completes the trial whatever happens. Used once, by one thread.
class TrialRun {
 public:
  TrialRun(const TrialSurroundings& around, std::string worker,
           vizier::Trial trial);

  // Errors are the server's; the program has ended then, too.
  absl::StatusOr<TrialResult> Run();

 private:
  // Why we end the program before its time.
  enum class Ending { kNone, kStopped, kTimedOut, kInterrupted, kLost };

  absl::Status Start();
  // Until the program has ended; its wait status.
  absl::StatusOr<int> Follow();
  // Begins to end the program when it is time.
  void CheckTime();
  void End(Ending why);

  absl::Status TakeLines(const std::vector<Child::Line>& lines);
  void PassOn(const std::string& line);
  absl::Status TakeReport(const MetricReport& report);
  absl::Status SendMeasurement(const vizier::Measurement& measurement);
  // Sees whether anybody wants the trial to stop.
  absl::Status LookAtTrial();
  void LookAtState(const vizier::Trial& trial);

  vizier::CompleteTrialRequest Judge(int wait_status) const;
  std::string MissingMetric() const;
  absl::StatusOr<TrialResult> Complete(
      const vizier::CompleteTrialRequest& request);

  const TrialSurroundings around_;
  const TuneSetup& setup_;
  const std::string worker_;
  const vizier::Trial trial_;
  const bool judged_;  // the study has a stopping rule
  const absl::Time start_ = absl::Now();
  MetricsFile metrics_file_;
  std::ofstream log_;
  std::unique_ptr<Child> child_;

  std::map<std::string, double> last_values_;
  int64_t last_step_ = 0;
  std::vector<std::string> last_errors_;  // the newest lines of stderr
  Ending ending_ = Ending::kNone;
  absl::Time kill_time_ = absl::InfiniteFuture();
  absl::Time next_look_;
};

}  // namespace apogee
