#include "tests/bench/fill.h"

#include <algorithm>
#include <memory>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/mutex.h"
#include "server/engine/rows.h"
#include "storage/open.h"
#include "tests/bench/apogeed.h"
#include "tests/bench/example.h"
#include "tests/bench/load.h"

namespace apogee {
namespace {

// Lets a bounded number of commits wait in a store's queue.
class CommitWindow {
 public:
  void Apply(Datastore& store, Commit commit) {
    constexpr int kMost = 8;
    {
      MutexLock lock(mutex_);
      while (queued_ == kMost) changed_.Wait(mutex_);
      ++queued_;
    }
    store.Apply(std::move(commit), [this](const absl::Status& status) {
      if (!status.ok()) Die(status.ToString());
      MutexLock lock(mutex_);
      --queued_;
      changed_.NotifyOne();
    });
  }

  void WaitUntilEmpty() {
    MutexLock lock(mutex_);
    while (queued_ > 0) changed_.Wait(mutex_);
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int queued_ ABSL_GUARDED_BY(mutex_) = 0;
};

// What the server would have written when the trial was done.
TrialRow FinishedRow(const LargeStudy& study, const std::string& name,
                     int64_t id, std::mt19937_64& random) {
  const double progress =
      static_cast<double>(id) / static_cast<double>(study.trials);
  TrialRow row =
      MakeTrialRow(id, ExampleTrial(name, id, study.metrics, progress, random));
  row.ordinal = id - 1;
  row.finished = id - 1;
  row.started = true;
  return row;
}

void FillStudy(Datastore& store, const LargeStudy& study) {
  constexpr int64_t kRowsPerCommit = 2000;
  const std::string name = ExampleStudyName(study.study);
  std::mt19937_64 random(1);
  CommitWindow window;
  for (int64_t first = 1; first <= study.trials; first += kRowsPerCommit) {
    Commit commit;
    commit.study = *StudyName::Parse(name);
    const int64_t last = std::min(first + kRowsPerCommit - 1, study.trials);
    for (int64_t id = first; id <= last; ++id) {
      commit.trials.push_back(FinishedRow(study, name, id, random));
    }
    window.Apply(store, std::move(commit));
  }
  window.WaitUntilEmpty();
}

void CreateLargeStudies(const Apogeed& apogeed,
                        const std::vector<LargeStudy>& studies) {
  Caller caller(apogeed.address());
  for (const LargeStudy& study : studies) {
    caller.Call(&Stub::AsyncCreateStudy,
                ExampleStudyRequest(study.study, study.metrics));
  }
}

}  // namespace

void FillStore(const std::string& directory, const std::string& file,
               const std::vector<LargeStudy>& studies) {
  {
    // The server makes the studies, so that they are as it makes them.
    Apogeed apogeed(directory, file);
    CreateLargeStudies(apogeed, studies);
    if (apogeed.process().Stop() != 0) Die("apogeed did not stop well");
  }
  absl::StatusOr<std::unique_ptr<Datastore>> store =
      OpenDatastore(absl::StrCat("sqlite:", file));
  if (!store.ok()) Die(store.status().ToString());
  for (const LargeStudy& study : studies) FillStudy(**store, study);
}

}  // namespace apogee
