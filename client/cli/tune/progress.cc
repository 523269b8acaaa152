#include "client/cli/tune/progress.h"

#include <unistd.h>

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/cli/score.h"
#include "client/cli/table.h"
#include "client/cli/views.h"

namespace apogee {
namespace {

int64_t Finished(const apogee::v1::StudySummary& summary) {
  return summary.trials().succeeded() + summary.trials().infeasible();
}

}  // namespace

Progress::Progress(Terminal terminal, int64_t limit)
    : terminal_(terminal), limit_(limit), live_(STDERR_FILENO) {}

Progress::~Progress() { Close(); }

void Progress::SetSummary(const apogee::v1::StudySummary& summary) {
  MutexLock lock(mutex_);
  summary_ = summary;
  if (finished_before_ < 0) finished_before_ = Finished(summary);
}

void Progress::TrialStarted() {
  MutexLock lock(mutex_);
  ++running_;
}

void Progress::TrialEnded(const TrialResult& result) {
  MutexLock lock(mutex_);
  --running_;
  const bool succeeded = result.kind == TrialResult::Kind::kSucceeded ||
                         result.kind == TrialResult::Kind::kStopped;
  ++(succeeded ? done_ : failed_);
  Write(absl::StrCat(
      Styled(Describe(result, summary_),
             succeeded ? Style::kPlain : Style::kBad, terminal_.color),
      "\n"));
}

void Progress::Say(absl::string_view line) {
  MutexLock lock(mutex_);
  Write(absl::StrCat(line, "\n"));
}

void Progress::Tick() {
  MutexLock lock(mutex_);
  if (LiveLines() != live_.lines()) Write("");
}

void Progress::Close() {
  MutexLock lock(mutex_);
  closed_ = true;
  Write("");
}

std::string Progress::Describe(const TrialResult& result,
                               const apogee::v1::StudySummary& summary) {
  const vizier::Trial& trial = result.trial;
  const std::string name = absl::StrCat("trial ", trial.id());
  const std::string took = ShortDuration(result.took);
  switch (result.kind) {
    case TrialResult::Kind::kLost:
      return absl::StrCat(name,
                          " was ended or deleted by somebody else; its "
                          "program was stopped after ",
                          took);
    case TrialResult::Kind::kInfeasible:
    case TrialResult::Kind::kInterrupted:
      return absl::StrCat(name, " failed in ", took, ": ",
                          trial.infeasible_reason());
    default:
      break;
  }
  std::string best;
  if (summary.has_best_trial()) {
    const auto value =
        Objective(summary.study().study_spec(), summary.best_trial());
    if (value) {
      best = absl::StrCat(" (best ", ShortNumber(*value), ", trial ",
                          summary.best_trial().id(), ")");
    }
  }
  const bool stopped = result.kind == TrialResult::Kind::kStopped;
  return absl::StrCat(name, stopped ? " stopped early after " : " done in ",
                      took, ": ", MetricsText(trial.final_measurement()), best);
}

std::string Progress::TimeLeft() const {
  const int64_t finished = Finished(summary_);
  const int64_t news = finished - std::max<int64_t>(0, finished_before_);
  std::vector<int64_t> left;
  if (summary_.budget_trials() > 0) {
    left.push_back(summary_.budget_trials() - finished);
  }
  if (limit_ > 0) left.push_back(limit_ - done_ - failed_);
  if (left.empty() || news <= 0) return "";
  const int64_t trials =
      std::max<int64_t>(0, *std::min_element(left.begin(), left.end()));
  return absl::StrCat(
      "about ", ShortDuration((absl::Now() - start_) * trials / news), " left");
}

std::string Progress::Status() const {
  std::vector<std::string> parts = {absl::StrCat(running_, " running"),
                                    absl::StrCat(done_, " done"),
                                    absl::StrCat(failed_, " failed")};
  if (summary_.budget_trials() > 0) {
    parts.push_back(absl::StrCat("study ", Finished(summary_), "/",
                                 summary_.budget_trials()));
  }
  parts.push_back(
      absl::StrCat("elapsed ", absl::FormatDuration(absl::Trunc(
                                   absl::Now() - start_, absl::Seconds(1)))));
  if (std::string left = TimeLeft(); !left.empty()) parts.push_back(left);
  return absl::StrJoin(parts, "  ");
}

std::vector<std::string> Progress::LiveLines() const {
  if (!terminal_.interactive || closed_) return {};
  std::vector<std::string> lines;
  if (summary_.has_best_trial()) {
    const vizier::Trial& best = summary_.best_trial();
    lines.push_back(absl::StrCat("best ", MetricsText(best.final_measurement()),
                                 "  trial ", best.id(), ": ",
                                 ParametersText(best)));
  }
  lines.push_back(Status());
  for (std::string& line : lines) {
    line = Styled(Shortened(line, terminal_.width - 1), Style::kStrong,
                  terminal_.color);
  }
  return lines;
}

void Progress::Write(absl::string_view above) {
  live_.Draw(above, LiveLines());
}

}  // namespace apogee
