#include "client/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/strings/string_view.h"

namespace apogee {
namespace {

bool IsSet(const char* variable) {
  const char* const value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

}  // namespace

Terminal DescribeTerminal(int fd, ColorMode mode) {
  Terminal terminal;
  const char* const term = std::getenv("TERM");
  const bool dumb = term == nullptr || absl::string_view(term) == "dumb";
  if (isatty(fd) != 0) {
    winsize size{};
    terminal.width =
        ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
    terminal.interactive = !dumb;
    terminal.color = !dumb && !IsSet("NO_COLOR");
  }
  if (mode != ColorMode::kAuto) terminal.color = mode == ColorMode::kAlways;
  return terminal;
}

}  // namespace apogee
