#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "base/mutex.h"
#include "storage/commit_queue.h"
#include "storage/datastore.h"

namespace apogee {

// Keeps studies as long as it lives: for trying things out, and as the
// reference that says what the other engines have to do. Thread-safe.
class MemoryDatastore final : public Datastore {
 public:
  explicit MemoryDatastore(StoreOptions options = {});

  void Apply(Commit commit, Done done) override;
  absl::Status Load(const StudyName& study, StudySink& sink) override;
  absl::StatusOr<StudyPage> List(const ListQuery& query) override;
  absl::StatusOr<StudyOutline> Outline(const StudyName& study) override;
  absl::StatusOr<std::vector<StudyOutline>> ListShared(
      const SharedQuery& query) override;
  absl::StatusOr<std::vector<std::string>> ListSharingOwners() override;
  absl::StatusOr<std::vector<TrialOutline>> ListFinished(const StudyName& study,
                                                         int limit) override;
  absl::StatusOr<int64_t> CountFinished(const StudyName& study,
                                        int limit) override;
  absl::StatusOr<std::vector<RegressorRow>> ListRegressors() override;
  absl::StatusOr<RegressorRow> LoadRegressor(int64_t version) override;
  absl::StatusOr<int64_t> AddRegressor(RegressorRow row) override;
  absl::Status ChooseRegressor(int64_t version, absl::Time when) override;
  absl::Status EraseRegressor(int64_t version) override;
  absl::Status Backup(const std::string& path) override;
  absl::StatusOr<std::vector<std::string>> Check() override {
    return std::vector<std::string>();
  }
  absl::Status Vacuum() override { return absl::OkStatus(); }
  absl::Status Health() const override { return absl::OkStatus(); }
  StoreStats Stats() const override {
    return {.queued_commits = queue_.size()};
  }

 private:
  struct Rows {
    std::string owner;
    StudyRow study;
    std::map<int64_t, TrialRow> trials;
    // By trial id, then number.
    std::map<std::pair<int64_t, int64_t>, MeasurementRow> measurements;
    // By client id, then slot.
    std::map<std::pair<std::string, int64_t>, OperationRow> operations;
  };

  const Rows* Find(const StudyName& study) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status ApplyOne(Commit& commit) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable Mutex mutex_;
  // Never given twice, so they also tell the order of creation.
  int64_t last_key_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<StudyName, int64_t> keys_ ABSL_GUARDED_BY(mutex_);
  std::map<int64_t, Rows> studies_ ABSL_GUARDED_BY(mutex_);
  int64_t last_version_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<int64_t, RegressorRow> regressors_ ABSL_GUARDED_BY(mutex_);
  // Last: its thread uses all above.
  CommitQueue queue_;
};

}  // namespace apogee
