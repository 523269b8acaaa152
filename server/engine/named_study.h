#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "algorithms/regressor/regressor.h"
#include "apogee/v1/regressor.pb.h"
#include "storage/study_reader.h"
#include "vizier/study.pb.h"

namespace apogee {

// Studies in names and values, as regressors read them.

// Fewer trials say too little of a study.
inline constexpr int kLeastTrials = 5;

// The study by its first objective, and its metadata without those namespaces
// that programs keep for themselves; long and further entries are left out. The
// metric is empty when the study has no objective.
StudyText DescribeStudy(const vizier::StudySpec& spec);

// Of all parameters, children included.
std::set<std::string> ParameterNames(const vizier::StudySpec& spec);

// By the metric of that name; without it, or with one that is not finite, a
// trial is infeasible. Those that do not parse are left out.
std::vector<NamedTrial> ReadTrials(absl::Span<const TrialOutline> outlines,
                                   const std::string& metric);

// At most `limit` of the trials in their order: half of them the best, the
// others spread evenly over the rest.
std::vector<NamedTrial> Sample(std::vector<NamedTrial> trials, bool maximize,
                               int limit);

apogee::v1::NamedStudy::Trial ToProto(const NamedTrial& trial);
apogee::v1::NamedStudy ToProto(const std::string& name,
                               const NamedStudy& study);
// INVALID_ARGUMENT  a number is not finite
absl::StatusOr<NamedStudy> FromProto(const apogee::v1::NamedStudy& proto);

}  // namespace apogee
