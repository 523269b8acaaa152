#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"
#include "apogee/v1/admin.pb.h"
#include "client/cli/table.h"
#include "vizier/study.pb.h"

namespace apogee {

// What people see of studies and trials.

// "accuracy=0.93 loss=0.2"
std::string MetricsText(const vizier::Measurement& measurement);
// "lr=0.001 layers=2"
std::string ParametersText(const vizier::Trial& trial);
// Four digits are enough to read.
std::string ShortNumber(double value);
// "850ms", "1.2s", "3m05s", "2h10m"
std::string ShortDuration(absl::Duration duration);
// "2026-11-22 23:14:36 CET", where we are
std::string LocalTime(const google::protobuf::Timestamp& time);

// "SUCCEEDED" and the like; "LOST" when it was given up.
std::string StateWord(const vizier::Trial& trial);
// "lost 2 times; its last worker, "w", was silent for 60 s": of a trial that
// waits to be tried again; else "".
std::string LossText(const vizier::Trial& trial);

Style StateStyle(vizier::Trial::State state);

// Trials with their parameters and metrics as columns.
Table TrialTable(const vizier::StudySpec& spec,
                 const std::vector<vizier::Trial>& trials);

// The parameters of a study, children indented.
Table SearchSpaceTable(const vizier::StudySpec& spec);

}  // namespace apogee
