#pragma once

#include "google/protobuf/arena.h"

namespace apogee {

// Memory for the messages of one function or one call, which go with it.
// Building and freeing a small message costs a fraction of what it does on the
// heap. For the stack, or inside an object. Not thread-safe.
class Scratch {
 public:
  Scratch() : arena_(block_, sizeof(block_)) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  template <typename T>
  T& New() {
    return *google::protobuf::Arena::CreateMessage<T>(&arena_);
  }

 private:
  alignas(8) char block_[2048];
  google::protobuf::Arena arena_;
};

}  // namespace apogee
