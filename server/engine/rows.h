#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "storage/datastore.h"
#include "vizier/study.pb.h"

namespace apogee {

// Messages as rows: the bytes to keep and the columns that dashboards read.

// Columns of the study's own message; the caller fills the rest.
StudyRow MakeStudyRow(const vizier::Study& study);

// Columns of the trial's own message; the caller fills the rest. `trial` holds
// no measurements.
TrialRow MakeTrialRow(int64_t id, const vizier::Trial& trial);

MeasurementRow MakeMeasurementRow(int64_t trial_id, int64_t number,
                                  const vizier::Measurement& measurement);

// Appends the field `number`, a message or text of these bytes, to a serialized
// message.
void AppendField(int number, absl::string_view bytes, std::string& message);

// "ACTIVE" and the like; "STATE_UNSPECIFIED" for a number the protocol has no
// name for.
std::string StateName(vizier::Study::State state);
std::string StateName(vizier::Trial::State state);

// Between the protocol's times and ours.
google::protobuf::Timestamp ToProto(absl::Time time);
absl::Time FromProto(const google::protobuf::Timestamp& timestamp);
absl::Duration FromProto(const google::protobuf::Duration& duration);

}  // namespace apogee
