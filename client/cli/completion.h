#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/string_view.h"

namespace apogee {

// What may come next on a command line, found from how the commands are
// declared: an option's or an argument's value is a file, a study and so on as
// its type name says ("FILE", "STUDY|FILE").
struct Completion {
  struct Candidate {
    std::string value;
    std::string description;
  };
  std::vector<Candidate> candidates;
  bool files = false;  // names of files as well
};

// The options and their values that stand on the line: {"--server", "a:1"}.
using LineOptions = std::map<std::string, std::string>;
// What there is of a kind ("STUDY") that begins with `prefix`; empty for kinds
// nobody knows.
using Lookup = std::function<std::vector<std::string>(
    absl::string_view kind, absl::string_view prefix,
    const LineOptions& options)>;

// Completes the last of `words`, which are those after the program's name. Of
// "--option=value", the value alone is completed.
Completion Complete(const CLI::App& app, const std::vector<std::string>& words,
                    const Lookup& lookup);

}  // namespace apogee
