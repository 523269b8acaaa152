#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "storage/sqlite/connection.h"
#include "storage/study_reader.h"

namespace apogee {

// What StudyReader and Datastore say of the same names, on a connection.
absl::StatusOr<StudyOutline> ReadOutline(const Connection& connection,
                                         const StudyName& study);
absl::StatusOr<std::vector<StudyOutline>> ReadShared(
    const Connection& connection, const SharedQuery& query);
absl::StatusOr<std::vector<std::string>> ReadSharingOwners(
    const Connection& connection);
absl::StatusOr<std::vector<TrialOutline>> ReadFinished(
    const Connection& connection, const StudyName& study, int limit);
absl::StatusOr<int64_t> ReadFinishedCount(const Connection& connection,
                                          const StudyName& study, int limit);
absl::StatusOr<std::vector<RegressorRow>> ReadRegressors(
    const Connection& connection);
absl::StatusOr<RegressorRow> ReadRegressor(const Connection& connection,
                                           int64_t version);

// The connection writes.
absl::StatusOr<int64_t> WriteRegressor(const Connection& connection,
                                       const RegressorRow& row);
absl::Status WriteChoice(const Connection& connection, int64_t version,
                         absl::Time when);
absl::Status DeleteRegressor(const Connection& connection, int64_t version);

}  // namespace apogee
