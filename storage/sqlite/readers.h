#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "base/mutex.h"
#include "storage/datastore.h"
#include "storage/sqlite/connection.h"

namespace apogee {

// Read-only connections, each lent to one call at a time. Thread-safe.
class Readers final : public StudyReader {
 public:
  // The file has been through PrepareSchema.
  static absl::StatusOr<std::unique_ptr<Readers>> Open(const std::string& path);
  ~Readers() override;

  // As in Datastore. Waits for a free connection.
  absl::Status Load(const StudyName& study, StudySink& sink);
  absl::StatusOr<StudyPage> List(const ListQuery& query);

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

 private:
  class Reader;
  class Lease;

  Readers();

  Mutex mutex_;
  CondVar returned_;
  std::vector<std::unique_ptr<Reader>> free_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace apogee
