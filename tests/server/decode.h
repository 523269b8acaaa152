#pragma once

#include "absl/status/statusor.h"
#include "proto/encoded.h"

namespace apogee {

// What an engine or a study answers, as its message.
template <typename T>
struct DecodedOf {
  using Type = T;
};
template <typename T>
struct DecodedOf<Encoded<T>> {
  using Type = T;
};
template <typename T>
using Decoded = typename DecodedOf<T>::Type;

template <typename T>
absl::StatusOr<T> Decode(absl::StatusOr<T> result) {
  return result;
}
template <typename T>
absl::StatusOr<T> Decode(const absl::StatusOr<Encoded<T>>& result) {
  if (!result.ok()) return result.status();
  return result->Decode();
}

}  // namespace apogee
