// apogee regressor: models that the server trains on shared studies.

#include <cstdint>
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "client/cli/admin_commands.h"
#include "client/cli/arguments.h"
#include "client/cli/exit_code.h"
#include "client/cli/regressor_views.h"
#include "client/cli/session.h"

namespace apogee {
namespace {

using apogee::v1::Training;

constexpr absl::Duration kPollEvery = absl::Milliseconds(500);

struct TrainOptions {
  std::string cpu;
  bool mine = false;
  bool wait = false;
};

// Until the training ends; reports how far it is.
absl::StatusOr<Training> WaitForEnd(const Session& session,
                                    const Client& client, Training training) {
  int shown = 0;
  while (training.state() == Training::RUNNING) {
    SleepUnlessStopped(kPollEvery, {});
    ASSIGN_OR_RETURN(const auto response, client.ListRegressors());
    training = response.training();
    const int tenths = static_cast<int>(10 * training.progress());
    if (tenths > shown) {
      shown = tenths;
      session.Say(absl::StrCat("trained ", 10 * tenths, "%"));
    }
  }
  return training;
}

absl::Status Train(const Session& session, const TrainOptions& options) {
  apogee::v1::TrainRegressorRequest request;
  if (options.mine) {
    request.set_parent(OwnerName{.owner = session.owner}.ToString());
  }
  if (!options.cpu.empty()) {
    ASSIGN_OR_RETURN(const absl::Duration cpu,
                     ParseDuration(options.cpu, "--cpu"));
    request.set_cpu_seconds(absl::ToDoubleSeconds(cpu));
  }
  const Client client = session.Connect();
  ASSIGN_OR_RETURN(Training training, client.TrainRegressor(request));
  if (!options.wait) {
    session.Say("a training has begun; \"apogee regressor list\" follows it");
  } else {
    ASSIGN_OR_RETURN(training,
                     WaitForEnd(session, client, std::move(training)));
    if (training.state() == Training::FAILED) {
      return Failure(ExitCode::kError, training.error());
    }
    session.Say(absl::StrCat("version ", training.version(), ": ",
                             training.report().verdict()));
  }
  if (session.format != Format::kTable) {
    session.Show(TrainingJson(training), nullptr);
  }
  return absl::OkStatus();
}

absl::Status List(const Session& session) {
  ASSIGN_OR_RETURN(const apogee::v1::ListRegressorsResponse response,
                   session.Connect().ListRegressors());
  Json document;
  document["regressors"] = Json::array();
  for (const auto& regressor : response.regressors()) {
    document["regressors"].push_back(RegressorJson(regressor));
  }
  document["training"] =
      response.has_training() ? TrainingJson(response.training()) : Json();
  session.Show(document, [&](const Terminal& terminal) {
    return ListText(response, terminal);
  });
  return absl::OkStatus();
}

absl::Status ShowVersion(const Session& session, int64_t version) {
  ASSIGN_OR_RETURN(const apogee::v1::RegressorInfo regressor,
                   session.Connect().GetRegressor(version));
  session.Show(RegressorJson(regressor), [&](const Terminal& terminal) {
    return RegressorText(regressor, terminal);
  });
  return absl::OkStatus();
}

absl::Status Evaluate(const Session& session, int64_t version) {
  ASSIGN_OR_RETURN(const apogee::v1::RegressorScores scores,
                   ConnectForLong(session).EvaluateRegressor(version));
  session.Show(ScoresJson(scores), [&](const Terminal& terminal) {
    return ScoresText(scores, terminal);
  });
  return absl::OkStatus();
}

absl::Status Use(const Session& session, int64_t version) {
  ASSIGN_OR_RETURN(const apogee::v1::RegressorInfo regressor,
                   session.Connect().UseRegressor(version));
  session.Say(
      absl::StrCat("new studies work with version ", regressor.version()));
  if (session.format != Format::kTable) {
    session.Show(RegressorJson(regressor), nullptr);
  }
  return absl::OkStatus();
}

absl::Status Forget(const Session& session, int64_t version, bool yes) {
  RETURN_IF_ERROR(
      ConfirmDeletion(absl::StrCat("regressor version ", version), yes));
  RETURN_IF_ERROR(session.Connect().ForgetRegressor(version));
  session.Say(absl::StrCat("forgot version ", version));
  return absl::OkStatus();
}

void AddTrain(CLI::App& regressor, Session& session, CommandLine& line) {
  const auto options = std::make_shared<TrainOptions>();
  CLI::App* const train = line.AddVerb(
      regressor, "train",
      "Train models on studies that are shared for training\n\n"
      "Reads the studies whose share_for_training is SERVER, in a process of "
      "low priority beside the server; with --mine, those of yours whose "
      "share_for_training is OWNER or SERVER, for your studies only. The new "
      "version is used by new studies if it predicts studies that were held "
      "out better than the version in use.",
      "  apogee regressor train\n"
      "  apogee regressor train --mine --cpu 5m --wait\n",
      [&session, options] { return Train(session, *options); });
  train
      ->add_option("--cpu", options->cpu, "CPU time it takes (server's choice)")
      ->type_name("DURATION");
  train->add_flag("--mine", options->mine,
                  "On the owner's studies, for the owner's studies");
  train->add_flag("--wait", options->wait, "Wait until it ends");
}

}  // namespace

void AddRegressorCommands(CLI::App& app, Session& session, CommandLine& line) {
  CLI::App& regressor = *CommandLine::AddNoun(
      app, "regressor", "Models that the server trains on shared studies",
      "  apogee regressor train --wait\n"
      "  apogee regressor list\n"
      "  apogee regressor use 3\n");
  AddTrain(regressor, session, line);
  line.AddVerb(regressor, "list",
               "All versions, and how the training is going\n\n"
               "Each version has two models: one predicts trials from names "
               "and values alone, the other from other trials of the study. "
               "Ranks are rank correlations of predictions and measurements, "
               "errors mean distances as a share of the study's range; both "
               "of studies that were held out.",
               "  apogee regressor list\n",
               [&session] { return List(session); });
  const auto version = std::make_shared<int64_t>();
  const auto add = [&](const char* name, const char* what, const char* example,
                       auto action) {
    CLI::App* const verb = line.AddVerb(regressor, name, what, example, action);
    verb->add_option("VERSION", *version, "Its number in \"regressor list\"")
        ->required()
        ->type_name("INT");
    return verb;
  };
  add("show", "A version and how it was trained", "  apogee regressor show 3\n",
      [&session, version] { return ShowVersion(session, *version); });
  add("evaluate",
      "Judge a version by the studies that are shared now\n\n"
      "By those that a training would hold out. A version that was trained "
      "before may have seen some of them.",
      "  apogee regressor evaluate 3\n",
      [&session, version] { return Evaluate(session, *version); });
  add("use",
      "Have new studies work with a version\n\n"
      "Until a later training is accepted. Studies that exist keep the version "
      "they have.",
      "  apogee regressor use 3\n",
      [&session, version] { return Use(session, *version); });
  const auto yes = std::make_shared<bool>(false);
  add("forget",
      "Erase a version\n\n"
      "Studies that work with it go on without a regressor, so their next "
      "suggestions are others.",
      "  apogee regressor forget 2\n",
      [&session, version, yes] { return Forget(session, *version, *yes); })
      ->add_flag("-y,--yes", *yes, "Do not ask");
}

}  // namespace apogee
