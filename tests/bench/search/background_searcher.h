#pragma once

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "algorithms/registry.h"
#include "google/protobuf/struct.pb.h"
#include "tests/bench/search/problem.h"
#include "tests/bench/search/searcher.h"

namespace apogee {

// An algorithm that uses a background at work on a problem that has one, asked
// as a study asks it.
// INVALID_ARGUMENT  the algorithm refuses the problem or its options
absl::StatusOr<std::unique_ptr<Searcher>> BackgroundSearcher(
    const TestProblem& problem, const RegisteredAlgorithm& algorithm,
    const google::protobuf::Struct& options, int64_t trials, uint64_t seed);

}  // namespace apogee
