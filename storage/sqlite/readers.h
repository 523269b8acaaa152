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
class Readers {
 public:
  // The file has been through PrepareSchema.
  static absl::StatusOr<std::unique_ptr<Readers>> Open(const std::string& path);
  ~Readers();

  // As in Datastore. Waits for a free connection.
  absl::Status Load(const StudyName& study, StudySink& sink);
  absl::StatusOr<StudyPage> List(const ListQuery& query);

 private:
  class Reader;
  class Lease;

  Readers();

  Mutex mutex_;
  CondVar returned_;
  std::vector<std::unique_ptr<Reader>> free_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace apogee
