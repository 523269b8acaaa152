#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "client/cpp/client.h"
#include "vizier/study.pb.h"

namespace apogee {

// The study that the file at `path` ("-": standard input) describes, under
// `name` if that is not empty.
// INVALID_ARGUMENT  the file has a mistake
// (usage)           it can not be read
absl::StatusOr<vizier::Study> LoadStudyFile(const std::string& path,
                                            const std::string& name);

struct CreatedStudy {
  vizier::Study study;
  bool is_new = false;
};

// Creates the study, or finds the equal one of that name.
// (conflict)  there is another one of that name; the error says what differs
absl::StatusOr<CreatedStudy> CreateOrJoin(const Client& client,
                                          const std::string& owner,
                                          const vizier::Study& wanted);

// What `existing` has otherwise than `wanted`, in words; empty when the two are
// one study. Metadata that others added to `existing` does not count.
std::string SpecDifference(const vizier::StudySpec& existing,
                           const vizier::StudySpec& wanted);

}  // namespace apogee
