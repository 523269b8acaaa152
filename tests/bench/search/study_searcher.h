#pragma once

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "algorithms/registry.h"
#include "google/protobuf/struct.pb.h"
#include "tests/bench/search/problem.h"
#include "tests/bench/search/searcher.h"

namespace apogee {

// An algorithm of the registry at work on a study, kept and asked as the
// service does it; what the study commits is dropped.
// INVALID_ARGUMENT  the algorithm refuses the problem or its options
absl::StatusOr<std::unique_ptr<Searcher>> StudySearcher(
    const TestProblem& problem, const RegisteredAlgorithm& algorithm,
    const google::protobuf::Struct& options, int64_t trials, uint64_t seed);

}  // namespace apogee
