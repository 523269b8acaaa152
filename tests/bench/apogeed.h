#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "tests/bench/process.h"

namespace apogee {

// apogeed on the SQLite file `file`, durable as by default.
class Apogeed {
 public:
  // What else it needs goes into `directory`.
  Apogeed(const std::string& directory, const std::string& file);

  const std::string& address() const { return server_.address(); }
  Process& process() { return server_.process(); }

  // What it has written so far, by its own metrics.
  struct Writes {
    double commits = 0;  // of studies
    double groups = 0;   // of commits; each is one fsync
    double rows = 0;
  };
  Writes CountWrites() const;

 private:
  ServerProcess server_;
  int http_port_ = 0;
};

}  // namespace apogee
