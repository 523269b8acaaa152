#include "client/cli/study_feed.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "base/status_macros.h"
#include "client/cli/score.h"

namespace apogee {
namespace {

using apogee::v1::StudySummary;
using apogee::v1::TrialCounts;

constexpr int64_t kPage = 1000;

int64_t Open(const TrialCounts& counts) {
  return counts.requested() + counts.active() + counts.stopping();
}

bool HasMoved(const StudySummary& a, const StudySummary& b) {
  return a.started_trials() != b.started_trials() ||
         a.trials().SerializeAsString() != b.trials().SerializeAsString();
}

}  // namespace

int64_t TrialNumber(const vizier::Trial& trial) {
  int64_t id = 0;
  (void)absl::SimpleAtoi(trial.id(), &id);
  return id;
}

bool HasEnded(const vizier::Trial& trial) {
  return trial.state() == vizier::Trial::SUCCEEDED ||
         trial.state() == vizier::Trial::INFEASIBLE;
}

absl::StatusOr<StudyFeed::Trials> StudyFeed::ReadFrom(int64_t first) const {
  Trials result;
  while (true) {
    ASSIGN_OR_RETURN(std::vector<vizier::Trial> page,
                     client_.ListTrialsFrom(study_, first, kPage));
    if (page.empty()) return result;
    first = TrialNumber(page.back()) + 1;
    for (vizier::Trial& trial : page) {
      const int64_t id = TrialNumber(trial);
      result[id] = std::move(trial);
    }
  }
}

absl::StatusOr<StudyFeed::Trials> StudyFeed::ReadOpen() const {
  Trials result;
  auto next = open_.begin();
  while (next != open_.end()) {
    // As many as one page may hold, with what lies between them.
    const int64_t first = next->first;
    next = open_.lower_bound(first + kPage);
    const int64_t last = std::prev(next)->first;
    ASSIGN_OR_RETURN(std::vector<vizier::Trial> page,
                     client_.ListTrialsFrom(
                         study_, first, static_cast<int>(last - first + 1)));
    for (vizier::Trial& trial : page) {
      const int64_t id = TrialNumber(trial);
      if (open_.contains(id)) result[id] = std::move(trial);
    }
  }
  return result;
}

absl::Status StudyFeed::Begin(const StudySummary& summary) {
  const TrialCounts& counts = summary.trials();
  const int64_t open = Open(counts);
  const int64_t all = open + counts.succeeded() + counts.infeasible();
  // No id is above `all`, unless trials have been deleted.
  int64_t first = std::max<int64_t>(1, all - kPage + 1);
  ASSIGN_OR_RETURN(Trials trials, ReadFrom(first));
  const int64_t next = trials.empty() ? first : trials.rbegin()->first + 1;
  const auto remove_ended = [&trials] {
    std::erase_if(trials, [](const auto& t) { return HasEnded(t.second); });
  };
  remove_ended();
  const int64_t end = std::max<int64_t>(1, next - kLookBack);
  while (first > end && static_cast<int64_t>(trials.size()) < open) {
    first = std::max(end, first - kPage);
    ASSIGN_OR_RETURN(std::vector<vizier::Trial> page,
                     client_.ListTrialsFrom(study_, first, kPage));
    for (vizier::Trial& trial : page) {
      const int64_t id = TrialNumber(trial);
      trials.try_emplace(id, std::move(trial));
    }
    remove_ended();
  }
  open_ = std::move(trials);
  next_ = next;
  return absl::OkStatus();
}

void StudyFeed::Take(const vizier::Trial& trial, News& news) {
  const int64_t id = TrialNumber(trial);
  const auto known = open_.find(id);
  if (known == open_.end() || known->second.state() != trial.state()) {
    news.trials.push_back(trial);
  }
  if (!HasEnded(trial)) {
    open_[id] = trial;
    return;
  }
  open_.erase(id);
  const vizier::StudySpec& spec = summary_.study().study_spec();
  const std::optional<double> value = Objective(spec, trial);
  const std::optional<double> best = Objective(spec, summary_.best_trial());
  if (value && (!best || IsBetter(*Objectives(spec)[0], *value, *best))) {
    *summary_.mutable_best_trial() = trial;
  }
}

absl::StatusOr<StudyFeed::News> StudyFeed::Poll() {
  // The summary first: what it has counted is in the lists that follow.
  ASSIGN_OR_RETURN(StudySummary summary, client_.GetStudySummary(study_));
  News news;
  if (!next_) {
    RETURN_IF_ERROR(Begin(summary));
    summary_ = std::move(summary);
    news.study_changed = true;
    return news;
  }
  ASSIGN_OR_RETURN(const Trials added, ReadFrom(*next_));
  std::optional<Trials> known;
  if (!added.empty() || HasMoved(summary, summary_)) {
    ASSIGN_OR_RETURN(known, ReadOpen());
  }
  news.study_changed = summary.study().state() != summary_.study().state();
  summary_ = std::move(summary);
  if (!known) return news;
  std::erase_if(open_, [&](const auto& entry) {
    const bool gone = !known->contains(entry.first);
    if (gone) news.deleted.push_back(entry.first);
    return gone;
  });
  for (const auto& [id, trial] : *known) Take(trial, news);
  for (const auto& [id, trial] : added) Take(trial, news);
  if (!added.empty()) next_ = added.rbegin()->first + 1;
  return news;
}

}  // namespace apogee
