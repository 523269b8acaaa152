#pragma once

#include <limits>

namespace apogee {

enum class ColorMode { kAuto, kAlways, kNever };

// Where text goes.
struct Terminal {
  // Whether a person looks at it, on a screen that can be redrawn.
  bool interactive = false;
  bool color = false;
  // Columns; no limit when it is not a screen.
  int width = std::numeric_limits<int>::max();
};

// What the file descriptor is. Colours only on a screen, and not when NO_COLOR
// is set or TERM is "dumb", unless `mode` says otherwise.
Terminal DescribeTerminal(int fd, ColorMode mode);

}  // namespace apogee
