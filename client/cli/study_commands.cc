// apogee study: list, pause, resume, stop, delete, best.

#include <unistd.h>

#include <iostream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "client/cli/cost.h"
#include "client/cli/exit_code.h"
#include "client/cli/json.h"
#include "client/cli/score.h"
#include "client/cli/session.h"
#include "client/cli/views.h"
#include "proto/print.h"

namespace apogee {
namespace {

using apogee::v1::StudySummary;

Style StateStyle(vizier::Study::State state) {
  switch (state) {
    case vizier::Study::ACTIVE:
      return Style::kGood;
    case vizier::Study::COMPLETED:
      return Style::kFaint;
    default:
      return Style::kPlain;
  }
}

Table StudyTable(const std::vector<StudySummary>& studies, bool with_owner) {
  std::vector<Table::Column> columns = {
      {"NAME"},          {"STATE"},        {"ALGORITHM"},  {"DONE", true},
      {"RUNNING", true}, {"FAILED", true}, {"BEST", true}, {"CREATED"}};
  if (with_owner) columns.insert(columns.begin(), {"OWNER"});
  Table table(std::move(columns));
  for (const StudySummary& summary : studies) {
    const vizier::Study& study = summary.study();
    const apogee::v1::TrialCounts& counts = summary.trials();
    const auto best = Objective(study.study_spec(), summary.best_trial());
    const std::string done = absl::StrCat(
        counts.succeeded() + counts.infeasible(),
        summary.budget_trials() > 0 ? absl::StrCat("/", summary.budget_trials())
                                    : "");
    std::vector<Table::Cell> row = {
        study.display_name(),
        {vizier::Study::State_Name(study.state()), StateStyle(study.state())},
        summary.algorithm(),
        done,
        absl::StrCat(counts.active() + counts.stopping()),
        {absl::StrCat(counts.infeasible()),
         counts.infeasible() > 0 ? Style::kBad : Style::kPlain},
        best ? ShortNumber(*best) : "",
        absl::FormatTime("%Y-%m-%d %H:%M", FromProto(study.create_time()),
                         absl::LocalTimeZone())};
    if (with_owner) {
      const absl::StatusOr<StudyName> name = StudyName::Parse(study.name());
      row.insert(row.begin(), name.ok() ? name->owner : "");
    }
    table.Add(std::move(row));
  }
  return table;
}

absl::Status List(const Session& session, bool all_owners) {
  const std::string parent =
      all_owners ? "" : OwnerName{.owner = session.owner}.ToString();
  ASSIGN_OR_RETURN(const std::vector<StudySummary> studies,
                   session.Connect().ListStudySummaries(parent));
  Json document = Json::array();
  for (const StudySummary& study : studies) {
    document.push_back(StudyJson(study));
  }
  if (studies.empty()) {
    session.Say(all_owners ? "there are no studies"
                           : absl::StrCat("there are no studies of ",
                                          Quoted(session.owner),
                                          "; --all-owners lists everybody's"));
  }
  session.Show(document, [&](const Terminal& terminal) {
    return studies.empty() ? ""
                           : StudyTable(studies, all_owners).ToString(terminal);
  });
  return absl::OkStatus();
}

absl::Status SetState(const Session& session, const std::string& argument,
                      vizier::Study::State state, absl::string_view done) {
  ASSIGN_OR_RETURN(const StudyName name, session.Study(argument));
  const Client client = session.Connect();
  RETURN_IF_ERROR(client.SetStudyState(name.ToString(), state).status());
  session.Say(absl::StrCat("study ", Quoted(name.study), " ", done));
  if (session.format == Format::kTable) return absl::OkStatus();
  ASSIGN_OR_RETURN(const StudySummary summary,
                   client.GetStudySummary(name.ToString()));
  session.Show(StudyJson(summary), nullptr);
  return absl::OkStatus();
}

absl::Status Delete(const Session& session, const std::string& argument,
                    bool yes) {
  ASSIGN_OR_RETURN(const StudyName name, session.Study(argument));
  const Client client = session.Connect();
  ASSIGN_OR_RETURN(const StudySummary summary,
                   client.GetStudySummary(name.ToString()));
  const apogee::v1::TrialCounts& counts = summary.trials();
  RETURN_IF_ERROR(ConfirmDeletion(
      absl::StrCat("study ", Quoted(name.study), " with its ",
                   counts.requested() + counts.active() + counts.stopping() +
                       counts.succeeded() + counts.infeasible(),
                   " trials"),
      yes));
  RETURN_IF_ERROR(client.DeleteStudy(name.ToString()));
  session.Say(absl::StrCat("deleted study ", Quoted(name.study)));
  return absl::OkStatus();
}

absl::Status Best(const Session& session, const std::string& argument,
                  size_t count, std::optional<double> max_cost) {
  ASSIGN_OR_RETURN(const StudyName name, session.Study(argument));
  return ShowBest(session, session.Connect(), name.ToString(), count, max_cost);
}

// The trials that cost at most so much, the best by the first objective first.
absl::StatusOr<std::vector<vizier::Trial>> BestUnder(
    double max_cost, const vizier::StudySpec& spec,
    std::vector<vizier::Trial> trials, size_t count) {
  ASSIGN_OR_RETURN(const TrialCost cost, TrialCost::Of(spec));
  std::erase_if(trials, [&](const vizier::Trial& trial) {
    const std::optional<double> known = cost(trial);
    return !known || *known > max_cost;
  });
  return BestTrials(FirstObjective(spec, cost.metric()), std::move(trials),
                    count);
}

void AddStates(CLI::App& study, Session& session, CommandLine& line) {
  struct Verb {
    const char* name;
    const char* description;
    vizier::Study::State state;
    const char* done;
  };
  constexpr Verb kVerbs[] = {
      {"pause", "Suggest nothing until it is resumed", vizier::Study::INACTIVE,
       "is paused"},
      {"resume", "Go on with a paused or stopped study", vizier::Study::ACTIVE,
       "goes on"},
      {"stop", "End the study: it suggests nothing any more",
       vizier::Study::COMPLETED, "is stopped"}};
  for (const Verb& verb : kVerbs) {
    const auto argument = std::make_shared<std::string>();
    line.AddVerb(study, verb.name, verb.description,
                 absl::StrCat("  apogee study ", verb.name, " digits\n"),
                 [&session, argument, verb] {
                   return SetState(session, *argument, verb.state, verb.done);
                 })
        ->add_option("STUDY", *argument, kStudyHelp)
        ->required();
  }
}

}  // namespace

absl::Status ConfirmDeletion(const std::string& what, bool yes) {
  if (yes) return absl::OkStatus();
  if (isatty(STDIN_FILENO) == 0 || isatty(STDERR_FILENO) == 0) {
    return UsageError(absl::StrCat("to delete ", what, ", say --yes"));
  }
  std::cerr << "Delete " << what << "? [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == "y" || answer == "Y" || answer == "yes") {
    return absl::OkStatus();
  }
  return Failure(ExitCode::kError, "nothing was deleted");
}

absl::Status ShowBest(const Session& session, const Client& client,
                      const std::string& study_name, size_t count,
                      std::optional<double> max_cost) {
  ASSIGN_OR_RETURN(const vizier::Study study, client.GetStudy(study_name));
  const vizier::StudySpec& spec = study.study_spec();
  std::vector<vizier::Trial> trials;
  if (max_cost) {
    ASSIGN_OR_RETURN(trials, client.ListTrials(study_name));
    ASSIGN_OR_RETURN(trials,
                     BestUnder(*max_cost, spec, std::move(trials), count));
  } else if (Objectives(spec).size() == 1) {
    ASSIGN_OR_RETURN(trials, client.ListTrials(study_name));
    trials = BestTrials(spec, std::move(trials), count);
  } else {
    ASSIGN_OR_RETURN(trials, client.ListOptimalTrials(study_name));
  }
  if (trials.empty()) {
    session.Say(absl::StrCat("study ", Quoted(study.display_name()),
                             " has no successful trial yet",
                             max_cost ? " that costs so little" : ""));
  }
  Json document = Json::array();
  for (const vizier::Trial& trial : trials) {
    document.push_back(TrialJson(spec, trial));
  }
  session.Show(document, [&](const Terminal& terminal) {
    return trials.empty() ? "" : TrialTable(spec, trials).ToString(terminal);
  });
  return absl::OkStatus();
}

void AddStudyCommands(CLI::App& app, Session& session, CommandLine& line) {
  CLI::App& study =
      *CommandLine::AddNoun(app, "study", "Create, watch and end studies",
                            "  apogee study create -f study.yaml\n"
                            "  apogee study show digits\n"
                            "  apogee study best digits --count 3\n");
  AddStudyCreate(study, session, line);

  const auto all_owners = std::make_shared<bool>(false);
  line.AddVerb(study, "list", "The studies with their progress",
               "  apogee study list\n"
               "  apogee study list --all-owners -o json\n",
               [&session, all_owners] { return List(session, *all_owners); })
      ->add_flag("--all-owners", *all_owners, "Everybody's studies");

  AddStudyShow(study, session, line);
  AddStudyWatch(study, session, line);
  AddStates(study, session, line);

  const auto doomed = std::make_shared<std::string>();
  const auto yes = std::make_shared<bool>(false);
  CLI::App* const remove = line.AddVerb(
      study, "delete", "Delete a study with all of its trials",
      "  apogee study delete digits --yes\n",
      [&session, doomed, yes] { return Delete(session, *doomed, *yes); });
  remove->add_option("STUDY", *doomed, kStudyHelp)->required();
  remove->add_flag("-y,--yes", *yes, "Do not ask");

  const auto argument = std::make_shared<std::string>();
  const auto count = std::make_shared<size_t>(1);
  const auto max_cost = std::make_shared<std::optional<double>>();
  CLI::App* const best = line.AddVerb(
      study, "best",
      "The best trials\n\n"
      "With several objectives: those that no other trial beats in all of "
      "them. With --max-cost: the best by the first objective among those "
      "that cost so much or less, by the prices in the algorithm's option "
      "\"cost\", or else by the first metric to minimize that has a threshold "
      "or is the second objective.",
      "  apogee study best digits\n"
      "  apogee study best digits --count 5 -o csv\n"
      "  apogee study best networks --max-cost 30\n",
      [&session, argument, count, max_cost] {
        return Best(session, *argument, *count, *max_cost);
      });
  best->add_option("STUDY", *argument, kStudyHelp)->required();
  best->add_option("--count", *count,
                   "How many, with one objective; 1 unless given")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  best->add_option("--max-cost", *max_cost,
                   "Only trials that cost at most this")
      ->type_name("COST");

  AddStudyExport(study, session, line);
  AddStudyValidate(study, session, line);
  AddStudyDiff(study, session, line);
}

}  // namespace apogee
