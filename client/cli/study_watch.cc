// apogee study watch: what happens in a study, as it happens.

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <ctime>
#include <memory>
#include <stop_token>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "client/cli/arguments.h"
#include "client/cli/exit_code.h"
#include "client/cli/json.h"
#include "client/cli/live_area.h"
#include "client/cli/session.h"
#include "client/cli/study_feed.h"
#include "client/cli/tune/progress.h"
#include "client/cli/views.h"
#include "proto/print.h"

namespace apogee {
namespace {

using apogee::v1::StudySummary;

// So many running trials are shown.
constexpr size_t kMostShown = 8;
constexpr absl::Duration kCallTimeout = absl::Seconds(10);
constexpr absl::Duration kTick = absl::Milliseconds(200);

// Turns SIGINT, SIGTERM and SIGHUP into a request to stop. Must come before the
// process has other threads.
class Interrupt {
 public:
  Interrupt() {
    sigemptyset(&signals_);
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
      sigaddset(&signals_, number);
    }
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
    thread_ = std::jthread([this](const std::stop_token& end) { Wait(end); });
  }

  std::stop_token token() const { return source_.get_token(); }

 private:
  void Wait(const std::stop_token& end) {
    const timespec interval{.tv_sec = 0, .tv_nsec = 50'000'000};
    while (!end.stop_requested()) {
      if (sigtimedwait(&signals_, nullptr, &interval) > 0) {
        source_.request_stop();
      }
    }
  }

  sigset_t signals_{};
  std::stop_source source_;
  std::jthread thread_;  // last: it uses the others
};

int64_t Finished(const StudySummary& summary) {
  return summary.trials().succeeded() + summary.trials().infeasible();
}

// "1m5s"
std::string WholeSeconds(absl::Duration duration) {
  return absl::FormatDuration(absl::Trunc(duration, absl::Seconds(1)));
}

// "12 of 60 trials done, 1 failed, 3 running"
std::string ProgressText(const StudySummary& summary) {
  const apogee::v1::TrialCounts& counts = summary.trials();
  const int64_t budget = summary.budget_trials();
  std::string text =
      absl::StrCat(Finished(summary), budget > 0 ? " of " : " trials done");
  if (budget > 0) absl::StrAppend(&text, budget, " trials done");
  const auto add = [&text](int64_t count, absl::string_view what) {
    if (count > 0) absl::StrAppend(&text, ", ", count, " ", what);
  };
  add(counts.infeasible(), "failed");
  add(counts.active() + counts.stopping(), "running");
  add(counts.requested(), "requested");
  return text;
}

std::string StudyText(const StudySummary& summary) {
  const vizier::Study& study = summary.study();
  std::string text = absl::StrCat(
      "study ", Quoted(study.display_name()), " is ",
      vizier::Study::State_Name(study.state()), ": ", ProgressText(summary));
  if (summary.has_best_trial()) {
    const vizier::Trial& best = summary.best_trial();
    absl::StrAppend(&text, ", best ", MetricsText(best.final_measurement()),
                    " (trial ", best.id(), ")");
  }
  return text;
}

std::string TrialText(const vizier::Trial& trial, const StudySummary& summary) {
  const std::string name = absl::StrCat("trial ", trial.id());
  switch (trial.state()) {
    case vizier::Trial::REQUESTED:
      return absl::StrCat(name, " is requested: ", ParametersText(trial));
    case vizier::Trial::ACTIVE:
      return absl::StrCat(name, " started: ", ParametersText(trial),
                          " (worker ", trial.client_id(), ")");
    case vizier::Trial::STOPPING:
      return absl::StrCat(name, " is told to stop");
    default:
      TrialResult result;
      result.kind = trial.state() == vizier::Trial::SUCCEEDED
                        ? TrialResult::Kind::kSucceeded
                        : TrialResult::Kind::kInfeasible;
      result.trial = trial;
      result.took = FromProto(trial.end_time()) - FromProto(trial.start_time());
      return Progress::Describe(result, summary);
  }
}

class Watcher {
 public:
  struct Options {
    absl::Duration every;
    absl::Duration patience;  // with a server that is away
  };

  Watcher(const Session& session, Options options, StudyFeed feed,
          std::stop_token stop)
      : session_(session),
        options_(options),
        feed_(std::move(feed)),
        stop_(std::move(stop)),
        live_(STDOUT_FILENO) {}

  // Until the study is done.
  absl::Status Run() {
    while (true) {
      const absl::StatusOr<StudyFeed::News> news = feed_.Poll();
      if (news.ok()) {
        Tell(*news);
        if (summary().study().state() == vizier::Study::COMPLETED) {
          return absl::OkStatus();
        }
      } else {
        RETURN_IF_ERROR(Endure(news.status()));
      }
      if (!WaitForNextPoll()) return Failure(ExitCode::kInterrupted, "");
    }
  }

 private:
  const StudySummary& summary() const { return feed_.summary(); }
  bool WantsJson() const { return session_.format == Format::kJson; }

  Terminal Screen() const {
    return DescribeTerminal(STDOUT_FILENO, session_.color);
  }

  void Tell(const StudyFeed::News& news) {
    if (finished_before_ < 0) finished_before_ = Finished(summary());
    if (away_since_ < absl::InfiniteFuture()) {
      away_since_ = absl::InfiniteFuture();
      if (!Screen().interactive) session_.Say("the server is back");
    }
    const std::string text = WantsJson() ? EventLines(news) : TextLines(news);
    live_.Draw(text, LiveLines());
  }

  std::string EventLines(const StudyFeed::News& news) const {
    std::string text;
    const auto add = [&text](const char* event, const char* of, Json what) {
      absl::StrAppend(
          &text, JsonText({{"event", event}, {of, std::move(what)}}), "\n");
    };
    const vizier::StudySpec& spec = summary().study().study_spec();
    for (const int64_t id : news.deleted) add("deleted", "trial_id", id);
    for (const vizier::Trial& trial : news.trials) {
      add("trial", "trial", TrialJson(spec, trial));
    }
    if (news.study_changed) add("study", "study", StudyJson(summary()));
    return text;
  }

  std::string TextLines(const StudyFeed::News& news) const {
    const Terminal screen = Screen();
    std::string text;
    const auto add = [&](const std::string& line, Style style) {
      absl::StrAppend(&text, Styled(line, style, screen.color), "\n");
    };
    for (const int64_t id : news.deleted) {
      add(absl::StrCat("trial ", id, " was deleted"), Style::kPlain);
    }
    for (const vizier::Trial& trial : news.trials) {
      // Those that run are on the screen anyway.
      if (screen.interactive && !HasEnded(trial)) continue;
      add(TrialText(trial, summary()),
          trial.state() == vizier::Trial::INFEASIBLE ? Style::kBad
                                                     : Style::kPlain);
    }
    if (news.study_changed) add(StudyText(summary()), Style::kStrong);
    return text;
  }

  std::string StatusLine() const {
    if (away_since_ < absl::InfiniteFuture()) {
      return absl::StrCat("no server answers at ", session_.server, " for ",
                          WholeSeconds(absl::Now() - away_since_), "; waiting");
    }
    std::string text = absl::StrCat(summary().study().display_name(), ": ",
                                    ProgressText(summary()), "; watching for ",
                                    WholeSeconds(absl::Now() - start_));
    const int64_t news = Finished(summary()) - finished_before_;
    if (summary().budget_trials() > 0 && news > 0) {
      const int64_t left =
          std::max<int64_t>(0, summary().budget_trials() - Finished(summary()));
      absl::StrAppend(&text, ", about ",
                      ShortDuration((absl::Now() - start_) * left / news),
                      " left");
    }
    return text;
  }

  // A table of the running trials, the oldest first.
  std::vector<std::string> RunningLines(const Terminal& screen) const {
    Table table({{"TRIAL", true}, {"TIME", true}, {"WORKER"}, {"PARAMETERS"}});
    size_t running = 0;
    for (const auto& [id, trial] : feed_.open()) {
      if (trial.state() == vizier::Trial::REQUESTED) continue;
      if (running++ >= kMostShown) continue;
      const absl::Duration age = absl::Now() - FromProto(trial.start_time());
      table.Add({absl::StrCat(id), WholeSeconds(age), trial.client_id(),
                 ParametersText(trial)});
    }
    if (table.empty()) return {};
    std::vector<std::string> lines =
        absl::StrSplit(table.ToString(screen), '\n', absl::SkipEmpty());
    if (running > kMostShown) {
      lines.push_back(absl::StrCat("and ", running - kMostShown, " more"));
    }
    return lines;
  }

  // What is redrawn in place; empty when nobody looks.
  std::vector<std::string> LiveLines() const {
    Terminal screen = Screen();
    if (!screen.interactive || WantsJson()) return {};
    --screen.width;  // the last column is left free
    std::vector<std::string> lines = {StatusLine()};
    if (summary().has_best_trial()) {
      const vizier::Trial& best = summary().best_trial();
      lines.push_back(
          absl::StrCat("best ", MetricsText(best.final_measurement()),
                       "  trial ", best.id(), ": ", ParametersText(best)));
    }
    for (std::string& line : lines) {
      line =
          Styled(Shortened(line, screen.width), Style::kStrong, screen.color);
    }
    for (std::string& line : RunningLines(screen)) {
      lines.push_back(std::move(line));
    }
    return lines;
  }

  // OK to try again later.
  absl::Status Endure(const absl::Status& error) {
    if (stop_.stop_requested()) return Failure(ExitCode::kInterrupted, "");
    // A server that stops cancels its calls.
    const bool away = absl::IsUnavailable(error) || absl::IsCancelled(error) ||
                      absl::IsDeadlineExceeded(error);
    if (!away || finished_before_ < 0) return error;
    if (away_since_ == absl::InfiniteFuture()) {
      away_since_ = absl::Now();
      if (!Screen().interactive) {
        session_.Say(absl::StrCat("no server answers at ", session_.server,
                                  "; waiting for it"));
      }
    }
    return absl::Now() - away_since_ < options_.patience ? absl::OkStatus()
                                                         : error;
  }

  // False when we are to stop.
  bool WaitForNextPoll() {
    const absl::Time next = absl::Now() + options_.every;
    for (absl::Time now = absl::Now(); now < next; now = absl::Now()) {
      const std::vector<std::string> lines = LiveLines();
      if (lines != live_.lines()) live_.Draw("", lines);
      if (!SleepUnlessStopped(std::min(kTick, next - now), stop_)) return false;
    }
    return true;
  }

  const Session& session_;
  const Options options_;
  StudyFeed feed_;
  const std::stop_token stop_;
  const absl::Time start_ = absl::Now();
  LiveArea live_;
  int64_t finished_before_ = -1;  // trials, when we came
  absl::Time away_since_ = absl::InfiniteFuture();
};

absl::Status Watch(const Session& session, const std::string& argument,
                   const std::string& every) {
  ASSIGN_OR_RETURN(const StudyName name, session.Study(argument));
  Watcher::Options options;
  ASSIGN_OR_RETURN(options.every, ParseDuration(every, "--every"));
  options.patience = session.timeout.value_or(absl::Minutes(5));
  if (session.format != Format::kTable && session.format != Format::kJson) {
    return UsageError("study watch has no such -o; leave it out, or say json");
  }
  const Interrupt interrupt;
  StudyFeed feed(session.Connect().With(
                     {.timeout = std::min(session.Timeout(), kCallTimeout),
                      .patience = absl::Seconds(1),
                      .stop = interrupt.token()}),
                 name.ToString());
  return Watcher(session, options, std::move(feed), interrupt.token()).Run();
}

}  // namespace

void AddStudyWatch(CLI::App& study, Session& session, CommandLine& line) {
  const auto argument = std::make_shared<std::string>();
  const auto every = std::make_shared<std::string>("2s");
  CLI::App* const watch = line.AddVerb(
      study, "watch",
      "Follow a study until it is done\n\n"
      "On a terminal: the trials as they end, and below them how the study "
      "stands and what is running. Elsewhere: a line for every change of a "
      "trial or of the study. With -o json each line is an object:\n\n"
      "  {\"event\": \"study\", \"study\": {...}}    at first, and when its "
      "state changes\n"
      "  {\"event\": \"trial\", \"trial\": {...}}    new, or in another state\n"
      "  {\"event\": \"deleted\", \"trial_id\": 7}\n\n"
      "It ends with exit code 0 when the study is COMPLETED, and with 130 on "
      "Ctrl-C. A paused study is waited for. So is a server that is away, for "
      "5m or as long as --timeout says.",
      "  apogee study watch digits\n"
      "  apogee study watch digits -o json > events.jsonl\n"
      "  apogee study watch digits && apogee study best digits\n",
      [&session, argument, every] {
        return Watch(session, *argument, *every);
      });
  watch->add_option("STUDY", *argument, kStudyHelp)->required();
  watch
      ->add_option("--every", *every,
                   "How often to ask the server; 2s unless given")
      ->type_name("DURATION");
}

}  // namespace apogee
