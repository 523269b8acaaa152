// What it costs that a study already holds many trials: to start with it, to
// keep it in memory, to suggest in it.

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "tests/bench/apogeed.h"
#include "tests/bench/example.h"
#include "tests/bench/fill.h"
#include "tests/bench/sections.h"
#include "tests/bench/workload.h"

namespace apogee {
namespace {

constexpr int kWorkers = 16;

// From the start of the process to the first answer.
struct Restart {
  double listening_seconds = 0;
  double get_seconds = 0;
  double suggest_seconds = 0;
};

class Growth {
 public:
  explicit Growth(Bench& bench)
      : bench_(bench), file_(bench.directory + "/growth.db") {
    std::vector<LargeStudy> studies;
    for (const int64_t trials : bench.scale.study_trials) {
      studies.push_back({absl::StrCat("trials", trials), trials});
      names_.push_back(ExampleStudyName(studies.back().study));
    }
    const absl::Time start = absl::Now();
    FillStore(bench.directory, file_, studies);
    bench.report.Note(absl::StrFormat(
        "made studies of up to %d trials in %.1f s, a file of %d MiB",
        largest(), absl::ToDoubleSeconds(absl::Now() - start),
        std::filesystem::file_size(file_) >> 20));
  }

  int64_t largest() const { return bench_.scale.study_trials.back(); }

  Restart MeasureRestart() {
    caller_.reset();
    apogeed_.reset();
    const absl::Time start = absl::Now();
    const auto seconds = [start] {
      return absl::ToDoubleSeconds(absl::Now() - start);
    };
    apogeed_ = std::make_unique<Apogeed>(bench_.directory, file_);
    Restart restart{.listening_seconds = seconds()};
    caller_ = std::make_unique<Caller>(apogeed_->address());
    vizier::GetTrialRequest get;
    get.set_name(absl::StrCat(names_.back(), "/trials/1"));
    caller_->Call(&Stub::AsyncGetTrial, get);
    restart.get_seconds = seconds();
    vizier::SuggestTrialsRequest suggest;
    suggest.set_parent(names_.back());
    suggest.set_client_id("restart");
    suggest.set_suggestion_count(1);
    caller_->Call(&Stub::AsyncSuggestTrials, suggest);
    restart.suggest_seconds = seconds();
    return restart;
  }

  double ResidentMib() const { return apogeed_->process().ResidentMib(); }

  // Suggestions in the study of that place in Scale::study_trials.
  Load MeasureSuggestions(size_t study) {
    return Measure(*caller_, apogeed_->process(), kWorkers, bench_.scale.window,
                   Suggestions(*caller_, {names_[study]}));
  }

 private:
  Bench& bench_;
  const std::string file_;
  std::vector<std::string> names_;
  std::unique_ptr<Apogeed> apogeed_;
  std::unique_ptr<Caller> caller_;
};

// The server holds the largest study and nothing else.
void MeasureMemoryAndRestart(Growth& growth, Bench& bench) {
  std::vector<double> seconds;
  for (int repeat = 0; repeat < bench.scale.repeats; ++repeat) {
    const Restart restart = growth.MeasureRestart();
    bench.report.Note(absl::StrFormat(
        "start: listens after %.2f s, GetTrial answered after %.2f s, "
        "SuggestTrials after %.2f s; %.0f MiB",
        restart.listening_seconds, restart.get_seconds, restart.suggest_seconds,
        growth.ResidentMib()));
    seconds.push_back(restart.suggest_seconds);
  }
  const double loaded_mib = growth.ResidentMib();
  growth.MeasureSuggestions(bench.scale.study_trials.size() - 1);
  bench.report.Figure("restart_1m_seconds", Median(seconds));
  bench.report.Figure("resident_1m_mib",
                      std::max(loaded_mib, growth.ResidentMib()));
}

}  // namespace

void MeasureGrowth(Bench& bench) {
  const std::vector<int64_t>& sizes = bench.scale.study_trials;
  bench.report.Section(
      absl::StrCat("suggest in a large study, ", kWorkers, " workers"));
  Growth growth(bench);
  MeasureMemoryAndRestart(growth, bench);
  std::vector<std::vector<Load>> loads(sizes.size());
  for (int round = 0; round < bench.scale.rounds; ++round) {
    for (size_t study = 0; study < sizes.size(); ++study) {
      loads[study].push_back(growth.MeasureSuggestions(study));
    }
  }
  for (size_t study = 0; study < sizes.size(); ++study) {
    bench.report.Row(absl::StrCat("in a study of ", sizes[study], " trials"),
                     loads[study]);
  }
  std::vector<double> ratios;
  for (int round = 0; round < bench.scale.rounds; ++round) {
    const auto i = static_cast<size_t>(round);
    ratios.push_back(loads.back()[i].p99_ms / loads.front()[i].p99_ms);
  }
  // Where less is measured, this says that the figures of 1m are not of 1m.
  bench.report.Figure("largest_study_trials",
                      static_cast<double>(growth.largest()));
  bench.report.Figure("suggest_p99_ratio_1m_to_1k", Median(ratios));
}

}  // namespace apogee
