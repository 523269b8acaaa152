// apogee version: who speaks with whom.

#include "absl/strings/str_cat.h"
#include "base/version.h"
#include "client/cli/session.h"

namespace apogee {
namespace {

absl::Status ShowVersions(const Session& session) {
  const absl::StatusOr<apogee::v1::ServerInfo> info =
      session.Connect().GetServerInfo();
  Json document = {{"apogee", kVersion}, {"server", nullptr}};
  if (info.ok()) {
    document["server"] = {{"address", session.server},
                          {"apogeed", info->version()},
                          {"schema_version", info->schema_version()},
                          {"store", info->store()}};
  }
  session.Show(document, [&](const Terminal& terminal) {
    Table table({{"apogee"}, {kVersion}});
    if (info.ok()) {
      table.Add(
          {"apogeed", absl::StrCat(info->version(), ", at ", session.server)});
      table.Add({"schema", absl::StrCat(info->schema_version())});
      table.Add({"store", info->store()});
    }
    return table.ToString(terminal);
  });
  return info.status();
}

}  // namespace

void AddVersion(CLI::App& app, Session& session, CommandLine& line) {
  line.AddVerb(app, "version",
               "The versions of apogee, of the server, and of its database",
               "  apogee version\n"
               "  apogee version -o json\n",
               [&session] { return ShowVersions(session); });
}

}  // namespace apogee
