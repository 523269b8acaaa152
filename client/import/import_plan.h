#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "apogee/v1/admin.pb.h"
#include "client/import/import_sink.h"
#include "proto/names.h"

namespace apogee {

// What people want of an import.
struct ImportChoices {
  std::string owner;  // of studies in files that know no owners
  std::string into;   // the owner of all studies; empty to leave theirs
  std::map<std::string, std::string> renames;  // old name to new
  std::vector<std::string> only;  // names of studies; empty for all
  std::string algorithm;          // of all studies; empty to leave theirs
};

// What becomes of one study.
struct PlannedStudy {
  StudyName name;
  apogee::v1::ImportStudyRequest request;
  int64_t trials = 0;
  std::vector<std::string> notes;
  // Places in the order of finishing, by id, of the finished trials that have
  // none of their own: as their end times tell.
  absl::flat_hash_map<int64_t, int64_t> finished;
};

// Reads a file to the end before anything is sent, and checks all of it.
class ImportPlanner final : public ImportSink {
 public:
  explicit ImportPlanner(ImportChoices choices)
      : choices_(std::move(choices)) {}

  // INVALID_ARGUMENT  no server would take it
  absl::Status TakeStudy(apogee::v1::StudyRecord record) override;
  absl::Status TakeTrial(apogee::v1::TrialRecord record) override;
  void TakeNote(std::string note) override;

  // One for each study of the file, in its order; empty for one left out.
  // INVALID_ARGUMENT  a name that people chose is not in the file
  absl::StatusOr<std::vector<std::optional<PlannedStudy>>> Finish();

 private:
  absl::StatusOr<StudyName> Target(const vizier::Study& study) const;
  void EndStudy();

  const ImportChoices choices_;
  std::vector<std::optional<PlannedStudy>> studies_;
  std::vector<std::string> names_;  // in the file
  // Of the last study.
  int64_t last_id_ = 0;
  int64_t next_finished_ = 0;
  std::vector<std::pair<std::pair<int64_t, int32_t>, int64_t>> ends_;
};

}  // namespace apogee
