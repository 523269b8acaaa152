// apogee study export: a study and its trials, for other programs.

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "client/cli/exit_code.h"
#include "client/cli/json.h"
#include "client/cli/live_area.h"
#include "client/cli/parameters.h"
#include "client/cli/session.h"
#include "client/cli/study_feed.h"
#include "client/cli/study_file_json.h"
#include "proto/print.h"

namespace apogee {
namespace {

// Trials in memory at a time.
constexpr int kPage = 500;

// Standard output, for what must not be lost silently.
absl::Status Write(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() &&
      std::fflush(stdout) == 0) {
    return absl::OkStatus();
  }
  return Failure(ExitCode::kError, absl::StrCat("can not write the results: ",
                                                std::strerror(errno)));
}

// Reads the study's trials page by page, and tells people how far it is.
class TrialReader {
 public:
  TrialReader(const Session& session, const Client& client,
              const StudyName& name)
      : client_(client),
        name_(name),
        shown_(isatty(STDOUT_FILENO) == 0 &&
               DescribeTerminal(STDERR_FILENO, session.color).interactive),
        live_(STDERR_FILENO) {}

  // Calls `visit` for each trial with an id up to `last`, in order.
  absl::Status Read(
      absl::string_view doing, std::optional<int64_t> last,
      const std::function<absl::Status(const vizier::Trial&)>& visit) {
    int64_t next = 1;
    count_ = 0;
    while (!last || next <= *last) {
      ASSIGN_OR_RETURN(const std::vector<vizier::Trial> page,
                       client_.ListTrialsFrom(name_.ToString(), next, kPage));
      if (page.empty()) break;
      for (const vizier::Trial& trial : page) {
        if (last && TrialNumber(trial) > *last) break;
        RETURN_IF_ERROR(visit(trial));
        ++count_;
      }
      next = TrialNumber(page.back()) + 1;
      if (shown_) live_.Draw("", {absl::StrCat(doing, " trial ", next - 1)});
    }
    live_.Draw("", {});
    return absl::OkStatus();
  }

  int64_t count() const { return count_; }

 private:
  const Client& client_;
  const StudyName& name_;
  const bool shown_;
  LiveArea live_;
  int64_t count_ = 0;
};

Json MetadataJson(const vizier::Trial& trial) {
  Json json = Json::array();
  for (const vizier::KeyValue& entry : trial.metadata()) {
    json.push_back(
        {{"namespace", entry.ns()},
         {"key", entry.key()},
         {"value", entry.has_proto() ? Json() : Json(entry.value())}});
  }
  return json;
}

// The object {"study": {...}, "trials": [...]}, a trial to a line, or the same
// as YAML.
class DocumentWriter {
 public:
  DocumentWriter(Format format, bool measurements, vizier::StudySpec spec)
      : format_(format), measurements_(measurements), spec_(std::move(spec)) {}

  absl::Status Begin(const apogee::v1::StudySummary& summary) const {
    Json study = StudyDetailsJson(summary);
    const absl::StatusOr<Json> file = StudyFileJson(summary.study());
    study["file"] = file.ok() ? *file : Json();
    if (format_ == Format::kYaml) {
      return Write(Serialize({{"study", std::move(study)}}, format_) +
                   "trials:");
    }
    return Write(
        absl::StrCat("{\"study\": ", JsonText(study), ",\n\"trials\": ["));
  }

  absl::Status Add(const vizier::Trial& trial) {
    Json json = measurements_ ? TrialDetailsJson(spec_, trial)
                              : TrialJson(spec_, trial);
    json["metadata"] = MetadataJson(trial);
    const bool first = first_;
    first_ = false;
    if (format_ == Format::kYaml) {
      return Write((first ? "\n" : "") +
                   Serialize(Json::array({std::move(json)}), format_));
    }
    return Write(absl::StrCat(first ? "\n" : ",\n", JsonText(json)));
  }

  absl::Status End() const {
    if (format_ == Format::kYaml) return Write(first_ ? " []\n" : "");
    return Write(first_ ? "]}\n" : "\n]}\n");
  }

 private:
  const Format format_;
  const bool measurements_;
  const vizier::StudySpec spec_;
  bool first_ = true;
};

// A table: a row per trial, or with `measurements` a row per measurement. The
// columns must be known before the first row, so each trial is looked at twice.
class TableWriter {
 public:
  TableWriter(bool measurements, const vizier::StudySpec& spec)
      : measurements_(measurements),
        spec_(spec),
        parameters_(ParameterNames(spec)) {
    for (const auto& metric : spec.metrics()) {
      metrics_.push_back(metric.metric_id());
    }
  }

  // The first look.
  absl::Status AddColumns(const vizier::Trial& trial) {
    last_ = TrialNumber(trial);
    const auto add = [](const std::string& name,
                        std::vector<std::string>& names) {
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(name);
      }
    };
    for (const auto& parameter : trial.parameters()) {
      add(parameter.parameter_id(), parameters_);
    }
    for (const vizier::Measurement* measurement : Measurements(trial)) {
      for (const auto& metric : measurement->metrics()) {
        add(metric.metric_id(), metrics_);
      }
    }
    return absl::OkStatus();
  }

  // The newest trial that had its first look.
  int64_t last() const { return last_; }

  absl::Status WriteHeader() const {
    std::vector<std::string> cells = {"id", "state"};
    for (const auto& name : parameters_) cells.push_back("param." + name);
    if (measurements_) cells.insert(cells.end(), {"step", "elapsed_seconds"});
    for (const auto& name : metrics_) cells.push_back("metric." + name);
    if (!measurements_) {
      cells.insert(cells.end(), kTrialEnd.begin(), kTrialEnd.end());
    }
    return Write(CsvLine(cells));
  }

  // The second look.
  absl::Status Add(const vizier::Trial& trial) const {
    const Json json = TrialJson(spec_, trial);
    std::vector<std::string> start = {CsvCell(json["id"]),
                                      CsvCell(json["state"])};
    for (const auto& name : parameters_) {
      start.push_back(CellOf(json["parameters"], name));
    }
    std::string text;
    for (const vizier::Measurement* measurement : Measurements(trial)) {
      std::vector<std::string> cells = start;
      if (measurements_) {
        cells.push_back(absl::StrCat(measurement->step_count()));
        cells.push_back(CsvCell(
            absl::ToDoubleSeconds(FromProto(measurement->elapsed_duration()))));
      }
      RETURN_IF_ERROR(AddMetrics(MetricsJson(*measurement), cells));
      if (!measurements_) {
        for (const char* const key : kTrialEnd) {
          cells.push_back(CsvCell(json[key]));
        }
      }
      text += CsvLine(cells);
    }
    return Write(text);
  }

 private:
  static constexpr std::array kTrialEnd = {"infeasible_reason", "worker",
                                           "start_time", "end_time",
                                           "duration_seconds"};

  // Of which there are rows.
  std::vector<const vizier::Measurement*> Measurements(
      const vizier::Trial& trial) const {
    if (!measurements_) return {&trial.final_measurement()};
    std::vector<const vizier::Measurement*> all;
    for (const auto& measurement : trial.measurements()) {
      all.push_back(&measurement);
    }
    return all;
  }

  static std::string CellOf(const Json& values, const std::string& name) {
    return values.contains(name) ? CsvCell(values[name]) : "";
  }

  absl::Status AddMetrics(const Json& values,
                          std::vector<std::string>& cells) const {
    size_t found = 0;
    for (const auto& name : metrics_) {
      found += values.contains(name) ? 1 : 0;
      cells.push_back(CellOf(values, name));
    }
    if (found == values.size()) return absl::OkStatus();
    return Failure(ExitCode::kError,
                   "a worker has reported a metric that was new to the study "
                   "while this ran; export again");
  }

  const bool measurements_;
  const vizier::StudySpec& spec_;
  std::vector<std::string> parameters_;
  std::vector<std::string> metrics_;
  int64_t last_ = 0;
};

struct Options {
  std::string study;
  bool measurements = false;
};

absl::Status Export(const Session& session, const Options& options) {
  ASSIGN_OR_RETURN(const StudyName name, session.Study(options.study));
  const Client client = session.Connect();
  ASSIGN_OR_RETURN(const apogee::v1::StudySummary summary,
                   client.GetStudySummary(name.ToString()));
  const vizier::StudySpec& spec = summary.study().study_spec();
  TrialReader reader(session, client, name);
  if (session.format == Format::kJson || session.format == Format::kYaml) {
    DocumentWriter writer(session.format, options.measurements, spec);
    RETURN_IF_ERROR(writer.Begin(summary));
    RETURN_IF_ERROR(reader.Read(
        "writing", std::nullopt,
        [&](const vizier::Trial& trial) { return writer.Add(trial); }));
    RETURN_IF_ERROR(writer.End());
  } else {
    TableWriter writer(options.measurements, spec);
    RETURN_IF_ERROR(reader.Read(
        "reading", std::nullopt,
        [&](const vizier::Trial& trial) { return writer.AddColumns(trial); }));
    RETURN_IF_ERROR(writer.WriteHeader());
    RETURN_IF_ERROR(reader.Read(
        "writing", writer.last(),
        [&](const vizier::Trial& trial) { return writer.Add(trial); }));
  }
  session.Say(absl::StrCat("exported ", reader.count(), " trials of study ",
                           Quoted(name.study)));
  return absl::OkStatus();
}

}  // namespace

void AddStudyExport(CLI::App& study, Session& session, CommandLine& line) {
  const auto options = std::make_shared<Options>();
  CLI::App* const verb = line.AddVerb(
      study, "export",
      "Write a study with all of its trials, for analysis\n\n"
      "CSV unless -o says json or yaml. CSV has a row per trial: id, state, a "
      "column param.NAME for each parameter and metric.NAME for each metric of "
      "its result, why it is infeasible, worker, times in UTC. JSON and YAML "
      "are one object: \"study\" as \"study show\" has it, with \"file\", the "
      "study file that creates it again, and \"trials\", in JSON one to a "
      "line.\n\n"
      "Trials are read and written some at a time, so any number of them will "
      "do. Each is as it was when it was read.",
      "  apogee study export digits > digits.csv\n"
      "  apogee study export digits --measurements > curves.csv\n"
      "  apogee study export digits -o json | jq .study.file > digits.json\n",
      [&session, options] { return Export(session, *options); });
  verb->add_option("STUDY", options->study, kStudyHelp)->required();
  verb->add_flag("--measurements", options->measurements,
                 "What was measured on the way: with CSV a row per measurement "
                 "instead, with its step and elapsed_seconds; else a list in "
                 "each trial");
}

}  // namespace apogee
