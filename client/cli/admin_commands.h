#pragma once

#include "client/cli/session.h"
#include "client/cpp/client.h"

namespace apogee {

// A client for calls that take long: it waits a day, or as long as --timeout
// says.
Client ConnectForLong(const Session& session);

void AddAdminExport(CLI::App& admin, Session& session, CommandLine& line);
void AddAdminImport(CLI::App& admin, Session& session, CommandLine& line);

}  // namespace apogee
