#include "tests/bench/search/summary.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "tests/bench/search/statistics.h"

namespace apogee {
namespace {

// COCO's: regrets below it are none.
constexpr double kPrecision = 1e-8;

using Row = std::vector<std::string>;

// Columns as wide as need be: text to the left, numbers to the right.
std::string Aligned(const std::vector<Row>& rows, size_t text_columns) {
  std::vector<size_t> widths(rows[0].size());
  for (const Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - row[i].size(), ' ');
      if (i > 0) line += "  ";
      line += i < text_columns ? row[i] + padding : padding + row[i];
    }
    line.erase(line.find_last_not_of(' ') + 1);
    absl::StrAppend(&text, line, "\n");
  }
  return text;
}

std::string Number(double value) {
  return std::isnan(value) ? "-" : absl::StrFormat("%.4g", value);
}

template <typename Field>
double MeanOf(const std::vector<Run>& runs, size_t moment, Field field) {
  std::vector<double> values;
  for (const Run& run : runs) {
    const double value = run.checkpoints[moment].score.*field;
    if (!std::isnan(value)) values.push_back(value);
  }
  return values.empty() ? std::nan("") : Mean(values);
}

std::string Share(const std::vector<double>& regrets, double target) {
  const auto within =
      std::count_if(regrets.begin(), regrets.end(),
                    [&](double regret) { return regret <= target; });
  return absl::StrFormat("%.0f%%", 100.0 * static_cast<double>(within) /
                                       static_cast<double>(regrets.size()));
}

// The median; "-" when fewer than half of the runs reached the target.
std::string TrialsTo(const std::vector<Run>& runs, size_t target) {
  std::vector<double> trials;
  trials.reserve(runs.size());
  for (const Run& run : runs) trials.push_back(run.reached[target]);
  const double median = Quantile(trials, 0.5);
  return std::isfinite(median) ? absl::StrFormat("%g", median) : "-";
}

std::string Milliseconds(const std::vector<Run>& runs, double Cost::*field) {
  std::vector<double> seconds;
  for (const Run& run : runs) {
    if (!std::isnan(run.cost.*field)) seconds.push_back(run.cost.*field);
  }
  return seconds.empty() ? "-" : absl::StrFormat("%.3f", 1e3 * Mean(seconds));
}

// The share of the 51 targets 10^2, 10^1.8, ..., 10^-8 that are met.
double Solved(double regret) {
  int met = 0;
  for (int i = 0; i <= 50; ++i) met += regret <= std::pow(10, 2 - 0.2 * i);
  return met / 51.0;
}

// The ranks of all contestants in each run of a problem; nothing when one
// refuses it.
std::vector<std::vector<double>> RanksOn(const Results& results, size_t problem,
                                         size_t moment) {
  std::vector<std::vector<double>> ranks;
  const size_t runs = results.Of(problem, 0).size();
  for (size_t c = 0; c < results.contestants; ++c) {
    if (results.Of(problem, c).size() != runs) return {};
  }
  for (size_t run = 0; run < runs; ++run) {
    std::vector<double> regrets;
    for (size_t c = 0; c < results.contestants; ++c) {
      regrets.push_back(
          results.Of(problem, c)[run].checkpoints[moment].score.regret);
    }
    ranks.push_back(Ranks(regrets));
  }
  return ranks;
}

std::vector<double> Column(const std::vector<std::vector<double>>& rows,
                           size_t column) {
  std::vector<double> values;
  values.reserve(rows.size());
  for (const std::vector<double>& row : rows) values.push_back(row[column]);
  return values;
}

// The mean regret as a multiple of another's, and its interval.
std::string Ratio(const std::vector<double>& regrets,
                  const std::vector<double>& others) {
  if (regrets.size() != others.size()) return "-";
  const auto [low, high] = RatioInterval(regrets, others);
  return absl::StrFormat("%.2f [%.2f, %.2f]", Mean(regrets) / Mean(others), low,
                         high);
}

// Who chose the points since the moment before: "context 40%, process 60%".
std::string Sources(const std::vector<Run>& runs, size_t moment) {
  std::map<std::string, double> counts;
  double all = 0;
  for (const Run& run : runs) {
    const auto end =
        std::min(run.sources.size(),
                 static_cast<size_t>(run.checkpoints[moment].trials));
    size_t i = moment == 0
                   ? 0
                   : static_cast<size_t>(run.checkpoints[moment - 1].trials);
    for (; i < end; ++i) {
      if (run.sources[i].empty()) continue;
      ++counts[run.sources[i]];
      ++all;
    }
  }
  std::vector<std::string> texts;
  texts.reserve(counts.size());
  for (const auto& [source, count] : counts) {
    texts.push_back(absl::StrFormat("%s %.0f%%", source, 100 * count / all));
  }
  return texts.empty() ? "-" : absl::StrJoin(texts, ", ");
}

bool AnySource(const Results& results) {
  for (const std::vector<Run>& runs : results.runs) {
    for (const Run& run : runs) {
      for (const std::string& source : run.sources) {
        if (!source.empty()) return true;
      }
    }
  }
  return false;
}

bool AnyReport(const Results& results) {
  for (const std::vector<Run>& runs : results.runs) {
    for (const Run& run : runs) {
      if (!std::isnan(run.checkpoints.back().score.report)) return true;
    }
  }
  return false;
}

std::string ProblemTable(const Experiment& experiment, const Results& results,
                         size_t moment, bool time) {
  const std::vector<double>& targets = experiment.laboratory.targets;
  const bool report = AnyReport(results);
  const bool logarithmic =
      std::any_of(experiment.problems.begin(), experiment.problems.end(),
                  [](const ProblemChoice& p) { return p.logarithmic; });
  Row header = {"problem", "algorithm", "trials", "runs",
                "mean",    "q25",       "median", "q75"};
  if (logarithmic) header.push_back("geomean");
  size_t rival = results.contestants;
  for (size_t c = 0; c < results.contestants; ++c) {
    if (experiment.contestants[c].label == experiment.against) rival = c;
  }
  if (rival < results.contestants) {
    header.push_back(absl::StrCat("of ", experiment.against));
  }
  for (const double target : targets) {
    header.push_back(absl::StrCat("<=", target));
    header.push_back(absl::StrCat("trials to ", target));
  }
  header.push_back("value");
  if (report) header.push_back("report");
  header.push_back("rank");
  if (time) header.insert(header.end(), {"ms", "ms at end", "ms p99"});
  const bool sources = AnySource(results);
  if (sources) header.push_back("chosen by");
  std::vector<Row> rows = {header};
  for (size_t p = 0; p < experiment.problems.size(); ++p) {
    const auto ranks = RanksOn(results, p, moment);
    for (size_t c = 0; c < results.contestants; ++c) {
      const std::vector<Run>& runs = results.Of(p, c);
      if (runs.empty()) continue;
      const std::vector<double> regrets = Regrets(runs, moment);
      Row row = {experiment.problems[p].name,
                 experiment.contestants[c].label,
                 absl::StrCat(runs[0].checkpoints[moment].trials),
                 absl::StrCat(runs.size()),
                 Number(Mean(regrets)),
                 Number(Quantile(regrets, 0.25)),
                 Number(Quantile(regrets, 0.5)),
                 Number(Quantile(regrets, 0.75))};
      if (logarithmic) {
        row.push_back(Number(GeometricMean(regrets, kPrecision)));
      }
      if (rival < results.contestants) {
        row.push_back(Ratio(regrets, Regrets(results.Of(p, rival), moment)));
      }
      for (size_t t = 0; t < targets.size(); ++t) {
        row.push_back(Share(regrets, targets[t]));
        row.push_back(TrialsTo(runs, t));
      }
      row.push_back(
          absl::StrFormat("%.6g", MeanOf(runs, moment, &Score::value)));
      if (report) {
        row.push_back(Number(MeanOf(runs, moment, &Score::report)));
      }
      row.push_back(ranks.empty()
                        ? "-"
                        : absl::StrFormat("%.2f", Mean(Column(ranks, c))));
      if (time) {
        row.push_back(Milliseconds(runs, &Cost::mean));
        row.push_back(Milliseconds(runs, &Cost::at_end));
        row.push_back(Milliseconds(runs, &Cost::p99));
      }
      if (sources) row.push_back(Sources(runs, moment));
      rows.push_back(std::move(row));
    }
  }
  return Aligned(rows, 2);
}

std::string OverallTable(const Experiment& experiment, const Results& results,
                         size_t moment) {
  const std::vector<double>& targets = experiment.laboratory.targets;
  Row header = {"algorithm", "problems", "mean rank", "mean of regrets",
                "targets solved"};
  for (const double target : targets) {
    header.push_back(absl::StrCat("<=", target));
  }
  std::vector<Row> rows = {header};
  const std::vector<double> ranks = MeanRanks(experiment, results, moment);
  for (size_t c = 0; c < results.contestants; ++c) {
    int problems = 0;
    std::vector<double> regrets;
    std::vector<double> solved;
    for (size_t p = 0; p < experiment.problems.size(); ++p) {
      const std::vector<Run>& runs = results.Of(p, c);
      if (!runs.empty()) ++problems;
      for (const double regret : Regrets(runs, moment)) {
        regrets.push_back(regret);
        if (experiment.problems[p].logarithmic) {
          solved.push_back(Solved(regret));
        }
      }
    }
    if (problems == 0) continue;
    Row row = {
        experiment.contestants[c].label, absl::StrCat(problems),
        ranks.empty() ? "-" : absl::StrFormat("%.2f", ranks[c]),
        solved.empty() ? Number(Mean(regrets)) : "-",
        solved.empty() ? "-" : absl::StrFormat("%.1f%%", 100 * Mean(solved))};
    for (const double target : targets) {
      row.push_back(Share(regrets, target));
    }
    rows.push_back(std::move(row));
  }
  return Aligned(rows, 1);
}

}  // namespace

std::vector<double> Regrets(const std::vector<Run>& runs, size_t moment) {
  std::vector<double> regrets;
  regrets.reserve(runs.size());
  for (const Run& run : runs) {
    regrets.push_back(run.checkpoints[moment].score.regret);
  }
  return regrets;
}

std::vector<double> MeanRanks(const Experiment& experiment,
                              const Results& results, size_t moment) {
  std::vector<std::vector<double>> all;
  for (size_t p = 0; p < experiment.problems.size(); ++p) {
    const auto ranks = RanksOn(results, p, moment);
    all.insert(all.end(), ranks.begin(), ranks.end());
  }
  std::vector<double> means;
  for (size_t c = 0; c < results.contestants && !all.empty(); ++c) {
    means.push_back(Mean(Column(all, c)));
  }
  return means;
}

std::string ResultsCsv(const Experiment& experiment, const Results& results) {
  std::string text = "problem,algorithm,seed,trials,time,regret,value,report\n";
  const auto cell = [](double value) {
    return std::isnan(value) ? "" : absl::StrFormat("%.10g", value);
  };
  for (size_t p = 0; p < experiment.problems.size(); ++p) {
    for (size_t c = 0; c < results.contestants; ++c) {
      const std::vector<Run>& runs = results.Of(p, c);
      for (size_t run = 0; run < runs.size(); ++run) {
        for (const Checkpoint& checkpoint : runs[run].checkpoints) {
          absl::StrAppend(
              &text, experiment.problems[p].name, ",",
              experiment.contestants[c].label, ",", experiment.seed + run, ",",
              checkpoint.trials, ",", cell(checkpoint.time), ",",
              cell(checkpoint.score.regret), ",", cell(checkpoint.score.value),
              ",", cell(checkpoint.score.report), "\n");
        }
      }
    }
  }
  return text;
}

std::string Summary(const Experiment& experiment, const Results& results,
                    const std::vector<size_t>& moments, bool time) {
  std::string text;
  for (const size_t moment : moments) {
    const Moment& when = experiment.moments[moment];
    const std::string at =
        when.is_share ? absl::StrFormat("%g%% of the trials", 100 * when.amount)
                      : absl::StrFormat("%g trials", when.amount);
    absl::StrAppend(&text, "Regret after ", at, "\n",
                    ProblemTable(experiment, results, moment, time), "\n");
    if (experiment.problems.size() > 1) {
      absl::StrAppend(&text, "All problems, after ", at, "\n",
                      OverallTable(experiment, results, moment), "\n");
    }
  }
  return text;
}

}  // namespace apogee
