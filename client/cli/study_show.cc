// apogee study show: one study for people.

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status_macros.h"
#include "client/cli/json.h"
#include "client/cli/parameters.h"
#include "client/cli/score.h"
#include "client/cli/session.h"
#include "client/cli/views.h"

namespace apogee {
namespace {

using apogee::v1::StudySummary;

std::string MetricText(const vizier::StudySpec::MetricSpec& metric) {
  const std::string goal = GoalName(metric);
  if (!metric.has_safety_config()) {
    return absl::StrCat(goal, " ", metric.metric_id());
  }
  return absl::StrCat("keep ", metric.metric_id(),
                      goal == "maximize" ? " >= " : " <= ",
                      PlainNumber(metric.safety_config().safety_threshold()));
}

std::string TrialCountsText(const apogee::v1::TrialCounts& counts) {
  std::vector<std::string> parts;
  const auto add = [&parts](int64_t count, absl::string_view what) {
    if (count > 0) parts.push_back(absl::StrCat(count, " ", what));
  };
  add(counts.succeeded(), "succeeded");
  add(counts.infeasible() - counts.given_up(), "infeasible");
  add(counts.given_up(), "lost");
  add(counts.active(), "running");
  add(counts.stopping(), "stopping");
  add(counts.requested(), "requested");
  return parts.empty() ? "none" : absl::StrJoin(parts, ", ");
}

std::string BudgetText(const StudySummary& summary) {
  if (summary.budget_trials() == 0) {
    return absl::StrCat(summary.started_trials(), " trials started, no limit");
  }
  return absl::StrCat(summary.started_trials(), " of ", summary.budget_trials(),
                      " trials started");
}

std::string Describe(const StudySummary& summary, const Terminal& terminal) {
  const vizier::Study& study = summary.study();
  const vizier::StudySpec& spec = study.study_spec();
  std::string text;
  const auto add = [&](absl::string_view title, absl::string_view value) {
    const std::string padding(11 - title.size(), ' ');
    absl::StrAppend(&text, Styled(title, Style::kStrong, terminal.color),
                    padding,
                    Shortened(value, std::max(20, terminal.width - 11)), "\n");
  };
  add("Study", study.name());
  add("State", absl::StrCat(vizier::Study::State_Name(study.state()),
                            study.inactive_reason().empty()
                                ? ""
                                : absl::StrCat(", ", study.inactive_reason())));
  add("Algorithm",
      absl::StrCat(summary.algorithm(), spec.algorithm() == summary.algorithm()
                                            ? ""
                                            : ", chosen by the server"));
  add("Seed", absl::StrCat(summary.seed()));
  add("Goal", absl::StrJoin(spec.metrics(), ", ",
                            [](std::string* out, const auto& metric) {
                              *out += MetricText(metric);
                            }));
  add("Created", LocalTime(study.create_time()));
  add("Budget", BudgetText(summary));
  add("Trials", TrialCountsText(summary.trials()));
  if (const std::string sharing = SharingOf(summary); sharing != "NONE") {
    add("Shared", sharing == "OWNER"
                      ? "for training, with the owner's studies"
                      : "for training, with everybody's studies");
  }
  if (!summary.priors().empty()) {
    add("Priors", absl::StrJoin(summary.priors(), ", "));
  }
  if (summary.regressor_version() > 0) {
    add("Regressor", absl::StrCat("version ", summary.regressor_version()));
  }
  if (summary.remote_regressor()) add("Remote", "asks the remote regressor");
  if (summary.has_best_trial()) {
    const vizier::Trial& best = summary.best_trial();
    add("Best", absl::StrCat("trial ", best.id(), ": ",
                             MetricsText(best.final_measurement()), " with ",
                             ParametersText(best)));
  }
  absl::StrAppend(&text, "\n", SearchSpaceTable(spec).ToString(terminal));
  return text;
}

absl::Status ShowStudy(const Session& session, const std::string& argument) {
  ASSIGN_OR_RETURN(const StudyName name, session.Study(argument));
  ASSIGN_OR_RETURN(const StudySummary summary,
                   session.Connect().GetStudySummary(name.ToString()));
  session.Show(StudyDetailsJson(summary), [&](const Terminal& terminal) {
    return Describe(summary, terminal);
  });
  return absl::OkStatus();
}

}  // namespace

void AddStudyShow(CLI::App& study, Session& session, CommandLine& line) {
  const auto argument = std::make_shared<std::string>();
  line.AddVerb(study, "show", "A study: its state, progress and search space",
               "  apogee study show digits\n"
               "  apogee study show owners/eva/studies/digits -o yaml\n",
               [&session, argument] { return ShowStudy(session, *argument); })
      ->add_option("STUDY", *argument, kStudyHelp)
      ->required();
}

}  // namespace apogee
