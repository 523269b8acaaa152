#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "algorithms/stopping/judge.h"
#include "server/engine/problem.h"
#include "server/engine/trials.h"

namespace apogee {

// The curves that the stopping rules of a study compare: those of its running
// trials and of the newest that have finished with a result. Follows from the
// trials alone, whenever it was brought up to date before. Not thread-safe.
class StudyCurves {
 public:
  // Reads what has changed since the last call.
  void Update(const StudyProblem& problem, const Trials& trials);

  // Of a running trial.
  const TrialCurves& Of(int64_t id) const { return *running_.at(id).curves; }
  std::vector<const TrialCurves*> Others(int64_t id) const;

 private:
  struct Running {
    int measurements = 0;
    std::unique_ptr<const TrialCurves> curves;
  };

  std::map<int64_t, Running> running_;
  std::deque<std::unique_ptr<const TrialCurves>> finished_;  // oldest first
  size_t seen_ = 0;  // position in trials.finished()
  int64_t erasures_ = 0;
};

}  // namespace apogee
