#include "client/cli/regressor_views.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/cli/json.h"
#include "client/cli/table.h"
#include "client/cli/views.h"

namespace apogee {
namespace {

using apogee::v1::ModelReport;
using apogee::v1::RegressorInfo;
using apogee::v1::RegressorScore;
using apogee::v1::RegressorScores;
using apogee::v1::Training;
using apogee::v1::TrainingCurve;
using apogee::v1::TrainingReport;

Json NumberOrNull(int64_t number) { return number > 0 ? Json(number) : Json(); }

Json TextOrNull(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

Json ScoreJson(const RegressorScore& score) {
  return {{"error", score.error()},
          {"rank_correlation", score.rank_correlation()}};
}

Json ModelJson(const ModelReport& model) {
  Json rows = Json::array();
  for (const ModelReport::Row& row : model.rows()) {
    Json json = ScoreJson(row.score());
    json["finished"] = row.finished();
    json["studies"] = row.studies();
    rows.push_back(std::move(json));
  }
  return {{"model", model.model()},
          {"rows", std::move(rows)},
          {"below",
           std::vector<double>(model.below().begin(), model.below().end())}};
}

Json ReportJson(const TrainingReport& report) {
  Json json;
  json["studies"] = report.studies();
  json["trials"] = report.trials();
  json["cpu_seconds"] = report.cpu_seconds();
  json["verdict"] = TextOrNull(report.verdict());
  json["scores"] = report.has_scores() ? ScoresJson(report.scores()) : Json();
  json["before"] = report.has_before() ? ScoresJson(report.before()) : Json();
  json["before_version"] = NumberOrNull(report.before_version());
  const auto curve = [](const TrainingCurve& points) {
    Json list = Json::array();
    for (const TrainingCurve::Point& point : points.points()) {
      list.push_back(
          {{"progress", point.progress()},
           {"steps", point.steps()},
           {"loss", point.loss()},
           {"error", point.held_out().error()},
           {"rank_correlation", point.held_out().rank_correlation()}});
    }
    return list;
  };
  json["text_curve"] = curve(report.text());
  json["context_curve"] = curve(report.context());
  json["models"] = Json::array();
  for (const ModelReport& model : report.models()) {
    json["models"].push_back(ModelJson(model));
  }
  return json;
}

std::string Percent(double part) {
  return absl::StrCat(std::lround(100 * part), "%");
}

std::string Owner(const std::string& parent) {
  return parent.empty() ? "everybody" : parent;
}

Style StyleOf(RegressorInfo::State state) {
  if (state == RegressorInfo::IN_USE) return Style::kGood;
  return state == RegressorInfo::REJECTED ? Style::kFaint : Style::kPlain;
}

std::string ScoreCell(const RegressorScore& score) {
  return absl::StrFormat("%.2f / %.2f", score.rank_correlation(),
                         score.error());
}

std::string TrainingText(const Training& training) {
  std::string text = absl::StrCat("Training for ", Owner(training.parent()));
  switch (training.state()) {
    case Training::RUNNING:
      absl::StrAppend(&text, ": ", Percent(training.progress()));
      break;
    case Training::FAILED:
      absl::StrAppend(&text, " failed: ", training.error());
      break;
    default:
      absl::StrAppend(&text, " ended with version ", training.version(), ": ",
                      training.report().verdict());
  }
  return text + "\n";
}

void AddCurve(const char* model, const TrainingCurve& curve, Table& table) {
  for (const TrainingCurve::Point& point : curve.points()) {
    table.Add({model, Percent(point.progress()), absl::StrCat(point.steps()),
               ShortNumber(point.loss()),
               absl::StrFormat("%.3f", point.held_out().rank_correlation()),
               absl::StrFormat("%.3f", point.held_out().error())});
  }
}

std::string CurvesText(const TrainingReport& report, const Terminal& terminal) {
  Table table({{"MODEL"},
               {"PROGRESS", true},
               {"STEPS", true},
               {"LOSS", true},
               {"RANKS", true},
               {"ERROR", true}});
  AddCurve("text", report.text(), table);
  AddCurve("context", report.context(), table);
  return table.empty() ? "" : absl::StrCat("\n", table.ToString(terminal));
}

// What a model knew, and how much of what was measured lay below its quantiles.
std::string ModelsText(const TrainingReport& report, const Terminal& terminal) {
  Table table({{"MODEL"},
               {"KNOWN TRIALS", true},
               {"STUDIES", true},
               {"RANKS", true},
               {"ERROR", true}});
  Table shares({{"MODEL"},
                {"BELOW 5%", true},
                {"16%", true},
                {"25%", true},
                {"50%", true},
                {"75%", true},
                {"84%", true},
                {"95%", true}});
  for (const ModelReport& model : report.models()) {
    for (const ModelReport::Row& row : model.rows()) {
      table.Add({model.model(), absl::StrCat(row.finished()),
                 absl::StrCat(row.studies()),
                 absl::StrFormat("%.3f", row.score().rank_correlation()),
                 absl::StrFormat("%.3f", row.score().error())});
    }
    std::vector<Table::Cell> cells = {model.model()};
    for (const double share : model.below()) cells.emplace_back(Percent(share));
    shares.Add(std::move(cells));
  }
  if (table.empty()) return "";
  return absl::StrCat("\n", table.ToString(terminal), "\n",
                      shares.ToString(terminal));
}

}  // namespace

Json ScoresJson(const RegressorScores& scores) {
  return {{"studies", scores.studies()},
          {"text", ScoreJson(scores.text())},
          {"context", ScoreJson(scores.context())}};
}

Json RegressorJson(const RegressorInfo& regressor) {
  Json json;
  json["version"] = regressor.version();
  json["parent"] = TextOrNull(regressor.parent());
  json["state"] = RegressorInfo::State_Name(regressor.state());
  json["create_time"] =
      TimeJson(regressor.has_create_time(), regressor.create_time());
  json["report"] = ReportJson(regressor.report());
  return json;
}

Json TrainingJson(const Training& training) {
  Json json;
  json["state"] = Training::State_Name(training.state());
  json["parent"] = TextOrNull(training.parent());
  json["start_time"] =
      TimeJson(training.has_start_time(), training.start_time());
  json["end_time"] = TimeJson(training.has_end_time(), training.end_time());
  json["progress"] = training.progress();
  json["version"] = NumberOrNull(training.version());
  json["error"] = TextOrNull(training.error());
  json["report"] = ReportJson(training.report());
  return json;
}

std::string ListText(const apogee::v1::ListRegressorsResponse& response,
                     const Terminal& terminal) {
  Table table({{"VERSION", true},
               {"FOR"},
               {"STATE"},
               {"CREATED"},
               {"STUDIES", true},
               {"TRIALS", true},
               {"TEXT ranks / error"},
               {"CONTEXT ranks / error"}});
  for (const RegressorInfo& regressor : response.regressors()) {
    const TrainingReport& report = regressor.report();
    table.Add({absl::StrCat(regressor.version()),
               Owner(regressor.parent()),
               {RegressorInfo::State_Name(regressor.state()),
                StyleOf(regressor.state())},
               LocalTime(regressor.create_time()),
               absl::StrCat(report.studies()),
               absl::StrCat(report.trials()),
               ScoreCell(report.scores().text()),
               ScoreCell(report.scores().context())});
  }
  std::string text = table.ToString(terminal);
  if (!response.has_training()) return text;
  absl::StrAppend(&text, "\n", TrainingText(response.training()));
  if (response.training().state() == Training::RUNNING) {
    text += CurvesText(response.training().report(), terminal);
  }
  return text;
}

std::string ScoresText(const RegressorScores& scores,
                       const Terminal& terminal) {
  Table table({{"MODEL"}, {"STUDIES", true}, {"RANKS", true}, {"ERROR", true}});
  const auto add = [&](const char* model, const RegressorScore& score) {
    table.Add({model, absl::StrCat(scores.studies()),
               absl::StrFormat("%.3f", score.rank_correlation()),
               absl::StrFormat("%.3f", score.error())});
  };
  add("text", scores.text());
  add("context", scores.context());
  return table.ToString(terminal);
}

std::string RegressorText(const RegressorInfo& regressor,
                          const Terminal& terminal) {
  const TrainingReport& report = regressor.report();
  std::string text = absl::StrCat(
      "Version ", regressor.version(), " for ", Owner(regressor.parent()), ", ",
      RegressorInfo::State_Name(regressor.state()), "\n", "Trained on ",
      report.trials(), " trials of ", report.studies(), " studies in ",
      ShortDuration(absl::Seconds(report.cpu_seconds())), " of CPU time, ",
      LocalTime(regressor.create_time()), "\n");
  absl::StrAppend(&text, "Verdict: ", report.verdict(), "\n\n",
                  ScoresText(report.scores(), terminal));
  return absl::StrCat(text, ModelsText(report, terminal),
                      CurvesText(report, terminal));
}

}  // namespace apogee
