#pragma once

#include <memory>

#include "algorithms/gp/gp_features.h"
#include "algorithms/guided/expert.h"
#include "algorithms/guided/study_record.h"
#include "algorithms/regressor/regressor.h"

namespace apogee {

// A regressor (regressor/README.md), of this process or of another.
class NetworkExpert : public Expert {
 public:
  // `source` is kContext or kRemote; kContext needs results. All but
  // `regressor` outlive it; `text` is of the study.
  NetworkExpert(Source source, std::shared_ptr<const Regressor> regressor,
                const StudyText* text, const GpFeatures* features,
                const StudyRecord* record);

  Source source() const override { return source_; }
  bool IsReady() const override;
  Forecaster Prepare(absl::Span<const Pending> pending) const override;

 private:
  // The scale of the results; while there are less than two different ones, of
  // what the regressor expects at points all over the space.
  absl::StatusOr<LabelScale> Scale() const;

  Source source_;
  std::shared_ptr<const Regressor> regressor_;
  const StudyText* text_;
  const GpFeatures* features_;
  const StudyRecord* record_;
};

}  // namespace apogee
