#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/output.h"
#include "vizier/study.pb.h"

namespace apogee {

// The file that describes a study, as JSON: what FormatStudyFile writes, with
// options that stand in the metadata where the file has them.
// UNIMPLEMENTED  the spec holds something the file has no word for
absl::StatusOr<Json> StudyFileJson(const vizier::Study& study);

// One thing that two study specs have otherwise: "parameters.lr" or "seed".
// What one of them does not have is null.
struct SpecChange {
  std::string path;
  Json a;
  Json b;
};

// What differs between two specs, in the order of the study file; empty when
// they are equal. Specs with something that the file has no word for are
// compared field by field: the paths are then the protocol's.
std::vector<SpecChange> CompareSpecs(const vizier::StudySpec& a,
                                     const vizier::StudySpec& b);

}  // namespace apogee
