// What workers do all day: ask for a trial, complete it.

#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/bench/apogeed.h"
#include "tests/bench/sections.h"
#include "tests/bench/workload.h"

namespace apogee {

void MeasureRounds(Bench& bench) {
  Apogeed apogeed(bench.directory, bench.directory + "/rounds.db");
  Caller caller(apogeed.address());
  bench.report.Section(absl::StrCat("suggest + complete, rounds, ",
                                    bench.scale.repeats, " times"));
  // By studies and workers.
  std::map<std::pair<int, int>, std::vector<Load>> loads;
  for (int repeat = 0; repeat < bench.scale.repeats; ++repeat) {
    for (const int studies : {1, 8}) {
      const std::vector<std::string> names = CreateStudies(
          caller, absl::StrCat("rounds", studies, "-", repeat, "-"), studies);
      for (const int workers : {1, 16, 64, 256}) {
        loads[{studies, workers}].push_back(Measure(caller, apogeed.process(),
                                                    workers, bench.scale.window,
                                                    Rounds(caller, names)));
      }
    }
  }
  for (const auto& [key, measured] : loads) {
    bench.report.Row(absl::StrCat(key.second, " workers on ", key.first,
                                  key.first == 1 ? " study" : " studies"),
                     measured);
  }
  bench.report.Figure("rounds_per_second_64",
                      Median(loads[{1, 64}]).per_second);
  bench.report.Figure("rounds_per_second_64_on_8_studies",
                      Median(loads[{8, 64}]).per_second);
}

}  // namespace apogee
