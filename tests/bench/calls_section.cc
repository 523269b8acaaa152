// Single calls beside the bare ceilings, all of them in each round, so that
// what disturbs the machine disturbs them alike.

#include "absl/strings/str_cat.h"
#include "tests/bench/apogeed.h"
#include "tests/bench/sections.h"
#include "tests/bench/workload.h"

namespace apogee {
namespace {

constexpr int kStudies = 8;
constexpr int kGetTrials = 1000;
constexpr int kBatchWorkers = 16;

// What was seen at one number of calls in flight, one entry for each round.
struct Series {
  std::vector<Load> empty_get;
  std::vector<Load> empty_complete;
  std::vector<Load> durable_ceiling;
  std::vector<Load> get;
  std::vector<Load> complete;
  // In all of the windows of `complete` together.
  Apogeed::Writes writes;
};

class Calls {
 public:
  explicit Calls(Bench& bench)
      : bench_(bench),
        empty_server_({BENCH_CEILING_PATH}, bench.directory),
        durable_server_({BENCH_CEILING_PATH, "--file",
                         absl::StrCat(bench.directory, "/ceiling.db")},
                        bench.directory),
        apogeed_(bench.directory, bench.directory + "/calls.db"),
        empty_(empty_server_.address()),
        durable_(durable_server_.address()),
        caller_(apogeed_.address()),
        studies_(CreateStudies(caller_, "calls", kStudies)),
        pool_(caller_, studies_) {
    pool_.Fill(kGetTrials);
  }

  void MeasureOnce(int in_flight, Series& series) {
    const Window& window = bench_.scale.window;
    series.empty_get.push_back(Measure(empty_, empty_server_.process(),
                                       in_flight, window,
                                       Gets(empty_, studies_, kGetTrials)));
    series.get.push_back(Measure(caller_, apogeed_.process(), in_flight, window,
                                 Gets(caller_, studies_, kGetTrials)));
    series.empty_complete.push_back(Measure(empty_, empty_server_.process(),
                                            in_flight, window,
                                            EmptyCompletes(empty_)));
    series.durable_ceiling.push_back(
        Measure(durable_, durable_server_.process(), in_flight, window,
                EmptyCompletes(durable_)));
    // More than can be completed in a window: no call is faster than the empty.
    const double calls = series.empty_complete.back().per_second *
                         absl::ToDoubleSeconds(window.warm_up + window.length);
    pool_.Fill(static_cast<size_t>(1.5 * calls / kStudies) + 1000);
    const Apogeed::Writes before = apogeed_.CountWrites();
    series.complete.push_back(Measure(caller_, apogeed_.process(), in_flight,
                                      window, pool_.Completes()));
    const Apogeed::Writes after = apogeed_.CountWrites();
    series.writes.commits += after.commits - before.commits;
    series.writes.groups += after.groups - before.groups;
    series.writes.rows += after.rows - before.rows;
  }

 private:
  Step EmptyCompletes(Caller& caller) const {
    return [&caller, trial = studies_[0] + "/trials/12345"](int, Done done) {
      Complete(caller, trial, std::move(done));
    };
  }

  Bench& bench_;
  ServerProcess empty_server_;
  ServerProcess durable_server_;
  Apogeed apogeed_;
  Caller empty_;
  Caller durable_;
  Caller caller_;
  const std::vector<std::string> studies_;
  TrialPool pool_;
};

// In trials. By a server of its own, which leaves no load behind.
Load MeasureBatches(const Bench& bench, int round) {
  Apogeed apogeed(bench.directory,
                  absl::StrCat(bench.directory, "/batch", round, ".db"));
  Caller caller(apogeed.address());
  const auto studies = CreateStudies(caller, "batch", kStudies);
  Load load = Measure(caller, apogeed.process(), kBatchWorkers,
                      bench.scale.window, BatchSuggestions(caller, studies));
  load.units *= kBatch;
  load.per_second *= kBatch;
  load.server_cpu_us /= kBatch;
  load.client_cpu_us /= kBatch;
  return load;
}

void Print(const Series& series, int in_flight, Report& report) {
  const auto name = [in_flight](absl::string_view what) {
    return absl::StrCat(what, ", ", in_flight, " in flight");
  };
  report.Row(name("empty GetTrial"), series.empty_get);
  report.Row(name("GetTrial"), series.get);
  report.Row(name("empty CompleteTrial"), series.empty_complete);
  report.Row(name("durable ceiling"), series.durable_ceiling);
  report.Row(name("CompleteTrial"), series.complete);
}

}  // namespace

void MeasureCalls(Bench& bench) {
  Report& report = bench.report;
  report.Section(absl::StrCat("calls, ", bench.scale.rounds,
                              " interleaved rounds, ", kStudies, " studies"));
  Series at_64;
  Series at_256;
  std::vector<Load> batches;
  {
    Calls calls(bench);
    for (int round = 0; round < bench.scale.rounds; ++round) {
      calls.MeasureOnce(64, at_64);
      calls.MeasureOnce(256, at_256);
      batches.push_back(MeasureBatches(bench, round));
    }
  }
  Print(at_64, 64, report);
  Print(at_256, 256, report);
  report.Row("SuggestTrials of 100, 16 in flight; trials", batches);

  report.Figure("ratio_to_durable_ceiling_64_workers",
                PairedRatio(at_64.complete, at_64.durable_ceiling));
  report.Figure("ratio_to_durable_ceiling_256_workers",
                PairedRatio(at_256.complete, at_256.durable_ceiling));
  report.Figure("durable_ceiling_to_empty_call_64",
                PairedRatio(at_64.durable_ceiling, at_64.empty_complete));
  report.Figure("complete_to_empty_call_64",
                PairedRatio(at_64.complete, at_64.empty_complete));
  report.Figure("complete_to_empty_call_256",
                PairedRatio(at_256.complete, at_256.empty_complete));
  report.Figure("get_to_empty_call_64",
                PairedRatio(at_64.get, at_64.empty_get));
  report.Figure("batch_suggest_to_empty_call",
                PairedRatio(batches, at_64.empty_get));
  report.Figure("server_cpu_us_per_complete",
                Median(at_64.complete).server_cpu_us);
  report.Figure("fsyncs_per_1000_completes",
                1000 * at_64.writes.groups / at_64.writes.commits);
  report.Figure("rows_per_commit", at_64.writes.rows / at_64.writes.groups);
  report.Figure("rows_per_commit_256",
                at_256.writes.rows / at_256.writes.groups);
}

}  // namespace apogee
