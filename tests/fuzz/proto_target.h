#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace apogee {

// Fills `message` from proto text and passes it through its binary form, so
// that it is one that can come over the wire; false when it is none.
bool ParseInput(absl::string_view text, google::protobuf::Message& message);

// LLVMFuzzerCustomMutator for inputs that are `message`s in proto text.
size_t MutateInput(uint8_t* data, size_t size, size_t max_size, uint32_t seed,
                   google::protobuf::Message& message);

}  // namespace apogee

// A libFuzzer target whose inputs are messages of type `Type` in proto text:
//   APOGEE_PROTO_TARGET(fuzz::Script, script) { ... }
#define APOGEE_PROTO_TARGET(Type, name)                                     \
  static void RunInput(const Type& name);                                   \
  extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) { \
    Type message;                                                           \
    if (apogee::ParseInput({reinterpret_cast<const char*>(data), size},     \
                           message)) {                                      \
      RunInput(message);                                                    \
    }                                                                       \
    return 0;                                                               \
  }                                                                         \
  extern "C" size_t LLVMFuzzerCustomMutator(                                \
      uint8_t* data, size_t size, size_t max_size, unsigned int seed) {     \
    Type message;                                                           \
    return apogee::MutateInput(data, size, max_size, seed, message);        \
  }                                                                         \
  static void RunInput(const Type& name)
