#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "vizier/study.pb.h"

namespace apogee {

// One parameter and where it stands in its study spec.
struct ParameterPlace {
  const vizier::StudySpec::ParameterSpec& parameter;
  std::string path;  // "parameters[2]"
  int depth = 1;

  // A FieldError about `field` of the parameter, which it names.
  absl::Status Error(absl::string_view field, absl::string_view message) const;
};

// Checks the values a parameter may take: type, bounds, scale, default. A part
// of ValidateStudySpec.
absl::Status ValidateDomain(const ParameterPlace& place);

}  // namespace apogee
