#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "algorithms/regressor/regressor.h"
#include "storage/study_reader.h"

namespace apogee {

// What models may be trained on.
struct SharedStudies {
  std::vector<NamedStudy> studies;
  // Of each, by name: says later whether a model has seen a study, without
  // naming it.
  std::vector<std::string> hashes;
  int64_t trials = 0;
};

// Of one owner those that are shared at all, or of all owners those that are
// shared with everybody. Only finished trials, at most 1,000 of a study, spread
// evenly; no study with fewer than 5, or whose feasible trials all measure the
// same. From the newest study on until there are `most_trials`, all of which
// are held in memory. Blocks.
absl::StatusOr<SharedStudies> ReadSharedStudies(
    StudyReader& reader, const std::optional<std::string>& owner,
    int64_t most_trials = 500'000);

// Whose studies there are now, by hash, and how many trials ReadSharedStudies
// would look at; costs much less.
struct SharedCount {
  std::vector<std::string> hashes;
  int64_t trials = 0;
};
absl::StatusOr<SharedCount> CountSharedStudies(
    StudyReader& reader, const std::optional<std::string>& owner);

std::string StudyHash(absl::string_view name);

}  // namespace apogee
