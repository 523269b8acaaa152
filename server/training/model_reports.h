#pragma once

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "algorithms/regressor/regressor.h"
#include "apogee/v1/regressor_service.pb.h"
#include "server/engine/regressors.h"

namespace apogee {

// Adds reports on the models, and on what they are compared with: models that
// know the one study only. None when no study has trials enough.
absl::Status AddModelReports(const TrainedRegressors& models,
                             absl::Span<const NamedStudy> held_out,
                             apogee::v1::TrainingReport& report);

}  // namespace apogee
