#include "client/cli/tune/tuner.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <optional>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/cli/exit_code.h"
#include "proto/print.h"

namespace apogee {
namespace {

constexpr absl::Duration kCallTimeout = absl::Seconds(60);
constexpr absl::Duration kLastPatience = absl::Seconds(10);
constexpr absl::Duration kSummaryInterval = absl::Seconds(2);

std::string HostAndProcess() {
  char host[256] = "";
  gethostname(host, sizeof(host) - 1);
  return absl::StrCat(host, ":", getpid());
}

}  // namespace

Tuner::Tuner(TunerOptions options, const TuneSetup* setup, Guard* guard,
             Progress* progress, const Client& client)
    : options_(options),
      setup_(setup),
      guard_(guard),
      progress_(progress),
      client_(client.With({.timeout = kCallTimeout,
                           .patience = options.patience,
                           .stop = stop_.get_token()})),
      last_client_(
          client.With({.timeout = kLastPatience, .patience = kLastPatience})),
      quick_client_(client.With({.timeout = absl::Seconds(1)})),
      name_(HostAndProcess()) {}

std::string Tuner::WorkerName(int index) const {
  return absl::StrCat(name_, ":", index);
}

void Tuner::Hurry(Urgency urgency) {
  urgency_ = std::max(urgency_.load(), urgency);
  stop_.request_stop();
}

void Tuner::Fail(const absl::Status& status) {
  {
    MutexLock lock(mutex_);
    if (failure_.ok()) failure_ = status;
  }
  Hurry(Urgency::kSoon);
}

void Tuner::RefreshSummary() {
  const auto summary = quick_client_.GetStudySummary(setup_->study.name());
  if (summary.ok()) progress_->SetSummary(*summary);
}

std::optional<vizier::Trial> Tuner::NextTrial(const std::string& worker) {
  if (urgency_ != Urgency::kNone) return std::nullopt;
  if (options_.max_trials > 0 && taken_++ >= options_.max_trials) {
    return std::nullopt;
  }
  vizier::SuggestTrialsRequest request;
  request.set_parent(setup_->study.name());
  request.set_client_id(worker);
  request.set_suggestion_count(1);
  const absl::StatusOr<vizier::SuggestTrialsResponse> response =
      client_.SuggestTrials(request);
  if (response.ok()) {
    if (response->trials().empty()) return std::nullopt;
    return response->trials(0);
  }
  if (absl::IsCancelled(response.status()) && urgency_ != Urgency::kNone) {
    MutexLock lock(mutex_);
    unheard_.push_back(worker);
  } else if (!absl::IsFailedPrecondition(response.status())) {
    Fail(response.status());  // else: finished or paused
  }
  return std::nullopt;
}

void Tuner::Work(int index) {
  const std::string worker = WorkerName(index);
  const TrialSurroundings around = {.setup = setup_,
                                    .guard = guard_,
                                    .progress = progress_,
                                    .urgency = &urgency_,
                                    .client = &client_,
                                    .last_client = &last_client_};
  while (const std::optional<vizier::Trial> trial = NextTrial(worker)) {
    progress_->TrialStarted();
    const absl::StatusOr<TrialResult> result =
        TrialRun(around, worker, *trial).Run();
    if (!result.ok()) {
      Fail(result.status());
      break;
    }
    RefreshSummary();
    progress_->TrialEnded(*result);
    Note(*result);
  }
  --working_;
}

void Tuner::Note(const TrialResult& result) {
  MutexLock lock(mutex_);
  switch (result.kind) {
    case TrialResult::Kind::kSucceeded:
    case TrialResult::Kind::kStopped:
      ++succeeded_;
      return;
    case TrialResult::Kind::kInfeasible:
      ++failed_;
      last_words_ = result.last_words.empty() ? result.trial.infeasible_reason()
                                              : result.last_words;
      break;
    default:
      return;
  }
  if (succeeded_ > 0 || failed_ < kFirstTrials || options_.keep_going ||
      !failure_.ok()) {
    return;
  }
  failure_ = Failure(
      ExitCode::kError,
      absl::StrCat("the first ", failed_,
                   " trials have all failed, so the command seems broken "
                   "(--keep-going goes on); the last one said: ",
                   last_words_));
  Hurry(Urgency::kSoon);
}

void Tuner::WaitForWorkers() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    sigaddset(&signals, signal);
  }
  const timespec interval{.tv_sec = 0, .tv_nsec = 100'000'000};
  absl::Time next_summary = absl::Now() + kSummaryInterval;
  while (working_ > 0) {
    if (sigtimedwait(&signals, nullptr, &interval) > 0) {
      const bool again = signalled_.exchange(true);
      progress_->Say(again ? "killing the programs"
                           : "interrupted: ending the programs; once more "
                             "kills them");
      Hurry(again ? Urgency::kNow : Urgency::kSoon);
    }
    if (absl::Now() >= next_summary && urgency_ == Urgency::kNone) {
      RefreshSummary();
      next_summary = absl::Now() + kSummaryInterval;
    }
    progress_->Tick();
  }
}

void Tuner::SweepUp() {
  std::vector<std::string> unheard;
  {
    MutexLock lock(mutex_);
    unheard = unheard_;
  }
  if (unheard.empty()) return;
  for (const std::string& worker : unheard) {
    // Asking for nothing waits for what is still being thought out.
    vizier::SuggestTrialsRequest request;
    request.set_parent(setup_->study.name());
    request.set_client_id(worker);
    (void)last_client_.SuggestTrials(request, kLastPatience);
  }
  const auto trials = last_client_.ListTrials(setup_->study.name());
  if (!trials.ok()) return;
  for (const vizier::Trial& trial : *trials) {
    if (trial.state() != vizier::Trial::ACTIVE ||
        std::find(unheard.begin(), unheard.end(), trial.client_id()) ==
            unheard.end()) {
      continue;
    }
    (void)LeaveTrial(last_client_, *setup_, trial.client_id(), trial.name());
  }
}

absl::Status Tuner::Run() {
  RefreshSummary();
  working_ = options_.workers;
  std::vector<std::thread> threads;
  threads.reserve(options_.workers);
  for (int i = 0; i < options_.workers; ++i) {
    threads.emplace_back([this, i] { Work(i); });
  }
  WaitForWorkers();
  for (std::thread& thread : threads) thread.join();
  SweepUp();
  RefreshSummary();
  progress_->Close();
  if (signalled_) {
    return Failure(ExitCode::kInterrupted,
                   "interrupted; the same command goes on with the study");
  }
  MutexLock lock(mutex_);
  if (!failure_.ok()) return failure_;
  if (succeeded_ + failed_ == 0 && failure_.ok()) {
    progress_->Say(absl::StrCat("study ", Quoted(setup_->study.display_name()),
                                " has nothing to suggest (any more); \"apogee "
                                "study show\" says why"));
  }
  if (succeeded_ == 0 && failed_ > 0) {
    return Failure(
        ExitCode::kError,
        absl::StrCat("none of the ", failed_,
                     " trials succeeded; the last one said: ", last_words_));
  }
  return absl::OkStatus();
}

}  // namespace apogee
