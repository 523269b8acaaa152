#pragma once

#include <string>

namespace apogee {

// What a thread tells the system about itself. Best effort: where it is not
// allowed or not known, only speed is lost.

// Shown by debuggers and top; the first 15 characters of it.
void NameThisThread(const std::string& name);

// For long computations: the system serves all other threads first.
void WorkInTheBackground();

// For threads that work briefly and often while others wait for them: the
// system takes turns with this one more quickly, so that after a wait for the
// disk it does not stand behind a computation for whole milliseconds.
void AskForShortTurns();

}  // namespace apogee
