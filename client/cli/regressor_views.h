#pragma once

#include <string>

#include "apogee/v1/regressor_service.pb.h"
#include "client/cli/output.h"
#include "client/cli/terminal.h"

namespace apogee {

// What people and programs see of trained models.

Json RegressorJson(const apogee::v1::RegressorInfo& regressor);
Json TrainingJson(const apogee::v1::Training& training);
Json ScoresJson(const apogee::v1::RegressorScores& scores);

// All versions, and how the training is going.
std::string ListText(const apogee::v1::ListRegressorsResponse& response,
                     const Terminal& terminal);
// One version, with its curves of learning.
std::string RegressorText(const apogee::v1::RegressorInfo& regressor,
                          const Terminal& terminal);
std::string ScoresText(const apogee::v1::RegressorScores& scores,
                       const Terminal& terminal);

}  // namespace apogee
