#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "algorithms/guided/residual_expert.h"
#include "algorithms/guided/study_record.h"
#include "algorithms/regressor/regressor.h"

namespace apogee {

// What a regressor that reads no trials says of points: its medians, on the
// scale of what it expects all over the space.
class TextOpinion {
 public:
  // `text`, of the study, and `record` outlive it.
  TextOpinion(std::shared_ptr<const Regressor> regressor, const StudyText* text,
              const StudyRecord* record);

  absl::StatusOr<Opinions> operator()(const std::vector<Point>& points) const;

 private:
  std::shared_ptr<const Regressor> regressor_;
  const StudyText* text_;
  const StudyRecord* record_;
  // Only a cache.
  mutable std::optional<LabelScale> scale_;
};

}  // namespace apogee
