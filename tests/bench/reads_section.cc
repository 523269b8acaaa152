// Lists, one call at a time. (GetTrial is among the single calls.)

#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/bench/apogeed.h"
#include "tests/bench/example.h"
#include "tests/bench/fill.h"
#include "tests/bench/sections.h"

namespace apogee {
namespace {

constexpr int kTrials = 1000;

template <typename Request, typename Response>
Step Lists(Caller& caller, Caller::Method<Request, Response> method,
           const std::string& study) {
  Request request;
  request.set_parent(ExampleStudyName(study));
  return [&caller, method, request](int, Done done) {
    caller.Start(
        method, request,
        [done = std::move(done)](const Response&, absl::Duration latency) {
          done(latency);
        });
  };
}

}  // namespace

void MeasureReads(Bench& bench) {
  const std::string file = bench.directory + "/reads.db";
  const int64_t many = bench.scale.optimal_trials;
  FillStore(bench.directory, file,
            {{"list", kTrials, 1}, {"small", kTrials, 2}, {"large", many, 2}});
  Apogeed apogeed(bench.directory, file);
  Caller caller(apogeed.address());
  const Step list = Lists(caller, &Stub::AsyncListTrials, "list");
  const Step small = Lists(caller, &Stub::AsyncListOptimalTrials, "small");
  const Step large = Lists(caller, &Stub::AsyncListOptimalTrials, "large");
  std::vector<Load> list_loads;
  std::vector<Load> small_loads;
  std::vector<Load> large_loads;
  for (int repeat = 0; repeat < bench.scale.repeats; ++repeat) {
    const auto measure = [&](const Step& step) {
      return Measure(caller, apogeed.process(), 1, bench.scale.window, step);
    };
    list_loads.push_back(measure(list));
    small_loads.push_back(measure(small));
    large_loads.push_back(measure(large));
  }
  vizier::ListOptimalTrialsRequest request;
  request.set_parent(ExampleStudyName("large"));
  const int front =
      caller.Call(&Stub::AsyncListOptimalTrials, request).optimal_trials_size();
  Report& report = bench.report;
  report.Section(
      absl::StrCat("lists, 1 at a time, ", bench.scale.repeats, " times"));
  report.Row(absl::StrCat("ListTrials of ", kTrials), list_loads);
  report.Row(absl::StrCat("ListOptimalTrials of ", kTrials, ", 2 metrics"),
             small_loads);
  report.Row(absl::StrCat("ListOptimalTrials of ", many, ", 2 metrics"),
             large_loads);
  report.Note(
      absl::StrCat("of these ", many, " trials, ", front, " are optimal"));
  report.Figure("list_trials_1k_ms", Median(list_loads).p50_ms);
  report.Figure("list_optimal_1k_ms", Median(small_loads).p50_ms);
  report.Figure("list_optimal_100k_ms", Median(large_loads).p50_ms);
}

}  // namespace apogee
