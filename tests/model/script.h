#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace apogee {

// One command of a script: a verb and small numbers, of which it uses some.
// As text: "complete study=1 trial=3 value=2"; numbers that are 0 are left out.
struct Command {
  std::string verb;
  int study = 0;
  int worker = 0;
  int trial = 0;
  int count = 0;
  int kind = 0;
  int value = 0;
};

using Script = std::vector<Command>;

// All verbs, and how often each is to be among random commands.
struct Verb {
  const char* name;
  int weight;
};
const std::vector<Verb>& Verbs();

// One command a line. Lines that begin with "#" are comments.
std::string ToText(const Script& script);
// A line that is no command fails the test.
Script ParseScript(absl::string_view text);

// Runs the script on an engine with an SQLite file and on the model, and
// compares all answers, and all that is known at the end, which must survive
// leaving memory and the end of the process. Returns the first difference, in
// words; empty when there is none.
std::string RunScript(const Script& script);

}  // namespace apogee
