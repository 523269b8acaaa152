#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "storage/datastore.h"

namespace apogee {

// What a store would hold of one study after some commits: what
// storage/datastore.h says of Commit, on plain maps.
class KeptRows {
 public:
  void Apply(const Commit& commit);
  // As Datastore::Load.
  absl::Status Load(StudySink& sink) const;

 private:
  std::optional<StudyRow> study_;
  std::map<int64_t, TrialRow> trials_;
  std::map<std::pair<int64_t, int64_t>, MeasurementRow> measurements_;
  std::map<std::pair<std::string, int64_t>, OperationRow> operations_;
};

}  // namespace apogee
