#include "tests/bench/search/table_problem.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "algorithms/space/search_space.h"
#include "base/status_macros.h"
#include "proto/study_file.h"
#include "proto/validate.h"
#include "proto/yaml.h"
#include "tests/bench/search/csv.h"
#include "tests/bench/search/hypervolume.h"
#include "tests/bench/search/scorers.h"

namespace apogee {
namespace {

using vizier::StudySpec;

// What the rows of one point say.
struct Entry {
  std::vector<double> exact;
  std::vector<double> draws;  // of the objective
  double report = std::numeric_limits<double>::quiet_NaN();
};
using Entries = absl::flat_hash_map<std::string, Entry>;

// Where a parameter's value stands in a row.
struct Source {
  size_t column;
  std::optional<size_t> character;
  bool number;  // or else text
  bool yes_no;
};

absl::StatusOr<StudySpec> ReadSpace(const std::string& path) {
  ASSIGN_OR_RETURN(std::string text, ReadFile(path));
  // What a whole study file has beside goes behind, so that lines keep their
  // numbers.
  const absl::StatusOr<YamlNode> tree = YamlNode::Parse(text);
  if (tree.ok() && tree->kind == YamlNode::Kind::kMap) {
    if (tree->Find("name") == nullptr) absl::StrAppend(&text, "\nname: table");
    if (tree->Find("metrics") == nullptr) {
      absl::StrAppend(&text, "\nmetrics: {}");
    }
  }
  ASSIGN_OR_RETURN(const vizier::Study study, ParseStudyFile(text, path));
  StudySpec spec;
  *spec.mutable_parameters() = study.study_spec().parameters();
  return spec;
}

// By name, children included.
absl::Status FindSources(const StudySpec::ParameterSpec& parameter,
                         const Csv& csv, const std::string& space_path,
                         absl::btree_map<std::string, Source>& sources) {
  const std::string& name = parameter.parameter_id();
  if (parameter.has_double_value_spec()) {
    return absl::InvalidArgumentError(absl::StrCat(
        space_path, ": parameters.", name,
        ": a table can not be looked up by a double; list the values that it "
        "has, as in {discrete: [0.1, 0.2]}"));
  }
  Source source = {};
  absl::string_view column = name;
  const size_t bracket = name.find('[');
  const absl::StatusOr<size_t> whole = csv.Column(name);
  if (!whole.ok() && bracket != std::string::npos && name.back() == ']') {
    size_t index = 0;
    if (!absl::SimpleAtoi(name.substr(bracket + 1, name.size() - bracket - 2),
                          &index)) {
      return absl::InvalidArgumentError(absl::StrCat(
          space_path, ": parameters.", name,
          ": write the number of a character, from 0, in the brackets"));
    }
    source.character = index;
    column = column.substr(0, bracket);
  }
  absl::StatusOr<size_t> found = csv.Column(column);
  if (!found.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(
        space_path, ": parameters.", name, ": ", found.status().message()));
  }
  source.column = *found;
  source.number = !parameter.has_categorical_value_spec();
  source.yes_no =
      parameter.external_type() == StudySpec::ParameterSpec::AS_BOOLEAN;
  sources[name] = source;
  for (const auto& child : parameter.conditional_parameter_specs()) {
    RETURN_IF_ERROR(
        FindSources(child.parameter_spec(), csv, space_path, sources));
  }
  return absl::OkStatus();
}

// The parameters of a row; those with empty cells are left out.
Parameters ReadParameters(const std::vector<std::string>& row,
                          const absl::btree_map<std::string, Source>& sources) {
  Parameters parameters;
  for (const auto& [name, source] : sources) {
    absl::string_view cell = row[source.column];
    if (source.character) {
      cell = cell.size() > *source.character ? cell.substr(*source.character, 1)
                                             : "";
    }
    if (cell.empty()) continue;
    vizier::Trial::Parameter& parameter = *parameters.Add();
    parameter.set_parameter_id(name);
    double number = 0;
    bool yes = false;
    if (source.number && absl::SimpleAtod(cell, &number)) {
      parameter.mutable_value()->set_number_value(number);
    } else if (source.yes_no && absl::SimpleAtob(cell, &yes)) {
      parameter.mutable_value()->set_string_value(yes ? "True" : "False");
    } else {
      parameter.mutable_value()->set_string_value(std::string(cell));
    }
  }
  return parameters;
}

// Equal for equal points.
std::string Key(const Parameters& parameters) {
  std::vector<std::string> words;
  for (const vizier::Trial::Parameter& parameter : parameters) {
    const google::protobuf::Value& value = parameter.value();
    words.push_back(absl::StrCat(parameter.parameter_id(), "\n",
                                 value.has_string_value()
                                     ? value.string_value()
                                     : absl::StrCat(value.number_value())));
  }
  std::sort(words.begin(), words.end());
  std::string key;
  for (const std::string& word : words) absl::StrAppend(&key, word, "\n");
  return key;
}

// A finite number, or NaN.
double ReadNumber(const std::vector<std::string>& row, size_t column) {
  double number = 0;
  const bool finite =
      absl::SimpleAtod(row[column], &number) && std::isfinite(number);
  return finite ? number : std::numeric_limits<double>::quiet_NaN();
}

absl::StatusOr<Entries> ReadEntries(const Csv& csv, const StudySpec& spec,
                                    const TableDescription& description) {
  absl::btree_map<std::string, Source> sources;
  for (const StudySpec::ParameterSpec& parameter : spec.parameters()) {
    RETURN_IF_ERROR(FindSources(parameter, csv, description.space, sources));
  }
  ASSIGN_OR_RETURN(const SearchSpace space,
                   SearchSpace::Create(spec.parameters()));
  std::vector<size_t> metrics;
  ASSIGN_OR_RETURN(metrics.emplace_back(), csv.Column(description.objective));
  if (!description.cost.empty()) {
    ASSIGN_OR_RETURN(metrics.emplace_back(), csv.Column(description.cost));
  }
  std::vector<size_t> draws;
  for (const std::string& name : description.noise) {
    ASSIGN_OR_RETURN(draws.emplace_back(), csv.Column(name));
  }
  std::optional<size_t> report;
  if (!description.report.empty()) {
    ASSIGN_OR_RETURN(report, csv.Column(description.report));
  }

  Entries entries;
  absl::flat_hash_map<std::string, int> counts;
  absl::Status outside;
  for (const std::vector<std::string>& row : csv.rows()) {
    const Parameters parameters = ReadParameters(row, sources);
    if (const auto point = space.Encode(parameters); !point.ok()) {
      if (outside.ok()) outside = point.status();
      continue;
    }
    Entry read;
    for (const size_t column : metrics) {
      read.exact.push_back(ReadNumber(row, column));
    }
    for (const size_t column : draws) {
      const double draw = ReadNumber(row, column);
      if (std::isfinite(draw)) read.draws.push_back(draw);
    }
    if (report) read.report = ReadNumber(row, *report);
    if (std::any_of(read.exact.begin(), read.exact.end(),
                    [](double value) { return std::isnan(value); })) {
      continue;
    }
    const std::string key = Key(parameters);
    Entry& entry = entries[key];
    const int before = counts[key]++;
    if (before == 0) {
      entry = std::move(read);
      continue;
    }
    for (size_t i = 0; i < entry.exact.size(); ++i) {
      entry.exact[i] += (read.exact[i] - entry.exact[i]) / (before + 1);
    }
    entry.report += (read.report - entry.report) / (before + 1);
    entry.draws.insert(entry.draws.end(), read.draws.begin(), read.draws.end());
  }
  if (entries.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "no row of ", description.table, " with a number in ",
        description.objective, " lies in the space of ", description.space,
        outside.ok() ? "" : "; its first row: ", outside.message()));
  }
  return entries;
}

// The scorer's maker, and the front for plots, of the whole table.
absl::Status AddScale(const TableDescription& description,
                      const Entries& entries, TestProblem& problem) {
  const double sign = description.minimize ? -1 : 1;
  if (!description.cost.empty() && !description.max_cost) {
    std::vector<std::vector<double>> points;
    for (const auto& [key, entry] : entries) {
      points.push_back({-sign * entry.exact[0], entry.exact[1]});
    }
    const std::vector<std::vector<double>> front = NonDominated(points);
    VolumeScale scale = {.ideal = {-sign * front.front()[0], front.back()[1]},
                         .nadir = {-sign * front.back()[0], front.front()[1]}};
    if (front.size() == 1) {
      return absl::InvalidArgumentError(
          absl::StrCat(description.table, ": one row is best in both ",
                       description.objective, " and ", description.cost,
                       "; search for one of the two"));
    }
    for (const std::vector<double>& point : front) {
      problem.best_front.push_back({-sign * point[0], point[1]});
    }
    scale.best = ScaledVolume(problem.best_front, scale);
    problem.new_scorer = [scale] { return VolumeScorer(scale); };
    return absl::OkStatus();
  }
  double best = -std::numeric_limits<double>::infinity();
  double worst = std::numeric_limits<double>::infinity();
  for (const auto& [key, entry] : entries) {
    if (description.max_cost && entry.exact[1] > *description.max_cost) {
      continue;
    }
    best = std::max(best, sign * entry.exact[0]);
    worst = std::min(worst, sign * entry.exact[0]);
  }
  if (std::isinf(best)) {
    return absl::InvalidArgumentError(absl::StrCat(
        description.table, ": no row has a ", description.cost, " of at most ",
        *description.max_cost, "; raise --max-cost"));
  }
  BestScale scale = {.minimize = description.minimize,
                     .best = sign * best,
                     .regret_of_nothing = best - worst};
  if (description.max_cost) scale.limit = *description.max_cost;
  problem.new_scorer = [scale] { return BestScorer(scale); };
  return absl::OkStatus();
}

// "cifar10" of "/data/cifar10.csv.gz".
std::string Stem(absl::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash != absl::string_view::npos) path.remove_prefix(slash + 1);
  absl::ConsumeSuffix(&path, ".gz");
  absl::ConsumeSuffix(&path, ".csv");
  return std::string(path);
}

}  // namespace

absl::StatusOr<ProblemChoice> TableProblem(
    const TableDescription& description) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(description.table));
  ASSIGN_OR_RETURN(const Csv csv, Csv::Parse(text, description.table));
  const auto problem = std::make_shared<TestProblem>();
  ASSIGN_OR_RETURN(problem->spec, ReadSpace(description.space));
  ASSIGN_OR_RETURN(Entries read, ReadEntries(csv, problem->spec, description));
  const auto entries = std::make_shared<const Entries>(std::move(read));

  AddObjective(problem->spec, description.objective, description.minimize);
  std::string name =
      absl::StrCat(Stem(description.table), "/", description.objective);
  if (description.max_cost) {
    AddLimit(problem->spec, description.cost, *description.max_cost);
    absl::StrAppend(&name, "/", description.cost, "<=", *description.max_cost);
  } else if (!description.cost.empty()) {
    AddObjective(problem->spec, description.cost, /*minimize=*/true);
    absl::StrAppend(&name, "/", description.cost);
  }
  if (description.trials > 0) {
    absl::StrAppend(&name, "/trials=", description.trials);
  }
  RETURN_IF_ERROR(ValidateStudySpec(problem->spec));
  RETURN_IF_ERROR(AddScale(description, *entries, *problem));

  problem->evaluate = [entries](const Parameters& parameters,
                                RandomStream& noise) {
    const auto found = entries->find(Key(parameters));
    if (found == entries->end()) return Evaluation();
    const Entry& entry = found->second;
    Evaluation evaluation = {
        .measured = entry.exact, .exact = entry.exact, .report = entry.report};
    if (!entry.draws.empty()) {
      evaluation.measured[0] = entry.draws[noise.Below(entry.draws.size())];
    }
    return evaluation;
  };
  return ProblemChoice{.name = std::move(name),
                       .make = [problem](const Occasion&) { return *problem; },
                       .trials = description.trials};
}

}  // namespace apogee
