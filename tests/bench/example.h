#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "vizier/study.pb.h"
#include "vizier/vizier_service.pb.h"

namespace apogee {

// The studies and trials that all measurements use: 8 double parameters, random
// search, 1 or 2 metrics to minimize.

inline constexpr int kExampleParameters = 8;

// "owners/bench/studies/{study}"
std::string ExampleStudyName(const std::string& study);

vizier::CreateStudyRequest ExampleStudyRequest(const std::string& study,
                                               int metrics);

vizier::Measurement ExampleMeasurement(int metrics);

// A SUCCEEDED trial as the server would keep it. `progress` from 0 to 1 is how
// far the search has come: with two metrics, trials lie the closer to a front
// the later they are.
vizier::Trial ExampleTrial(const std::string& study_name, int64_t id,
                           int metrics, double progress,
                           std::mt19937_64& random);

}  // namespace apogee
