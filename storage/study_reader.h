#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "proto/names.h"

namespace apogee {

// A study as those see it that learn from it.
struct StudyOutline {
  std::string proto;    // vizier.Study, with its name
  std::string sharing;  // as in StudyRow

  friend bool operator==(const StudyOutline&, const StudyOutline&) = default;
};

// Studies that may be trained on.
struct SharedQuery {
  // Those of one owner; empty for those of all owners that share with all.
  std::optional<std::string> owner;
  int limit = 0;
};

// The columns of TrialRow that say what a finished trial measured.
struct TrialOutline {
  bool is_feasible = false;
  std::string parameters_json;
  std::string final_metrics_json;

  friend bool operator==(const TrialOutline&, const TrialOutline&) = default;
};

// Trained models of one training.
struct RegressorRow {
  int64_t version = 0;  // given by the store, from 1 on, none twice
  std::string owner;    // whose studies it serves; empty for all
  absl::Time create_time;
  // When it was last taken into use; empty for one that was rejected.
  std::optional<absl::Time> chosen_time;
  std::string report_json;
  std::string studies_json;  // of those it was trained on
  std::string weights;

  friend bool operator==(const RegressorRow&, const RegressorRow&) = default;
};

// What learning reads of a store. Every method blocks and sees every commit
// that was done before the call. Thread-safe.
class StudyReader {
 public:
  virtual ~StudyReader() = default;

  // NOT_FOUND  there is no such study
  virtual absl::StatusOr<StudyOutline> Outline(const StudyName& study) = 0;

  // The newest first.
  virtual absl::StatusOr<std::vector<StudyOutline>> ListShared(
      const SharedQuery& query) = 0;

  // Those who share a study with themselves only, by name.
  virtual absl::StatusOr<std::vector<std::string>> ListSharingOwners() = 0;

  // The finished trials among the newest `limit`, in the order they finished;
  // none that was given up (LOST).
  // NOT_FOUND  there is no such study
  virtual absl::StatusOr<std::vector<TrialOutline>> ListFinished(
      const StudyName& study, int limit) = 0;

  // How many trials have finished, counted up to `limit`.
  // NOT_FOUND  there is no such study
  virtual absl::StatusOr<int64_t> CountFinished(const StudyName& study,
                                                int limit) = 0;

  // By version, without weights.
  virtual absl::StatusOr<std::vector<RegressorRow>> ListRegressors() = 0;
  // NOT_FOUND  there is no such version
  virtual absl::StatusOr<RegressorRow> LoadRegressor(int64_t version) = 0;
};

}  // namespace apogee
