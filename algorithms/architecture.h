#pragma once

#include <string>

namespace apogee {

// A complete choice of layers: byte i is the option that layer i takes.
using Architecture = std::string;

inline int OptionOf(const Architecture& architecture, int layer) {
  return static_cast<unsigned char>(architecture[layer]);
}
inline void SetOption(Architecture& architecture, int layer, int option) {
  architecture[layer] = static_cast<char>(option);
}

}  // namespace apogee
