#pragma once

#include <string>

#include "absl/time/time.h"
#include "apogee/v1/admin.pb.h"
#include "client/cli/output.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "vizier/study.pb.h"

namespace apogee {

// What `-o json` and `-o yaml` show. The names of the fields are a contract:
// client/README.md lists them. What is not there is null.

// NaN and infinities, for which JSON has no numbers, are "NaN", "Infinity" and
// "-Infinity".
Json NumberJson(double value);

Json TimeJson(bool has, const google::protobuf::Timestamp& time);

// {"lr": 0.1, "layers": 2}
Json ParametersJson(const vizier::StudySpec& spec, const vizier::Trial& trial);
Json MetricsJson(const vizier::Measurement& measurement);

// Without its measurements, as in a list.
Json TrialJson(const vizier::StudySpec& spec, const vizier::Trial& trial);
Json TrialDetailsJson(const vizier::StudySpec& spec,
                      const vizier::Trial& trial);

// As in a list, and with search space and best trial.
Json StudyJson(const apogee::v1::StudySummary& summary);
Json StudyDetailsJson(const apogee::v1::StudySummary& summary);
// "NONE", "OWNER" or "SERVER".
std::string SharingOf(const apogee::v1::StudySummary& summary);

Json AlgorithmJson(const apogee::v1::AlgorithmInfo& algorithm);

absl::Time FromProto(const google::protobuf::Timestamp& time);
absl::Duration FromProto(const google::protobuf::Duration& duration);

}  // namespace apogee
