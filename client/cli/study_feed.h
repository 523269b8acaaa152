#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "apogee/v1/admin.pb.h"
#include "client/cpp/client.h"
#include "vizier/study.pb.h"

namespace apogee {

// What happens in a study, found by asking again and again. An answer costs
// what has happened since the last one and the trials that are open; the
// study's history costs nothing. Not thread-safe.
class StudyFeed {
 public:
  // Of so many newest trials, the first Poll finds the open ones.
  static constexpr int64_t kLookBack = 10'000;

  StudyFeed(Client client, std::string study)
      : client_(std::move(client)), study_(std::move(study)) {}

  struct News {
    // The study is new to us, or its state is another.
    bool study_changed = false;
    // Trials that are new or in another state, by id; none at first.
    std::vector<vizier::Trial> trials;
    // Those that were open and have been deleted.
    std::vector<int64_t> deleted;
  };

  // What has happened since the last call that succeeded. Errors are the
  // server's; nothing is missed by them.
  absl::StatusOr<News> Poll();

  // As of the last successful call; the best trial is at least as good as any
  // that was in the news.
  const apogee::v1::StudySummary& summary() const { return summary_; }
  // The trials that have not ended.
  const std::map<int64_t, vizier::Trial>& open() const { return open_; }

 private:
  using Trials = std::map<int64_t, vizier::Trial>;

  // All trials from id `first` on.
  absl::StatusOr<Trials> ReadFrom(int64_t first) const;
  // Those of open_ that still exist, as they are now.
  absl::StatusOr<Trials> ReadOpen() const;
  absl::Status Begin(const apogee::v1::StudySummary& summary);
  void Take(const vizier::Trial& trial, News& news);

  const Client client_;
  const std::string study_;
  apogee::v1::StudySummary summary_;
  std::optional<int64_t> next_;  // the id from which on trials are new to us
  Trials open_;
};

// The number in the trial's name; 0 without one.
int64_t TrialNumber(const vizier::Trial& trial);
// Whether nothing more will become of it.
bool HasEnded(const vizier::Trial& trial);

}  // namespace apogee
