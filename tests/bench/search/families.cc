#include "tests/bench/search/families.h"

#include <cmath>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/nearest.h"
#include "base/status_macros.h"
#include "tests/bench/search/bbob.h"
#include "tests/bench/search/front_families.h"
#include "tests/bench/search/hybrid.h"
#include "tests/bench/search/layered_problem.h"
#include "tests/bench/search/mixint.h"
#include "tests/bench/search/scorers.h"

namespace apogee {
namespace {

using Setting = ProblemFamily::Setting;
using Maker = std::function<TestProblem(const Occasion&)>;

Setting Instance() {
  return {.name = "i",
          .meaning = "instance; 0: a run's own",
          .default_value = "0",
          .min = 0,
          .max = 1e6,
          .whole = true};
}

int64_t InstanceOf(double setting, const Occasion& occasion) {
  return setting > 0 ? static_cast<int64_t>(setting) : occasion.instance;
}

ProblemFamily BbobFamily() {
  return {.name = "bbob",
          .summary = "the 24 noise-free BBOB functions, with COCO's instances",
          .settings = {{"f", "function", "1..24", 1, 24, true},
                       {"d", "dimensions", "5", 2, 1000, true},
                       Instance()},
          .logarithmic = true,
          .make = [](const std::vector<double>& s) -> absl::StatusOr<Maker> {
            return [s](const Occasion& occasion) {
              const auto function = std::make_shared<const Bbob>(
                  static_cast<int>(s[0]), static_cast<int>(s[1]),
                  static_cast<int>(InstanceOf(s[2], occasion)));
              TestProblem problem;
              for (int i = 1; i <= static_cast<int>(s[1]); ++i) {
                AddDouble(problem.spec, absl::StrCat("x", i), -5, 5);
              }
              AddObjective(problem.spec, "f", /*minimize=*/true);
              problem.evaluate = [function](const Parameters& parameters,
                                            RandomStream&) {
                const double f = (*function)(Numbers(parameters));
                return Evaluation{.measured = {f}, .exact = {f}};
              };
              problem.new_scorer = [best = function->f_opt()] {
                return BestScorer({.minimize = true, .best = best});
              };
              return problem;
            };
          }};
}

ProblemFamily MixintFamily() {
  return {.name = "bbob-mixint",
          .summary =
              "BBOB with four fifths of the variables whole (COCO's "
              "bbob-mixint)",
          .settings = {{"f", "function", "1..24", 1, 24, true},
                       {"d", "dimensions, a multiple of 5", "5", 5, 1000, true},
                       Instance()},
          .logarithmic = true,
          .make = [](const std::vector<double>& s) -> absl::StatusOr<Maker> {
            if (std::fmod(s[1], 5) != 0) {
              return absl::InvalidArgumentError(absl::StrCat(
                  "bbob-mixint: d is ", s[1],
                  "; it must be a multiple of 5, as there are five kinds of "
                  "variables"));
            }
            return [s](const Occasion& occasion) {
              return MixintProblem(
                  static_cast<int>(s[0]), static_cast<int>(s[1]),
                  static_cast<int>(InstanceOf(s[2], occasion)));
            };
          }};
}

ProblemFamily HybridFamily() {
  return {.name = "hybrid",
          .summary =
              "rotated functions of reals and shuffled categories, as "
              "ES-ENAS is tested on",
          .settings = {{"f", "function", absl::StrCat("1..", kHybridFunctions),
                        1, kHybridFunctions, true},
                       {"con", "real variables", "20", 1, 10'000, true},
                       {"cat", "categorical variables", "10", 0, 1000, true},
                       {"k", "categories of each", "5", 2, 1000, true},
                       Instance()},
          .logarithmic = true,
          .make = [](const std::vector<double>& s) -> absl::StatusOr<Maker> {
            if (s[1] + s[2] < 2) {
              return absl::InvalidArgumentError(
                  "hybrid: two variables are needed; raise con or cat");
            }
            return [s](const Occasion& occasion) {
              return HybridProblem({.function = static_cast<int>(s[0]),
                                    .reals = static_cast<int>(s[1]),
                                    .categoricals = static_cast<int>(s[2]),
                                    .categories = static_cast<int>(s[3]),
                                    .instance = InstanceOf(s[4], occasion)});
            };
          }};
}

std::vector<Setting> LayeredSettings() {
  return {{"l", "layers", "10", 2, 1000, true},
          {"s", "options of a layer", "6", 2, 100, true},
          {"eps", "how much neighbours interact", "0.1", 0, 100, false},
          {"noise", "of a measurement, in deviations of the reward", "0", 0,
           100, false},
          Instance()};
}

LayeredShape ShapeOf(const std::vector<double>& s, const Occasion& occasion) {
  return {.layers = static_cast<int>(s[0]),
          .options = static_cast<int>(s[1]),
          .interaction = s[2],
          .noise = s[3],
          .instance = InstanceOf(s[4], occasion)};
}

ProblemFamily LayeredFamily() {
  ProblemFamily family = {
      .name = "layered",
      .summary = "a made-up network chosen layer by layer, the cost limited",
      .settings = LayeredSettings(),
      .logarithmic = false,
      .make = [](const std::vector<double>& s) -> absl::StatusOr<Maker> {
        return [s](const Occasion& occasion) {
          return LayeredProblem(ShapeOf(s, occasion), s[5]);
        };
      }};
  family.settings.push_back({"limit",
                             "the cost allowed, as a share of its range", "0.5",
                             0, 1, false});
  return family;
}

ProblemFamily LayeredFrontFamily() {
  return {.name = "layered-front",
          .summary = "the same network, best reward under each of nine costs",
          .settings = LayeredSettings(),
          .logarithmic = false,
          .make = [](const std::vector<double>& s) -> absl::StatusOr<Maker> {
            return [s](const Occasion& occasion) {
              return LayeredFrontProblem(ShapeOf(s, occasion),
                                         occasion.several_objectives);
            };
          }};
}

absl::StatusOr<double> ParseNumber(const std::string& family,
                                   const Setting& setting,
                                   absl::string_view text) {
  double value = 0;
  if (!absl::SimpleAtod(text, &value) || !(value >= setting.min) ||
      !(value <= setting.max) ||
      (setting.whole && value != std::floor(value))) {
    return absl::InvalidArgumentError(absl::StrCat(
        family, ": ", setting.name, " (", setting.meaning, ") is \"", text,
        "\"; it must be a ", setting.whole ? "whole " : "", "number from ",
        setting.min, " to ", setting.max));
  }
  return value;
}

// "1+3..5": 1, 3, 4, 5.
absl::StatusOr<std::vector<double>> ParseValues(const std::string& family,
                                                const Setting& setting,
                                                absl::string_view text) {
  std::vector<double> values;
  for (const absl::string_view part : absl::StrSplit(text, '+')) {
    const std::pair<absl::string_view, absl::string_view> ends =
        absl::StrSplit(part, absl::MaxSplits("..", 1));
    ASSIGN_OR_RETURN(const double first,
                     ParseNumber(family, setting, ends.first));
    double last = first;
    if (part != ends.first) {
      ASSIGN_OR_RETURN(last, ParseNumber(family, setting, ends.second));
      if (!setting.whole || last < first) {
        return absl::InvalidArgumentError(
            absl::StrCat(family, ": ", setting.name, " is \"", part,
                         "\", which is no rising range of whole numbers"));
      }
    }
    values.push_back(first);
    while (values.back() < last) values.push_back(values.back() + 1);
  }
  return values;
}

}  // namespace

absl::Span<const ProblemFamily> ProblemFamilies() {
  static const auto* const families = [] {
    auto* const all = new std::vector<ProblemFamily>{
        BbobFamily(),         MixintFamily(), HybridFamily(), LayeredFamily(),
        LayeredFrontFamily(), ZdtFamily(),    DtlzFamily(),   WfgFamily()};
    for (ProblemFamily& family : *all) {
      family.settings.push_back(
          {"trials", "of a run; 0: what --trials says", "0", 0, 1e7, true});
    }
    return all;
  }();
  return *families;
}

absl::StatusOr<std::vector<ProblemChoice>> ParseProblems(
    absl::string_view text) {
  std::vector<std::string> words = absl::StrSplit(text, '/');
  const ProblemFamily* family = nullptr;
  std::vector<std::string> names;
  for (const ProblemFamily& known : ProblemFamilies()) {
    names.push_back(known.name);
    if (known.name == words[0]) family = &known;
  }
  if (family == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(
        "problem \"", words[0], "\" is unknown", DidYouMean(words[0], names),
        " (there are ", absl::StrJoin(names, ", "), ")"));
  }

  const size_t count = family->settings.size();
  std::vector<std::string> texts(count);
  std::vector<bool> named(count);
  std::vector<std::string> known;
  for (size_t i = 0; i < count; ++i) {
    texts[i] = family->settings[i].default_value;
    known.push_back(family->settings[i].name);
  }
  for (size_t w = 1; w < words.size(); ++w) {
    const std::pair<std::string, std::string> pair =
        absl::StrSplit(words[w], absl::MaxSplits('=', 1));
    size_t i = 0;
    while (i < count && known[i] != pair.first) ++i;
    if (i == count) {
      return absl::InvalidArgumentError(absl::StrCat(
          family->name, " has no setting \"", pair.first, "\"",
          DidYouMean(pair.first, known), " (there are ",
          absl::StrJoin(known, ", "), "; write ", family->name, "/", known[0],
          "=", family->settings[0].default_value, ")"));
    }
    texts[i] = pair.second;
    named[i] = true;
  }

  // Counts through all combinations, the last setting fastest.
  std::vector<std::vector<double>> values(count);
  for (size_t i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(values[i],
                     ParseValues(family->name, family->settings[i], texts[i]));
    named[i] = named[i] || values[i].size() > 1;
  }
  std::vector<ProblemChoice> choices;
  std::vector<size_t> at(count);
  while (at[0] < values[0].size()) {
    ProblemChoice choice = {.name = family->name,
                            .make = nullptr,
                            .logarithmic = family->logarithmic};
    std::vector<double> setting(count);
    for (size_t i = 0; i < count; ++i) {
      setting[i] = values[i][at[i]];
      if (named[i]) {
        absl::StrAppend(&choice.name, "/", known[i], "=", setting[i]);
      }
    }
    ASSIGN_OR_RETURN(choice.make, family->make(setting));
    choice.trials = static_cast<int64_t>(setting.back());
    choices.push_back(std::move(choice));
    for (size_t i = count; i-- > 0;) {
      if (++at[i] < values[i].size() || i == 0) break;
      at[i] = 0;
    }
  }
  return choices;
}

}  // namespace apogee
