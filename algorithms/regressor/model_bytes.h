#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "algorithms/regressor/regressor.h"

namespace apogee {

// Trained weights as bytes. All numbers are little-endian:
//   "APOGEERM"                                8 bytes
//   version (1), kind                         uint32 each
//   layers, width, heads, hidden, buckets, piece width
//                                             uint32 each
//   the matrices (Weights::Serialize)
//   StableHash of all before                  uint64
enum class ModelKind : uint32_t { kText = 1, kContext = 2 };

std::string WrapModel(ModelKind kind, const NetworkShape& shape,
                      absl::string_view weights);

struct ModelBytes {
  NetworkShape shape;
  // Part of the bytes that were given.
  absl::string_view weights;
};

// Refuses damaged bytes, other versions and other kinds.
absl::StatusOr<ModelBytes> UnwrapModel(ModelKind kind, absl::string_view bytes);

}  // namespace apogee
