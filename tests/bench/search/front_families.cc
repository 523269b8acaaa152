#include "tests/bench/search/front_families.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tests/bench/search/many_objectives.h"
#include "tests/bench/search/scorers.h"
#include "tests/bench/search/wfg.h"

namespace apogee {
namespace {

using Maker = std::function<TestProblem(const Occasion&)>;

// Functions with several objectives, in the form of a problem.
TestProblem WithObjectives(
    std::function<std::vector<double>(absl::Span<const double>)> function,
    const VolumeScale& scale) {
  TestProblem problem;
  for (size_t i = 0; i < scale.ideal.size(); ++i) {
    AddObjective(problem.spec, absl::StrCat("f", i + 1), /*minimize=*/true);
  }
  problem.evaluate = [function = std::move(function)](
                         const Parameters& parameters, RandomStream&) {
    const std::vector<double> f = function(Numbers(parameters));
    return Evaluation{.measured = f, .exact = f};
  };
  problem.new_scorer = [scale] { return VolumeScorer(scale); };
  return problem;
}

}  // namespace

ProblemFamily ZdtFamily() {
  return {
      .name = "zdt",
      .summary = "ZDT1-4 and 6: two objectives, by hypervolume",
      .settings = {{"f", "function", "1+2+3+4+6", 1, 6, true},
                   {"d", "variables; 0: as in the paper", "0", 0, 1000, true}},
      .logarithmic = false,
      .make = [](const std::vector<double>& s) -> absl::StatusOr<Maker> {
        Zdt zdt = {.function = static_cast<int>(s[0]),
                   .dimensions = static_cast<int>(s[1])};
        if (zdt.function == 5 || zdt.dimensions == 1) {
          return absl::InvalidArgumentError(
              "zdt: f is one of 1, 2, 3, 4, 6, and d is 2 or more");
        }
        if (zdt.dimensions == 0) {
          zdt.dimensions = ZdtDimensions(zdt.function);
        }
        return [zdt](const Occasion&) {
          TestProblem problem = WithObjectives(zdt, zdt.Scale());
          for (int i = 1; i <= zdt.dimensions; ++i) {
            const bool wide = zdt.function == 4 && i > 1;
            AddDouble(problem.spec, absl::StrCat("x", i), wide ? -5 : 0,
                      wide ? 5 : 1);
          }
          problem.best_front = zdt.Front(501);
          return problem;
        };
      }};
}

ProblemFamily DtlzFamily() {
  return {
      .name = "dtlz",
      .summary = "DTLZ1-7: two or three objectives, by hypervolume",
      .settings = {{"f", "function", "1..7", 1, 7, true},
                   {"m", "objectives", "3", 2, 3, true},
                   {"d", "variables; 0: as in the paper", "0", 0, 1000, true}},
      .logarithmic = false,
      .make = [](const std::vector<double>& s) -> absl::StatusOr<Maker> {
        Dtlz dtlz = {.function = static_cast<int>(s[0]),
                     .dimensions = static_cast<int>(s[2]),
                     .objectives = static_cast<int>(s[1])};
        if (dtlz.dimensions == 0) {
          dtlz.dimensions = DtlzDimensions(dtlz.function, dtlz.objectives);
        }
        if (dtlz.dimensions < dtlz.objectives) {
          return absl::InvalidArgumentError(
              absl::StrCat("dtlz: d is ", dtlz.dimensions, "; it must be m, ",
                           dtlz.objectives, ", or more"));
        }
        return [dtlz](const Occasion&) {
          TestProblem problem = WithObjectives(dtlz, dtlz.Scale());
          for (int i = 1; i <= dtlz.dimensions; ++i) {
            AddDouble(problem.spec, absl::StrCat("x", i), 0, 1);
          }
          return problem;
        };
      }};
}

ProblemFamily WfgFamily() {
  return {
      .name = "wfg",
      .summary = "WFG1-9: two or three objectives, by hypervolume",
      .settings = {{"f", "function", "1..9", 1, 9, true},
                   {"m", "objectives", "2", 2, 3, true},
                   {"k", "variables of position, an even number", "4", 2, 1000,
                    true},
                   {"l", "variables of distance, an even number", "20", 2, 1000,
                    true}},
      .logarithmic = false,
      .make = [](const std::vector<double>& s) -> absl::StatusOr<Maker> {
        const Wfg wfg = {.function = static_cast<int>(s[0]),
                         .objectives = static_cast<int>(s[1]),
                         .position = static_cast<int>(s[2]),
                         .distance = static_cast<int>(s[3])};
        if (wfg.position % 2 != 0 || wfg.distance % 2 != 0) {
          return absl::InvalidArgumentError(
              absl::StrCat("wfg: k is ", wfg.position, " and l is ",
                           wfg.distance, "; both must be even"));
        }
        if (wfg.function == 3 && wfg.objectives == 3) {
          return absl::InvalidArgumentError(
              "wfg: nobody knows the best front of f=3 with m=3; take m=2, or "
              "f=1..2+4..9");
        }
        return [wfg, scale = wfg.Scale()](const Occasion&) {
          TestProblem problem = WithObjectives(wfg, scale);
          for (int i = 1; i <= wfg.dimensions(); ++i) {
            AddDouble(problem.spec, absl::StrCat("z", i), 0, 2.0 * i);
          }
          if (wfg.objectives == 2) problem.best_front = wfg.Front(2001);
          return problem;
        };
      }};
}

}  // namespace apogee
