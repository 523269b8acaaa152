#pragma once

#include <string>

namespace apogee {

// A message of type T, serialized: for those who only pass it on.
template <typename T>
struct Encoded {
  std::string bytes;

  T Decode() const {
    T message;
    message.ParseFromString(bytes);
    return message;
  }
};

}  // namespace apogee
