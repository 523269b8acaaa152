#include "storage/memory/memory_datastore.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "absl/time/time.h"
#include "base/status_macros.h"
#include "storage/engine_rules.h"

namespace apogee {
namespace {

// Times are kept to the microsecond, as on disk.
absl::Time Rounded(absl::Time time) {
  return absl::FromUnixMicros(absl::ToUnixMicros(time));
}

std::optional<absl::Time> Rounded(std::optional<absl::Time> time) {
  return time ? std::optional(Rounded(*time)) : std::nullopt;
}

template <typename Map>
auto Values(const Map& map) {
  std::vector<typename Map::mapped_type> values;
  values.reserve(map.size());
  for (const auto& [key, value] : map) {
    values.push_back(value);
  }
  return values;
}

}  // namespace

MemoryDatastore::MemoryDatastore(StoreOptions options)
    : queue_({.write =
                  [this](absl::Span<QueuedCommit> batch) {
                    MutexLock lock(mutex_);
                    for (QueuedCommit& queued : batch) {
                      queued.result = ApplyOne(queued.commit);
                    }
                  },
              .tidy = [](bool /*idle*/) {}},
             std::move(options)) {}

void MemoryDatastore::Apply(Commit commit, Done done) {
  queue_.Push(std::move(commit), std::move(done));
}

absl::Status MemoryDatastore::ApplyOne(Commit& commit) {
  auto key = keys_.find(commit.study);
  if (key == keys_.end() && !commit.study_row) {
    return NoSuchStudy(commit.study);
  }
  if (commit.erase_study && key != keys_.end()) {
    studies_.erase(key->second);
    keys_.erase(key);
    key = keys_.end();
    if (!commit.study_row) {
      return absl::OkStatus();
    }
  }
  if (key == keys_.end()) {
    key = keys_.emplace(commit.study, ++last_key_).first;
  }
  Rows& rows = studies_[key->second];
  rows.owner = commit.study.owner;
  if (commit.study_row) {
    std::string background = std::move(rows.study.background);
    rows.study = *std::move(commit.study_row);
    if (!background.empty()) {
      rows.study.background = std::move(background);
    }
    rows.study.create_time = Rounded(rows.study.create_time);
  }
  for (TrialRow& row : commit.trials) {
    row.start_time = Rounded(row.start_time);
    row.end_time = Rounded(row.end_time);
    rows.trials[row.id] = std::move(row);
  }
  for (MeasurementRow& row : commit.measurements) {
    row.elapsed = absl::Microseconds(absl::ToInt64Microseconds(row.elapsed));
    rows.measurements[{row.trial_id, row.number}] = std::move(row);
  }
  for (int64_t id : commit.erased_trials) {
    constexpr int64_t kFirst = std::numeric_limits<int64_t>::min();
    constexpr int64_t kLast = std::numeric_limits<int64_t>::max();
    rows.trials.erase(id);
    rows.measurements.erase(rows.measurements.lower_bound({id, kFirst}),
                            rows.measurements.upper_bound({id, kLast}));
  }
  for (OperationRow& row : commit.operations) {
    rows.operations[{row.client_id, OperationSlot(row)}] = std::move(row);
  }
  return absl::OkStatus();
}

absl::Status MemoryDatastore::Load(const StudyName& study, StudySink& sink) {
  Rows rows;
  {
    MutexLock lock(mutex_);
    const auto key = keys_.find(study);
    if (key == keys_.end()) {
      return NoSuchStudy(study);
    }
    rows = studies_.at(key->second);
  }
  RETURN_IF_ERROR(sink.TakeStudy(std::move(rows.study)));
  for (auto& [id, row] : rows.trials) {
    RETURN_IF_ERROR(sink.TakeTrial(std::move(row)));
  }
  for (auto& [key, row] : rows.measurements) {
    RETURN_IF_ERROR(sink.TakeMeasurement(std::move(row)));
  }
  std::vector<OperationRow> operations = Values(rows.operations);
  std::sort(operations.begin(), operations.end(),
            [](const OperationRow& a, const OperationRow& b) {
              return std::tie(a.client_id, a.number) <
                     std::tie(b.client_id, b.number);
            });
  for (OperationRow& row : operations) {
    RETURN_IF_ERROR(sink.TakeOperation(std::move(row)));
  }
  return absl::OkStatus();
}

absl::StatusOr<StudyPage> MemoryDatastore::List(const ListQuery& query) {
  ASSIGN_OR_RETURN(const int64_t after, ParsePageToken(query.page_token));
  StudyPage page;
  int64_t last = after;
  MutexLock lock(mutex_);
  for (auto it = studies_.upper_bound(after); it != studies_.end(); ++it) {
    const auto& [key, rows] = *it;
    if (query.owner && rows.owner != *query.owner) {
      continue;
    }
    if (query.page_size > 0 &&
        page.studies.size() == static_cast<size_t>(query.page_size)) {
      page.next_page_token = FormatPageToken(last);
      break;
    }
    page.studies.push_back(rows.study);
    page.studies.back().background.clear();
    last = key;
  }
  return page;
}

absl::Status MemoryDatastore::Backup(const std::string& path) {
  return absl::UnimplementedError(
      "a store in memory has no backups; \"apogee admin export\" works");
}

}  // namespace apogee
