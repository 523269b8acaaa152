#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/rng.h"
#include "google/protobuf/repeated_field.h"
#include "vizier/study.pb.h"

namespace apogee {

using ParameterSpecs =
    google::protobuf::RepeatedPtrField<vizier::StudySpec::ParameterSpec>;
using TrialParameters =
    google::protobuf::RepeatedPtrField<vizier::Trial::Parameter>;

// The parameters of a StudySpec in proto text format.
ParameterSpecs ParseSpecs(absl::string_view text);

// A valid search space of 0 to about 30 parameters that follows from `seed`:
// all types and scales, defaults, conditional children a few levels deep,
// children declared under several parents, names with another domain in another
// branch. With `small`, ranges and lists are short, so that all can be
// enumerated.
ParameterSpecs RandomSpace(uint64_t seed, bool small = false);

// Says whether `parameters` are exactly the active ones of `specs` with
// feasible values. Walks the spec as a reader of the protocol would,
// independent of SearchSpace.
absl::Status CheckParameters(const ParameterSpecs& specs,
                             const TrialParameters& parameters);

}  // namespace apogee
