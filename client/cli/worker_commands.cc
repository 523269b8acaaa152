// apogee worker: who works on trials.

#include <algorithm>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "client/cli/json.h"
#include "client/cli/session.h"
#include "client/cli/views.h"
#include "proto/names.h"

namespace apogee {
namespace {

using apogee::v1::ListWorkersResponse;
using apogee::v1::Worker;

struct ListOptions {
  std::string study;
  bool all = false;
};

// A worker that waits for a trial has one without an id.
Json HeldJson(const Worker& worker, const Worker::HeldTrial& held) {
  Json json;
  json["worker"] = worker.client_id();
  json["study"] = worker.study();
  json["trial"] = held.id() > 0 ? Json(held.id()) : Json();
  json["since"] = TimeJson(held.has_since(), held.since());
  json["last_heard"] = TimeJson(held.has_last_heard(), held.last_heard());
  json["lease_end"] = TimeJson(held.has_lease_end(), held.lease_end());
  json["stopping"] = held.stopping();
  return json;
}

std::string Ago(const google::protobuf::Timestamp& time, absl::Time now) {
  return absl::StrCat(
      ShortDuration(std::max(absl::ZeroDuration(), now - FromProto(time))),
      " ago");
}

void AddHeld(const Worker& worker, const Worker::HeldTrial& held,
             absl::Time now, bool only_study, Table& table) {
  const absl::StatusOr<StudyName> study = StudyName::Parse(worker.study());
  std::string left;
  if (held.has_lease_end()) {
    left = ShortDuration(
        std::max(absl::ZeroDuration(), FromProto(held.lease_end()) - now));
  }
  table.Add({worker.client_id(),
             only_study && study.ok() ? study->study : worker.study(),
             held.id() > 0 ? absl::StrCat(held.id()) : "waits",
             held.has_since() ? Ago(held.since(), now) : "",
             Ago(held.last_heard(), now), left});
}

absl::Status List(const Session& session, const ListOptions& options) {
  std::string parent;
  if (!options.study.empty()) {
    ASSIGN_OR_RETURN(const StudyName name, session.Study(options.study));
    parent = name.ToString();
  } else if (!options.all) {
    parent = OwnerName{.owner = session.owner}.ToString();
  }
  ASSIGN_OR_RETURN(const ListWorkersResponse response,
                   session.Connect().ListWorkers(parent));
  const absl::Time now = absl::Now();
  Json document = Json::array();
  Table table({{"WORKER"},
               {"STUDY"},
               {"TRIAL", true},
               {"SINCE", true},
               {"LAST HEARD", true},
               {"LEASE LEFT", true}});
  const auto add = [&](const Worker& worker, const Worker::HeldTrial& held) {
    document.push_back(HeldJson(worker, held));
    AddHeld(worker, held, now, !options.all, table);
  };
  for (const Worker& worker : response.workers()) {
    for (const Worker::HeldTrial& held : worker.trials()) add(worker, held);
    if (!worker.trials().empty()) continue;
    Worker::HeldTrial none;
    *none.mutable_last_heard() = worker.last_heard();
    add(worker, none);
  }
  session.Show(document, [&](const Terminal& terminal) {
    return table.ToString(terminal);
  });
  if (document.empty()) session.Say("nobody has a trial");
  return absl::OkStatus();
}

}  // namespace

void AddWorkerCommands(CLI::App& app, Session& session, CommandLine& line) {
  CLI::App& worker =
      *CommandLine::AddNoun(app, "worker", "Who works on trials",
                            "  apogee worker list\n"
                            "  apogee worker list digits -o json\n");
  const auto options = std::make_shared<ListOptions>();
  CLI::App* const list = line.AddVerb(
      worker, "list",
      "Who has which trial, or waits for one\n\n"
      "LAST HEARD is when the worker last spoke of the trial, or the server "
      "loaded the study. LEASE LEFT is what is left until the trial counts as "
      "lost, in studies with leases. Without STUDY: those of your studies that "
      "somebody has asked about lately.",
      "  apogee worker list\n"
      "  apogee worker list digits\n"
      "  apogee worker list --all -o json\n",
      [&session, options] { return List(session, *options); });
  CLI::Option* const study =
      list->add_option("STUDY", options->study, kStudyHelp);
  list->add_flag("--all", options->all, "The workers of all owners")
      ->excludes(study);
}

}  // namespace apogee
