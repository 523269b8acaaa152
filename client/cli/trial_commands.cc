// apogee trial: list, show, stop, delete.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "client/cli/arguments.h"
#include "client/cli/json.h"
#include "client/cli/parameters.h"
#include "client/cli/session.h"
#include "client/cli/views.h"
#include "nlohmann/json.hpp"
#include "proto/lease_history.h"
#include "proto/options.h"
#include "proto/print.h"

namespace apogee {
namespace {

struct TrialArguments {
  std::string study;
  std::string id;
};

void AddTrialArguments(CLI::App& verb, TrialArguments& arguments) {
  verb.add_option("STUDY", arguments.study, kStudyHelp)->required();
  verb.add_option("ID", arguments.id, "The trial's number")->required();
}

absl::StatusOr<TrialName> NameOf(const Session& session,
                                 const TrialArguments& arguments) {
  ASSIGN_OR_RETURN(const StudyName study, session.Study(arguments.study));
  return ParseTrialArgument(study, arguments.id);
}

struct ListOptions {
  std::string study;
  std::vector<std::string> states;
  size_t limit = 0;
};

absl::Status List(const Session& session, const ListOptions& options) {
  ASSIGN_OR_RETURN(const StudyName name, session.Study(options.study));
  const Client client = session.Connect();
  ASSIGN_OR_RETURN(const vizier::Study study, client.GetStudy(name.ToString()));
  ASSIGN_OR_RETURN(std::vector<vizier::Trial> trials,
                   client.ListTrials(name.ToString()));
  if (!options.states.empty()) {
    trials.erase(std::remove_if(trials.begin(), trials.end(),
                                [&](const vizier::Trial& trial) {
                                  return !absl::c_linear_search(
                                      options.states, StateWord(trial));
                                }),
                 trials.end());
  }
  if (options.limit > 0 && trials.size() > options.limit) {
    trials.erase(trials.begin(),
                 trials.end() - static_cast<std::ptrdiff_t>(options.limit));
  }
  const vizier::StudySpec& spec = study.study_spec();
  Json document = Json::array();
  for (const vizier::Trial& trial : trials) {
    document.push_back(TrialJson(spec, trial));
  }
  if (trials.empty()) session.Say("there are no such trials");
  session.Show(document, [&](const Terminal& terminal) {
    return trials.empty() ? "" : TrialTable(spec, trials).ToString(terminal);
  });
  return absl::OkStatus();
}

// A JSON object that the server keeps with the trial, or null.
nlohmann::ordered_json Note(const vizier::Trial& trial, absl::string_view key) {
  const auto entry = absl::c_find_if(trial.metadata(), [&](const auto& each) {
    return each.ns() == kOptionsNamespace && each.key() == key;
  });
  if (entry == trial.metadata().end()) return nullptr;
  auto json = nlohmann::ordered_json::parse(entry->value(), nullptr,
                                            /*allow_exceptions=*/false);
  return json.is_object() ? json : nullptr;
}

// "MEDIAN: step 7: ..." where a rule said that the trial should stop.
std::string WhyStopped(const vizier::Trial& trial) {
  const auto note = Note(trial, kStoppingKey);
  const auto text = [&](const char* key) {
    const bool is_text =
        note.is_object() && note.contains(key) && note[key].is_string();
    return is_text ? note[key].get<std::string>() : "";
  };
  const std::string reason = text("reason");
  return reason.empty() ? "" : absl::StrCat(text("rule"), ": ", reason);
}

// What the algorithm says of its suggestion: words, and what each source
// expected.
struct Said {
  std::string words;
  Table expected{
      {{"EXPECTED BY"}, {"16 %", true}, {"50 %", true}, {"84 %", true}}};
};

std::optional<Said> WhatWasSaid(const vizier::Trial& trial) {
  const auto json = Note(trial, kSuggestionKey);
  if (json.is_null()) return std::nullopt;
  Said said;
  for (const auto& [key, value] : json.items()) {
    if (value.is_structured()) continue;
    absl::StrAppend(&said.words, said.words.empty() ? "" : ", ", key, " ",
                    value.is_string()   ? value.get<std::string>()
                    : value.is_number() ? ShortNumber(value.get<double>())
                                        : value.dump());
  }
  const auto expected = json.value("expected", nlohmann::ordered_json());
  for (const auto& [source, values] : expected.items()) {
    std::vector<Table::Cell> row = {source};
    for (const auto& value : values) {
      row.push_back(value.is_number() ? ShortNumber(value.get<double>()) : "");
    }
    row.resize(4, "");
    said.expected.Add(row);
  }
  return said;
}

std::string Describe(const vizier::Trial& trial, const Terminal& terminal) {
  std::string text;
  const auto add = [&](absl::string_view title, absl::string_view value) {
    if (value.empty()) return;
    absl::StrAppend(&text, Styled(title, Style::kStrong, terminal.color),
                    std::string(12 - title.size(), ' '), value, "\n");
  };
  const auto time = [](bool has, const google::protobuf::Timestamp& stamp) {
    return has ? LocalTime(stamp) : "";
  };
  add("Trial", trial.name());
  add("State",
      Styled(StateWord(trial), StateStyle(trial.state()), terminal.color));
  add("Reason", trial.infeasible_reason());
  add("Lost", LossText(trial));
  add("Worker", trial.client_id());
  add("Started", time(trial.has_start_time(), trial.start_time()));
  add("Ended", time(trial.has_end_time(), trial.end_time()));
  add("Result", MetricsText(trial.final_measurement()));
  const std::optional<Said> said = WhatWasSaid(trial);
  if (said) add("Suggestion", said->words);
  add("Stopping", WhyStopped(trial));

  Table parameters({{"PARAMETER"}, {"VALUE"}});
  for (const auto& parameter : trial.parameters()) {
    parameters.Add({parameter.parameter_id(), ValueText(parameter.value())});
  }
  absl::StrAppend(&text, "\n", parameters.ToString(terminal));
  if (said && !said->expected.empty()) {
    absl::StrAppend(&text, "\n", said->expected.ToString(terminal));
  }
  Table losses({{"LOST BY"}, {"SINCE"}, {"UNTIL"}, {"WHY"}});
  const apogee::v1::LeaseHistory history = ReadLeaseHistory(trial);
  for (const apogee::v1::LeaseHistory::Lost& lost : history.lost()) {
    losses.Add({lost.worker(), time(lost.has_since(), lost.since()),
                time(lost.has_until(), lost.until()), lost.why()});
  }
  if (!losses.empty()) {
    absl::StrAppend(&text, "\n", losses.ToString(terminal));
  }
  if (trial.measurements().empty()) return text;

  Table measurements({{"STEP", true}, {"ELAPSED", true}, {"MEASUREMENT"}});
  for (const vizier::Measurement& measurement : trial.measurements()) {
    measurements.Add({absl::StrCat(measurement.step_count()),
                      ShortDuration(FromProto(measurement.elapsed_duration())),
                      MetricsText(measurement)});
  }
  absl::StrAppend(&text, "\n", measurements.ToString(terminal));
  return text;
}

absl::Status ShowTrial(const Session& session,
                       const TrialArguments& arguments) {
  ASSIGN_OR_RETURN(const TrialName name, NameOf(session, arguments));
  const Client client = session.Connect();
  ASSIGN_OR_RETURN(const vizier::Study study,
                   client.GetStudy(name.study.ToString()));
  ASSIGN_OR_RETURN(const vizier::Trial trial, client.GetTrial(name.ToString()));
  session.Show(
      TrialDetailsJson(study.study_spec(), trial),
      [&](const Terminal& terminal) { return Describe(trial, terminal); });
  return absl::OkStatus();
}

absl::Status Stop(const Session& session, const TrialArguments& arguments) {
  ASSIGN_OR_RETURN(const TrialName name, NameOf(session, arguments));
  const Client client = session.Connect();
  ASSIGN_OR_RETURN(const vizier::Trial trial,
                   client.StopTrial(name.ToString()));
  session.Say(absl::StrCat("trial ", name.id,
                           trial.state() == vizier::Trial::STOPPING
                               ? " is told to stop"
                               : " has ended already"));
  if (session.format == Format::kTable) return absl::OkStatus();
  ASSIGN_OR_RETURN(const vizier::Study study,
                   client.GetStudy(name.study.ToString()));
  session.Show(TrialJson(study.study_spec(), trial), nullptr);
  return absl::OkStatus();
}

absl::Status Delete(const Session& session, const TrialArguments& arguments,
                    bool yes) {
  ASSIGN_OR_RETURN(const TrialName name, NameOf(session, arguments));
  const Client client = session.Connect();
  RETURN_IF_ERROR(client.GetTrial(name.ToString()).status());
  RETURN_IF_ERROR(ConfirmDeletion(
      absl::StrCat("trial ", name.id, " of study ", Quoted(name.study.study)),
      yes));
  RETURN_IF_ERROR(client.DeleteTrial(name.ToString()));
  session.Say(absl::StrCat("deleted trial ", name.id));
  return absl::OkStatus();
}

void AddList(CLI::App& trial, Session& session, CommandLine& line) {
  const auto options = std::make_shared<ListOptions>();
  CLI::App* const list =
      line.AddVerb(trial, "list", "The trials of a study",
                   "  apogee trial list digits\n"
                   "  apogee trial list digits --state SUCCEEDED --limit 10\n"
                   "  apogee trial list digits -o csv > trials.csv\n",
                   [&session, options] { return List(session, *options); });
  list->add_option("STUDY", options->study, kStudyHelp)->required();
  list->add_option("--state", options->states,
                   "Only trials in this state; may be given several times")
      ->transform(CLI::IsMember({"REQUESTED", "ACTIVE", "STOPPING", "SUCCEEDED",
                                 "INFEASIBLE", "LOST"},
                                CLI::ignore_case))
      ->allow_extra_args(false);
  list->add_option("--limit", options->limit, "Only the newest so many")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
}

}  // namespace

void AddTrialCommands(CLI::App& app, Session& session, CommandLine& line) {
  CLI::App& trial = *CommandLine::AddNoun(
      app, "trial", "Read, work on and end trials",
      "  apogee trial list digits\n"
      "  apogee trial suggest digits --worker w1 -o json\n"
      "  apogee trial complete digits 7 accuracy=0.97\n");
  AddList(trial, session, line);

  const auto shown = std::make_shared<TrialArguments>();
  AddTrialArguments(
      *line.AddVerb(trial, "show",
                    "A trial with its parameters and measurements",
                    "  apogee trial show digits 7\n",
                    [&session, shown] { return ShowTrial(session, *shown); }),
      *shown);

  AddTrialWorkCommands(trial, session, line);

  const auto stopped = std::make_shared<TrialArguments>();
  AddTrialArguments(
      *line.AddVerb(trial, "stop",
                    "Tell the worker of a trial to stop and complete it",
                    "  apogee trial stop digits 7\n",
                    [&session, stopped] { return Stop(session, *stopped); }),
      *stopped);

  const auto doomed = std::make_shared<TrialArguments>();
  const auto yes = std::make_shared<bool>(false);
  CLI::App* const remove = line.AddVerb(
      trial, "delete", "Delete a trial",
      "  apogee trial delete digits 7 --yes\n",
      [&session, doomed, yes] { return Delete(session, *doomed, *yes); });
  AddTrialArguments(*remove, *doomed);
  remove->add_flag("-y,--yes", *yes, "Do not ask");
}

}  // namespace apogee
