#include "client/cli/tune/trial_run.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/nearest.h"
#include "base/status_macros.h"
#include "client/cli/parameters.h"
#include "client/cli/views.h"
#include "google/protobuf/util/message_differencer.h"
#include "google/protobuf/util/time_util.h"
#include "proto/options.h"
#include "proto/print.h"

namespace apogee {
namespace {

using google::protobuf::util::MessageDifferencer;
using google::protobuf::util::TimeUtil;

// How long output is waited for before time is looked at.
constexpr absl::Duration kTick = absl::Milliseconds(100);
// How often the server is asked whether somebody stopped the trial.
constexpr absl::Duration kLookInterval = absl::Seconds(2);
// How much of standard error is kept for the reason of a failure.
constexpr size_t kLastErrors = 5;
constexpr size_t kLongestReason = 500;

// In a study with leases it also says that we live, in time.
absl::Duration LookInterval(const TuneSetup& setup) {
  return setup.lease.has_seconds()
             ? std::min(kLookInterval, absl::Seconds(setup.lease.seconds()) / 3)
             : kLookInterval;
}

bool HasStoppingRule(const vizier::StudySpec& spec) {
  const auto options = ReadStudyOptions(spec);
  return spec.has_default_stopping_spec() ||
         (options.ok() && options->has_stopping());
}

// The server says that the trial is not the worker's any more.
bool MeansLost(const absl::Status& status) {
  return absl::IsNotFound(status) || absl::IsFailedPrecondition(status);
}

// The call may or may not have been carried out.
bool MeansUnknown(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
}

}  // namespace

absl::StatusOr<vizier::Trial> LeaveTrial(const Client& client,
                                         const TuneSetup& setup,
                                         const std::string& worker,
                                         const std::string& trial_name) {
  constexpr char kWhy[] = "interrupted: worker was stopped";
  if (setup.lease.has_seconds() || setup.lease.has_trial_seconds()) {
    apogee::v1::ReleaseTrialRequest request;
    request.set_name(trial_name);
    request.set_client_id(worker);
    request.set_reason(kWhy);
    return client.ReleaseTrial(request);
  }
  vizier::CompleteTrialRequest request;
  request.set_name(trial_name);
  request.set_trial_infeasible(true);
  request.set_infeasible_reason(kWhy);
  return client.CompleteTrial(request);
}

TrialRun::TrialRun(const TrialSurroundings& around, std::string worker,
                   vizier::Trial trial)
    : around_(around),
      setup_(*around.setup),
      worker_(std::move(worker)),
      trial_(std::move(trial)),
      judged_(HasStoppingRule(setup_.study.study_spec())),
      metrics_file_(
          absl::StrCat(setup_.temp_folder, "/trial-", trial_.id(), ".json")),
      next_look_(start_ + LookInterval(setup_)) {}

absl::StatusOr<TrialResult> TrialRun::Run() {
  absl::StatusOr<int> status = 0;
  if (const absl::Status started = Start(); !started.ok()) {
    vizier::CompleteTrialRequest request;
    request.set_name(trial_.name());
    request.set_trial_infeasible(true);
    request.set_infeasible_reason(std::string(started.message()));
    last_errors_.push_back(request.infeasible_reason());
    return Complete(request);
  }
  status = Follow();
  child_.reset();
  unlink(metrics_file_.path().c_str());
  if (!status.ok()) return status.status();
  return Complete(Judge(*status));
}

absl::Status TrialRun::Start() {
  if (!setup_.log_folder.empty()) {
    const std::string path =
        absl::StrCat(setup_.log_folder, "/trial-", trial_.id(), ".log");
    log_.open(path, std::ios::app);
    if (!log_) {
      return absl::InternalError(absl::StrCat("can not write ", path));
    }
  }
  const CommandContext context{.trial = &trial_,
                               .study = setup_.study.display_name()};
  Environment environment =
      TrialEnvironment(setup_.study.study_spec(), context);
  environment.emplace_back("APOGEE_SERVER", setup_.server);
  environment.emplace_back("APOGEE_WORKER", worker_);
  environment.emplace_back("APOGEE_METRICS_FILE", metrics_file_.path());
  ASSIGN_OR_RETURN(child_, Child::Start(setup_.command.Expand(context),
                                        environment, around_.guard));
  return absl::OkStatus();
}

absl::StatusOr<int> TrialRun::Follow() {
  while (true) {
    RETURN_IF_ERROR(TakeLines(child_->Read(kTick)));
    std::vector<Child::Line> rest;
    const std::optional<int> status = child_->Poll(rest);
    RETURN_IF_ERROR(TakeLines(rest));
    if (status) {
      std::vector<std::string> mistakes;
      for (const MetricReport& report : metrics_file_.ReadRest(mistakes)) {
        RETURN_IF_ERROR(TakeReport(report));
      }
      for (const std::string& mistake : mistakes) PassOn(mistake);
      return *status;
    }
    for (const MetricReport& report : metrics_file_.ReadNew()) {
      RETURN_IF_ERROR(TakeReport(report));
    }
    if (absl::Now() >= next_look_) RETURN_IF_ERROR(LookAtTrial());
    CheckTime();
  }
}

void TrialRun::CheckTime() {
  const Urgency urgency = around_.urgency->load();
  const absl::Time now = absl::Now();
  if (urgency != Urgency::kNone) End(Ending::kInterrupted);
  if (now - start_ > setup_.trial_timeout) End(Ending::kTimedOut);
  if (ending_ != Ending::kNone &&
      (now >= kill_time_ || urgency == Urgency::kNow)) {
    child_->Signal(SIGKILL);
  }
}

void TrialRun::End(Ending why) {
  if (ending_ != Ending::kNone) return;
  ending_ = why;
  kill_time_ = absl::Now() + setup_.grace;
  child_->Signal(SIGTERM);
  child_->Signal(SIGCONT);  // a stopped program could not hear it
}

void TrialRun::PassOn(const std::string& line) {
  if (log_.is_open()) {
    log_ << line << std::endl;
  } else {
    around_.progress->Say(absl::StrCat("[trial ", trial_.id(), "] ", line));
  }
}

absl::Status TrialRun::TakeLines(const std::vector<Child::Line>& lines) {
  for (const Child::Line& line : lines) {
    if (line.stream == Child::Stream::kErr) {
      last_errors_.push_back(line.text);
      if (last_errors_.size() > kLastErrors) {
        last_errors_.erase(last_errors_.begin());
      }
    }
    if (line.stream == Child::Stream::kErr || !IsReportLine(line.text)) {
      PassOn(line.text);
      continue;
    }
    const absl::StatusOr<MetricReport> report = ParseReportLine(line.text);
    if (!report.ok()) {
      PassOn(line.text);
      PassOn(absl::StrCat(
          "(not taken as a measurement: ", report.status().message(), ")"));
      continue;
    }
    if (log_.is_open()) PassOn(line.text);
    RETURN_IF_ERROR(TakeReport(*report));
  }
  return absl::OkStatus();
}

absl::Status TrialRun::TakeReport(const MetricReport& report) {
  for (const auto& [name, value] : report.metrics) last_values_[name] = value;
  if (!report.step) return absl::OkStatus();
  last_step_ = *report.step;
  if (ending_ != Ending::kNone) return absl::OkStatus();
  vizier::Measurement measurement;
  measurement.set_step_count(*report.step);
  *measurement.mutable_elapsed_duration() = TimeUtil::NanosecondsToDuration(
      absl::ToInt64Nanoseconds(absl::Now() - start_));
  for (const auto& [name, value] : report.metrics) {
    vizier::Measurement::Metric& metric = *measurement.add_metrics();
    metric.set_metric_id(name);
    metric.set_value(value);
  }
  RETURN_IF_ERROR(SendMeasurement(measurement));
  if (!judged_ || ending_ != Ending::kNone) return absl::OkStatus();
  const absl::StatusOr<bool> should_stop =
      around_.client->ShouldStopTrial(trial_.name());
  if (should_stop.ok() && *should_stop) {
    (void)around_.client->StopTrial(trial_.name());
    End(Ending::kStopped);
  }
  if (MeansUnknown(should_stop.status())) return should_stop.status();
  return absl::OkStatus();
}

// A measurement whose answer got lost is sent again only when it did not
// arrive: nobody else adds measurements to this trial.
absl::Status TrialRun::SendMeasurement(const vizier::Measurement& measurement) {
  vizier::AddTrialMeasurementRequest request;
  request.set_trial_name(trial_.name());
  *request.mutable_measurement() = measurement;
  while (true) {
    const absl::StatusOr<vizier::Trial> sent =
        around_.client->AddTrialMeasurement(request);
    if (sent.ok()) {
      LookAtState(*sent);
      return absl::OkStatus();
    }
    if (MeansLost(sent.status())) {
      End(Ending::kLost);
      return absl::OkStatus();
    }
    if (!MeansUnknown(sent.status())) {
      // CANCELLED, or the server does not like it; the trial goes on.
      if (!absl::IsCancelled(sent.status())) {
        PassOn(absl::StrCat("(measurement refused: ", sent.status().message(),
                            ")"));
      }
      return absl::OkStatus();
    }
    const absl::StatusOr<vizier::Trial> trial =
        around_.client->GetTrial(trial_.name());
    if (absl::IsCancelled(trial.status())) return absl::OkStatus();
    if (!trial.ok()) return trial.status();
    if (!trial->measurements().empty() &&
        MessageDifferencer::Equals(*trial->measurements().rbegin(),
                                   measurement)) {
      LookAtState(*trial);
      return absl::OkStatus();
    }
  }
}

absl::Status TrialRun::LookAtTrial() {
  next_look_ = absl::Now() + LookInterval(setup_);
  const absl::StatusOr<vizier::Trial> trial =
      around_.client->GetTrial(trial_.name());
  if (trial.ok()) {
    LookAtState(*trial);
  } else if (MeansLost(trial.status())) {
    End(Ending::kLost);
  } else if (MeansUnknown(trial.status())) {
    return trial.status();
  }
  return absl::OkStatus();
}

void TrialRun::LookAtState(const vizier::Trial& trial) {
  if (trial.state() == vizier::Trial::STOPPING) End(Ending::kStopped);
  const bool running = trial.state() == vizier::Trial::ACTIVE ||
                       trial.state() == vizier::Trial::STOPPING;
  if (!running || trial.client_id() != worker_) End(Ending::kLost);
}

// "metric "accuracy"", or empty when every metric has been measured.
std::string TrialRun::MissingMetric() const {
  std::vector<std::string> reported;
  for (const auto& [name, value] : last_values_) reported.push_back(name);
  for (const auto& metric : setup_.study.study_spec().metrics()) {
    if (last_values_.count(metric.metric_id()) > 0) continue;
    return absl::StrCat("metric ", Quoted(metric.metric_id()),
                        reported.empty()
                            ? ""
                            : absl::StrCat(" (it measured ",
                                           absl::StrJoin(reported, ", "), ")"));
  }
  return "";
}

vizier::CompleteTrialRequest TrialRun::Judge(int wait_status) const {
  vizier::CompleteTrialRequest request;
  request.set_name(trial_.name());
  const auto infeasible = [&request](absl::string_view reason) {
    request.set_trial_infeasible(true);
    request.set_infeasible_reason(Shortened(reason, kLongestReason));
    return request;
  };
  if (ending_ == Ending::kTimedOut) {
    return infeasible(
        absl::StrCat("timed out after ", ShortDuration(setup_.trial_timeout)));
  }
  const bool stopped = ending_ == Ending::kStopped;
  if (const std::string exit = DescribeExit(wait_status);
      !exit.empty() && !stopped) {
    return infeasible(last_errors_.empty()
                          ? exit
                          : absl::StrCat(exit, ": ", last_errors_.back()));
  }
  if (const std::string missing = MissingMetric(); !missing.empty()) {
    return infeasible(absl::StrCat(stopped
                                       ? "stopped before the program measured "
                                       : "the program ended without ",
                                   missing));
  }
  for (const auto& metric : setup_.study.study_spec().metrics()) {
    const double value = last_values_.at(metric.metric_id());
    if (!std::isfinite(value)) {
      return infeasible(absl::StrCat("metric ", Quoted(metric.metric_id()),
                                     " is ", NumberText(value)));
    }
  }
  vizier::Measurement& measurement = *request.mutable_final_measurement();
  measurement.set_step_count(last_step_);
  *measurement.mutable_elapsed_duration() = TimeUtil::NanosecondsToDuration(
      absl::ToInt64Nanoseconds(absl::Now() - start_));
  for (const auto& [name, value] : last_values_) {
    vizier::Measurement::Metric& metric = *measurement.add_metrics();
    metric.set_metric_id(name);
    metric.set_value(value);
  }
  return request;
}

absl::StatusOr<TrialResult> TrialRun::Complete(
    const vizier::CompleteTrialRequest& request) {
  TrialResult result{.trial = trial_,
                     .took = absl::Now() - start_,
                     .last_words = absl::StrJoin(last_errors_, "\n")};
  if (ending_ == Ending::kLost) return result;
  absl::StatusOr<vizier::Trial> completed =
      ending_ == Ending::kInterrupted
          ? LeaveTrial(*around_.last_client, setup_, worker_, trial_.name())
          : around_.client->CompleteTrial(request);
  if (absl::IsCancelled(completed.status())) {
    completed = around_.last_client->CompleteTrial(request);
  }
  if (MeansLost(completed.status())) return result;
  if (!completed.ok()) return completed.status();
  result.trial = *std::move(completed);
  if (ending_ == Ending::kInterrupted) {
    result.kind = TrialResult::Kind::kInterrupted;
  } else if (request.trial_infeasible()) {
    result.kind = TrialResult::Kind::kInfeasible;
  } else {
    result.kind = ending_ == Ending::kStopped ? TrialResult::Kind::kStopped
                                              : TrialResult::Kind::kSucceeded;
  }
  return result;
}

}  // namespace apogee
