#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace apogee {

// The last few lines on a screen, redrawn in place below lines that stay. The
// destructor takes them away. Not thread-safe.
class LiveArea {
 public:
  // Draws to the file descriptor.
  explicit LiveArea(int fd) : fd_(fd) {}
  ~LiveArea() { Draw("", {}); }

  LiveArea(const LiveArea&) = delete;
  LiveArea& operator=(const LiveArea&) = delete;

  // Adds `above`, whole lines, to those that stay, and puts `lines`, none wider
  // than the screen, in the place of those that were there: in one write.
  void Draw(absl::string_view above, std::vector<std::string> lines);

  // What is on the screen now.
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  const int fd_;
  std::vector<std::string> lines_;
};

}  // namespace apogee
