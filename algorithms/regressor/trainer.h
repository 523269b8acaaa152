#pragma once

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "algorithms/regressor/regressor.h"

namespace apogee {

// Trains a regressor step by step; when it is good enough, or has cost enough,
// is the caller's to say. Judge it by Score on studies that it does not train
// on: its loss goes on falling when it has long begun to forget how to rank.
class Trainer {
 public:
  virtual ~Trainer() = default;

  // One batch. `progress` in [0, 1] says how far the training has come, for the
  // learning rate. Returns the batch's mean loss.
  virtual double Step(double progress) = 0;

  // As trained so far.
  virtual const TrainedRegressor& regressor() const = 0;
};

// Usual shapes.
inline constexpr NetworkShape kTextShape = {.layers = 3};
inline constexpr NetworkShape kContextShape = {.layers = 4};

// The same studies, shape, seed and progress give the same weights.
absl::StatusOr<std::unique_ptr<Trainer>> NewTextTrainer(
    absl::Span<const NamedStudy> studies, const NetworkShape& shape,
    uint64_t seed);
absl::StatusOr<std::unique_ptr<Trainer>> NewContextTrainer(
    absl::Span<const NamedStudy> studies, const NetworkShape& shape,
    uint64_t seed);

}  // namespace apogee
