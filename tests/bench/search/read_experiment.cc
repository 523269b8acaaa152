#include "tests/bench/search/read_experiment.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/nearest.h"
#include "base/status_macros.h"
#include "google/protobuf/util/json_util.h"

namespace apogee {
namespace {

absl::Status UsageError(absl::string_view message) {
  return absl::InvalidArgumentError(message);
}

// What a label is another one of: "CMA_ES" of "CMA_ES:wide".
std::string NameOf(const std::string& label) {
  return label.substr(0, label.find(':'));
}

absl::StatusOr<Contestant> FindAlgorithmContestant(const std::string& label) {
  const std::string name = NameOf(label);
  const RegisteredAlgorithm* const algorithm =
      name.empty() ? nullptr : FindAlgorithm(name);
  if (algorithm != nullptr) {
    return Contestant{.label = label, .algorithm = algorithm, .options = {}};
  }
  std::vector<std::string> names;
  for (const RegisteredAlgorithm& known : Algorithms()) {
    names.push_back(known.name);
  }
  return UsageError(absl::StrCat("algorithm \"", name, "\" is unknown",
                                 DidYouMean(name, names), " (there are ",
                                 absl::StrJoin(names, ", "), ")"));
}

absl::StatusOr<Contestant> FindPeerContestant(const std::string& label) {
  ASSIGN_OR_RETURN(std::shared_ptr<Peer> peer, Peer::Find(NameOf(label)));
  return Contestant{.label = label, .peer = std::move(peer), .options = {}};
}

absl::StatusOr<Contestant*> Named(absl::string_view option,
                                  const std::string& label,
                                  std::vector<Contestant>& contestants) {
  std::vector<std::string> labels;
  for (Contestant& contestant : contestants) {
    if (contestant.label == label) return &contestant;
    labels.push_back(contestant.label);
  }
  return UsageError(
      absl::StrCat(option, " is for \"", label,
                   "\", which neither --algorithm nor --peer names",
                   DidYouMean(label, labels)));
}

absl::StatusOr<std::vector<Contestant>> ReadContestants(
    const Arguments& arguments) {
  std::vector<Contestant> contestants;
  std::vector<std::string> labels = arguments.algorithms;
  if (labels.empty()) {
    for (const RegisteredAlgorithm& known : Algorithms()) {
      labels.push_back(known.name);
    }
  }
  for (const std::string& label : labels) {
    ASSIGN_OR_RETURN(contestants.emplace_back(),
                     FindAlgorithmContestant(label));
  }
  for (const std::string& label : arguments.peers) {
    ASSIGN_OR_RETURN(contestants.emplace_back(), FindPeerContestant(label));
    labels.push_back(label);
  }
  for (const std::string& label : labels) {
    if (std::count(labels.begin(), labels.end(), label) > 1) {
      return UsageError(absl::StrCat(label, " takes part twice; write ", label,
                                     ":LABEL for another with other options"));
    }
  }
  for (const std::string& label : arguments.one_objective) {
    ASSIGN_OR_RETURN(Contestant* const contestant,
                     Named("--one-objective", label, contestants));
    contestant->one_objective = true;
  }
  for (const std::string& label : arguments.alone) {
    ASSIGN_OR_RETURN(Contestant* const contestant,
                     Named("--alone", label, contestants));
    contestant->alone = true;
  }
  for (const std::string& text : arguments.options) {
    const std::pair<std::string, std::string> pair =
        absl::StrSplit(text, absl::MaxSplits('=', 1));
    ASSIGN_OR_RETURN(Contestant* const contestant,
                     Named("--options", pair.first, contestants));
    if (const auto parsed = google::protobuf::util::JsonStringToMessage(
            pair.second, &contestant->options);
        !parsed.ok()) {
      return UsageError(absl::StrCat(
          "--options of ", pair.first, ": ", pair.second,
          " is no JSON object of options, such as '{\"option\": 1}'"));
    }
  }
  return contestants;
}

absl::StatusOr<std::vector<ProblemChoice>> ReadTables(
    const Arguments& arguments) {
  TableDescription description = arguments.table;
  for (const auto& [value, option] :
       {std::pair{&description.space, "--space"},
        std::pair{&description.objective, "--objective"}}) {
    if (value->empty()) {
      return UsageError(absl::StrCat("--table also needs ", option));
    }
  }
  if (!arguments.max_costs.empty() && description.cost.empty()) {
    return UsageError("--max-cost also needs --cost, the column it is for");
  }
  std::vector<ProblemChoice> problems;
  if (arguments.max_costs.empty()) {
    ASSIGN_OR_RETURN(problems.emplace_back(), TableProblem(description));
  }
  for (const double max_cost : arguments.max_costs) {
    description.max_cost = max_cost;
    ASSIGN_OR_RETURN(problems.emplace_back(), TableProblem(description));
  }
  return problems;
}

absl::StatusOr<std::vector<Moment>> ReadMoments(
    const std::vector<std::string>& texts) {
  std::vector<Moment> moments;
  for (const std::string& text : texts) {
    absl::string_view number = text;
    Moment moment = {.amount = 0,
                     .is_share = absl::ConsumeSuffix(&number, "%")};
    const bool is_number = absl::SimpleAtod(number, &moment.amount);
    if (moment.is_share) moment.amount /= 100;
    if (!is_number || !(moment.amount > 0) ||
        (moment.is_share && moment.amount > 1)) {
      return UsageError(absl::StrCat(
          "--checkpoints: \"", text,
          "\" is neither a number of trials, as 50, nor a share, as 10%"));
    }
    if (!moments.empty() && (moment.is_share != moments[0].is_share ||
                             moment.amount <= moments.back().amount)) {
      return UsageError(
          "--checkpoints must rise, and be all numbers or all shares");
    }
    moments.push_back(moment);
  }
  if (!moments.empty()) return moments;
  for (const double percent :
       {1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 50, 60, 70, 80, 90, 100}) {
    moments.push_back({percent / 100, true});
  }
  return moments;
}

}  // namespace

absl::StatusOr<Experiment> ReadExperiment(const Arguments& arguments,
                                          const Suite* suite) {
  Experiment experiment;
  experiment.laboratory = arguments.laboratory;
  if (arguments.laboratory.failures + arguments.laboratory.lost > 1) {
    return UsageError("--failures and --lost are more than 1 together");
  }
  if (suite != nullptr) {
    ASSIGN_OR_RETURN(experiment.problems,
                     SuiteProblems(*suite, arguments.data));
  }
  for (const std::string& text : arguments.problems) {
    ASSIGN_OR_RETURN(std::vector<ProblemChoice> choices, ParseProblems(text));
    for (ProblemChoice& choice : choices) {
      experiment.problems.push_back(std::move(choice));
    }
  }
  if (!arguments.table.table.empty()) {
    ASSIGN_OR_RETURN(std::vector<ProblemChoice> choices, ReadTables(arguments));
    for (ProblemChoice& choice : choices) {
      experiment.problems.push_back(std::move(choice));
    }
  }
  if (experiment.problems.empty()) {
    return UsageError(
        "there is nothing to search: name a --suite, a --problem or a --table "
        "(--list shows what there is)");
  }
  // What is said comes before what a suite has.
  experiment.laboratory.trials =
      arguments.trials.value_or(suite != nullptr ? suite->trials : 100);
  if (arguments.trials) {
    for (ProblemChoice& problem : experiment.problems) problem.trials = 0;
  }
  experiment.laboratory.targets = arguments.targets.empty() && suite != nullptr
                                      ? suite->targets
                                      : arguments.targets;
  if (suite != nullptr && suite->stop_at_targets) {
    experiment.laboratory.stop_at_targets = true;
  }
  experiment.runs =
      arguments.seeds.value_or(suite != nullptr ? suite->runs : 10);
  experiment.seed = arguments.seed;
  experiment.threads = arguments.threads;
  experiment.skip_refused = arguments.algorithms.empty();
  ASSIGN_OR_RETURN(experiment.contestants, ReadContestants(arguments));
  if (!arguments.against.empty()) {
    RETURN_IF_ERROR(
        Named("--against", arguments.against, experiment.contestants).status());
    experiment.against = arguments.against;
  }
  ASSIGN_OR_RETURN(experiment.moments, ReadMoments(arguments.checkpoints));
  return experiment;
}

}  // namespace apogee
