// apogee trial: suggest, measure, complete, request. What a worker does, one
// step at a time.

#include <memory>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "client/cli/arguments.h"
#include "client/cli/exit_code.h"
#include "client/cli/json.h"
#include "client/cli/parameters.h"
#include "client/cli/session.h"
#include "client/cli/views.h"
#include "google/protobuf/util/time_util.h"
#include "proto/print.h"

namespace apogee {
namespace {

struct SuggestOptions {
  std::string study;
  std::string worker;
  int32_t count = 1;
};

absl::Status Suggest(const Session& session, const SuggestOptions& options) {
  ASSIGN_OR_RETURN(const StudyName name, session.Study(options.study));
  const Client client = session.Connect();
  ASSIGN_OR_RETURN(const vizier::Study study, client.GetStudy(name.ToString()));
  vizier::SuggestTrialsRequest request;
  request.set_parent(name.ToString());
  request.set_client_id(options.worker);
  request.set_suggestion_count(options.count);
  absl::StatusOr<vizier::SuggestTrialsResponse> response =
      client.SuggestTrials(request, session.Timeout());
  if (absl::IsFailedPrecondition(response.status())) {
    return Failure(ExitCode::kStudyOver, response.status().message());
  }
  if (!response.ok()) return response.status();
  if (response->trials().empty()) {
    return Failure(ExitCode::kStudyOver,
                   absl::StrCat("study ", Quoted(name.study),
                                " has nothing more to suggest: its budget or "
                                "its search space is spent"));
  }
  const std::vector<vizier::Trial> trials(response->trials().begin(),
                                          response->trials().end());
  Json document = Json::array();
  for (const vizier::Trial& trial : trials) {
    document.push_back(TrialJson(study.study_spec(), trial));
  }
  session.Show(document, [&](const Terminal& terminal) {
    return TrialTable(study.study_spec(), trials).ToString(terminal);
  });
  return absl::OkStatus();
}

struct ReportOptions {
  std::string study;
  std::string id;
  std::vector<std::string> metrics;
  std::string infeasible;
  int64_t step = 0;
  std::string elapsed;
};

absl::StatusOr<vizier::Measurement> ParseMeasurement(
    const ReportOptions& options) {
  vizier::Measurement measurement;
  for (const std::string& text : options.metrics) {
    ASSIGN_OR_RETURN(*measurement.add_metrics(), ParseMetric(text));
  }
  measurement.set_step_count(options.step);
  if (!options.elapsed.empty()) {
    ASSIGN_OR_RETURN(const absl::Duration elapsed,
                     ParseDuration(options.elapsed, "--elapsed"));
    *measurement.mutable_elapsed_duration() =
        google::protobuf::util::TimeUtil::NanosecondsToDuration(
            absl::ToInt64Nanoseconds(elapsed));
  }
  return measurement;
}

absl::Status ShowReported(const Session& session, const vizier::StudySpec& spec,
                          const vizier::Trial& trial, const std::string& line) {
  session.Say(line);
  if (session.format != Format::kTable) {
    session.Show(TrialJson(spec, trial), nullptr);
  }
  return absl::OkStatus();
}

absl::Status Complete(const Session& session, const ReportOptions& options) {
  ASSIGN_OR_RETURN(const StudyName name, session.Study(options.study));
  ASSIGN_OR_RETURN(const TrialName trial_name,
                   ParseTrialArgument(name, options.id));
  vizier::CompleteTrialRequest request;
  request.set_name(trial_name.ToString());
  request.set_trial_infeasible(!options.infeasible.empty());
  request.set_infeasible_reason(options.infeasible);
  const Client client = session.Connect();
  ASSIGN_OR_RETURN(const vizier::Study study, client.GetStudy(name.ToString()));
  if (!options.metrics.empty()) {
    ASSIGN_OR_RETURN(*request.mutable_final_measurement(),
                     ParseMeasurement(options));
    if (!request.trial_infeasible()) {
      RETURN_IF_ERROR(
          CheckHasAllMetrics(study.study_spec(), request.final_measurement()));
    }
  }
  ASSIGN_OR_RETURN(const vizier::Trial trial, client.CompleteTrial(request));
  return ShowReported(
      session, study.study_spec(), trial,
      absl::StrCat("trial ", trial.id(), " is ",
                   vizier::Trial::State_Name(trial.state()),
                   trial.has_final_measurement()
                       ? ": " + MetricsText(trial.final_measurement())
                       : ""));
}

absl::Status Measure(const Session& session, const ReportOptions& options) {
  ASSIGN_OR_RETURN(const StudyName name, session.Study(options.study));
  ASSIGN_OR_RETURN(const TrialName trial_name,
                   ParseTrialArgument(name, options.id));
  vizier::AddTrialMeasurementRequest request;
  request.set_trial_name(trial_name.ToString());
  ASSIGN_OR_RETURN(*request.mutable_measurement(), ParseMeasurement(options));
  const Client client = session.Connect();
  ASSIGN_OR_RETURN(const vizier::Study study, client.GetStudy(name.ToString()));
  ASSIGN_OR_RETURN(const vizier::Trial trial,
                   client.AddTrialMeasurement(request));
  return ShowReported(session, study.study_spec(), trial,
                      absl::StrCat("trial ", trial.id(), " has ",
                                   trial.measurements_size(), " measurements",
                                   trial.state() == vizier::Trial::STOPPING
                                       ? " and is told to stop"
                                       : ""));
}

struct RequestOptions {
  std::string study;
  std::vector<std::string> parameters;
};

absl::Status Request(const Session& session, const RequestOptions& options) {
  ASSIGN_OR_RETURN(const StudyName name, session.Study(options.study));
  const Client client = session.Connect();
  ASSIGN_OR_RETURN(const vizier::Study study, client.GetStudy(name.ToString()));
  ASSIGN_OR_RETURN(const std::vector<vizier::Trial::Parameter> parameters,
                   ParseParameters(study.study_spec(), options.parameters));
  vizier::CreateTrialRequest request;
  request.set_parent(name.ToString());
  request.mutable_trial()->set_state(vizier::Trial::REQUESTED);
  for (const vizier::Trial::Parameter& parameter : parameters) {
    *request.mutable_trial()->add_parameters() = parameter;
  }
  ASSIGN_OR_RETURN(const vizier::Trial trial, client.CreateTrial(request));
  return ShowReported(
      session, study.study_spec(), trial,
      absl::StrCat("trial ", trial.id(),
                   " waits for a worker: ", ParametersText(trial)));
}

CLI::App& AddReportArguments(CLI::App* verb, ReportOptions& options) {
  verb->add_option("STUDY", options.study, kStudyHelp)->required();
  verb->add_option("ID", options.id, "The trial's number")->required();
  return *verb;
}

}  // namespace

void AddTrialWorkCommands(CLI::App& trial, Session& session,
                          CommandLine& line) {
  const auto suggest_options = std::make_shared<SuggestOptions>();
  CLI::App* const suggest = line.AddVerb(
      trial, "suggest",
      "Take trials to work on\n\n"
      "A worker that still has some gets them again. Exit code 9 means there "
      "is nothing more to do: the study is finished, or paused.",
      "  apogee trial suggest digits --worker host1 -o json\n"
      "  apogee trial suggest digits --worker host1 --count 4\n",
      [&session, suggest_options] {
        return Suggest(session, *suggest_options);
      });
  suggest->add_option("STUDY", suggest_options->study, kStudyHelp)->required();
  suggest
      ->add_option("--worker", suggest_options->worker,
                   "Your name: no two workers at once may have the same")
      ->type_name("NAME")
      ->envname("APOGEE_WORKER")
      ->required();
  suggest
      ->add_option("--count", suggest_options->count,
                   "How many; 1 unless given")
      ->check(CLI::PositiveNumber)
      ->type_name("N");

  const auto complete_options = std::make_shared<ReportOptions>();
  CLI::App& complete = AddReportArguments(
      line.AddVerb(trial, "complete",
                   "End a trial with its result; without one, its last "
                   "measurement is taken",
                   "  apogee trial complete digits 7 accuracy=0.97\n"
                   "  apogee trial complete digits 7 --infeasible 'out of "
                   "memory'\n",
                   [&session, complete_options] {
                     return Complete(session, *complete_options);
                   }),
      *complete_options);
  complete.add_option("METRIC=VALUE", complete_options->metrics, "The result");
  complete
      .add_option("--infeasible", complete_options->infeasible,
                  "These parameters can not be evaluated, and why")
      ->type_name("REASON");
  complete
      .add_option("--step", complete_options->step,
                  "The training step it was measured at")
      ->check(CLI::NonNegativeNumber)
      ->type_name("N");
  complete
      .add_option("--elapsed", complete_options->elapsed,
                  "How long it took, like 12s")
      ->type_name("DURATION");

  const auto measure_options = std::make_shared<ReportOptions>();
  CLI::App& measure = AddReportArguments(
      line.AddVerb(trial, "measure", "Report how a running trial is doing",
                   "  apogee trial measure digits 7 --step 3 accuracy=0.5 "
                   "--elapsed 12s\n",
                   [&session, measure_options] {
                     return Measure(session, *measure_options);
                   }),
      *measure_options);
  measure
      .add_option("METRIC=VALUE", measure_options->metrics, "What was measured")
      ->required();
  measure.add_option("--step", measure_options->step, "The training step")
      ->check(CLI::NonNegativeNumber)
      ->type_name("N");
  measure
      .add_option("--elapsed", measure_options->elapsed,
                  "Time since its start, like 12s")
      ->type_name("DURATION");

  const auto request_options = std::make_shared<RequestOptions>();
  CLI::App* const request = line.AddVerb(
      trial, "request",
      "Queue a trial of your own; parameters you leave out take their default",
      "  apogee trial request digits lr=0.01 layers=2 optimizer=adam\n",
      [&session, request_options] {
        return Request(session, *request_options);
      });
  request->add_option("STUDY", request_options->study, kStudyHelp)->required();
  request->add_option("PARAMETER=VALUE", request_options->parameters,
                      "The point to try");
}

}  // namespace apogee
