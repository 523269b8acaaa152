#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "proto/names.h"
#include "vizier/study.pb.h"

namespace apogee {

// What people write on the command line. Errors are usage errors.

// "digits" under `owner`, or owners/O/studies/S.
absl::StatusOr<StudyName> ParseStudyArgument(absl::string_view text,
                                             absl::string_view owner);
// "7": the trial of that id.
absl::StatusOr<TrialName> ParseTrialArgument(const StudyName& study,
                                             absl::string_view id);
// "90s", "1h30m", "250ms"; more than nothing. `what` names it in the error.
absl::StatusOr<absl::Duration> ParseDuration(absl::string_view text,
                                             absl::string_view what);
// "accuracy=0.97"; NaN and infinities are numbers, too.
absl::StatusOr<vizier::Measurement::Metric> ParseMetric(absl::string_view text);

// INVALID_ARGUMENT naming the first of the study's metrics that `measurement`
// lacks.
absl::Status CheckHasAllMetrics(const vizier::StudySpec& spec,
                                const vizier::Measurement& measurement);

}  // namespace apogee
