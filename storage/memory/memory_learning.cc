// The part of MemoryDatastore for what studies learn from each other.

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "storage/engine_rules.h"
#include "storage/memory/memory_datastore.h"

namespace apogee {
namespace {

absl::Time Rounded(absl::Time time) {
  return absl::FromUnixMicros(absl::ToUnixMicros(time));
}

}  // namespace

const MemoryDatastore::Rows* MemoryDatastore::Find(
    const StudyName& study) const {
  const auto key = keys_.find(study);
  return key == keys_.end() ? nullptr : &studies_.at(key->second);
}

absl::StatusOr<StudyOutline> MemoryDatastore::Outline(const StudyName& study) {
  MutexLock lock(mutex_);
  const Rows* const rows = Find(study);
  if (rows == nullptr) {
    return NoSuchStudy(study);
  }
  return StudyOutline{.proto = rows->study.proto,
                      .sharing = rows->study.sharing};
}

absl::StatusOr<std::vector<StudyOutline>> MemoryDatastore::ListShared(
    const SharedQuery& query) {
  std::vector<StudyOutline> studies;
  MutexLock lock(mutex_);
  for (auto it = studies_.rbegin(); it != studies_.rend(); ++it) {
    const Rows& rows = it->second;
    if (studies.size() == static_cast<size_t>(query.limit)) {
      break;
    }
    const bool fits =
        query.owner ? rows.owner == *query.owner && !rows.study.sharing.empty()
                    : rows.study.sharing == "SERVER";
    if (fits) {
      studies.push_back(
          {.proto = rows.study.proto, .sharing = rows.study.sharing});
    }
  }
  return studies;
}

absl::StatusOr<std::vector<std::string>> MemoryDatastore::ListSharingOwners() {
  std::set<std::string> owners;
  MutexLock lock(mutex_);
  for (const auto& [key, rows] : studies_) {
    if (rows.study.sharing == "OWNER") {
      owners.insert(rows.owner);
    }
  }
  return std::vector<std::string>(owners.begin(), owners.end());
}

absl::StatusOr<std::vector<TrialOutline>> MemoryDatastore::ListFinished(
    const StudyName& study, int limit) {
  MutexLock lock(mutex_);
  const Rows* const rows = Find(study);
  if (rows == nullptr) {
    return NoSuchStudy(study);
  }
  std::map<int64_t, const TrialRow*> finished;
  for (auto it = rows->trials.rbegin(); it != rows->trials.rend() && limit > 0;
       ++it, --limit) {
    if (it->second.finished && it->second.state != "LOST") {
      finished[*it->second.finished] = &it->second;
    }
  }
  std::vector<TrialOutline> trials;
  trials.reserve(finished.size());
  for (const auto& [place, row] : finished) {
    trials.push_back({.is_feasible = row->state == "SUCCEEDED",
                      .parameters_json = row->parameters_json,
                      .final_metrics_json = row->final_metrics_json});
  }
  return trials;
}

absl::StatusOr<int64_t> MemoryDatastore::CountFinished(const StudyName& study,
                                                       int limit) {
  MutexLock lock(mutex_);
  const Rows* const rows = Find(study);
  if (rows == nullptr) {
    return NoSuchStudy(study);
  }
  const auto finished = std::count_if(
      rows->trials.begin(), rows->trials.end(),
      [](const auto& entry) { return entry.second.finished.has_value(); });
  return std::min(int64_t{finished}, int64_t{limit});
}

absl::StatusOr<std::vector<RegressorRow>> MemoryDatastore::ListRegressors() {
  std::vector<RegressorRow> rows;
  MutexLock lock(mutex_);
  rows.reserve(regressors_.size());
  for (const auto& [version, row] : regressors_) {
    rows.push_back(row);
    rows.back().weights.clear();
  }
  return rows;
}

absl::StatusOr<RegressorRow> MemoryDatastore::LoadRegressor(int64_t version) {
  MutexLock lock(mutex_);
  const auto row = regressors_.find(version);
  if (row == regressors_.end()) {
    return NoSuchRegressor(version);
  }
  return row->second;
}

absl::StatusOr<int64_t> MemoryDatastore::AddRegressor(RegressorRow row) {
  MutexLock lock(mutex_);
  row.version = ++last_version_;
  row.create_time = Rounded(row.create_time);
  if (row.chosen_time) {
    row.chosen_time = Rounded(*row.chosen_time);
  }
  regressors_.emplace(row.version, std::move(row));
  return last_version_;
}

absl::Status MemoryDatastore::ChooseRegressor(int64_t version,
                                              absl::Time when) {
  MutexLock lock(mutex_);
  const auto row = regressors_.find(version);
  if (row == regressors_.end()) {
    return NoSuchRegressor(version);
  }
  row->second.chosen_time = Rounded(when);
  return absl::OkStatus();
}

absl::Status MemoryDatastore::EraseRegressor(int64_t version) {
  MutexLock lock(mutex_);
  return regressors_.erase(version) > 0 ? absl::OkStatus()
                                        : NoSuchRegressor(version);
}

}  // namespace apogee
