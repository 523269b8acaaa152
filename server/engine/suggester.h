#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "algorithms/algorithm.h"
#include "base/rng.h"
#include "server/engine/problem.h"
#include "server/engine/study.h"

namespace apogee {

// Feeds a study's algorithm what is new since it was last asked, and turns its
// points into trials.
//
// Prepare reads the study and so belongs to the study's own thread; Answer may
// take long and may run on any other. The two never run at the same time.
class Suggester {
 public:
  // The problem has an algorithm. `seed` is the study's.
  Suggester(std::shared_ptr<const StudyProblem> problem, uint64_t seed);

  struct Question {
    int64_t count = 0;
    int64_t ordinal = 0;
    // The algorithm must start anew: something it had learned is gone.
    bool rebuild = false;
    std::vector<Observation> finished;
    // There are more of them than fit in here: this is for Learn, and the next
    // one may be for Answer.
    bool more = false;
    std::vector<Pending> pending;
  };
  // Takes a few milliseconds at most.
  Question Prepare(const Study& study, int64_t count);

  const std::string& algorithm_name() const {
    return problem_->algorithm_name();
  }

  // Tells the algorithm what has finished. The algorithm's own error, if it has
  // one.
  absl::Status Learn(const Question& question);
  // Learns, and asks the algorithm.
  absl::StatusOr<Proposal> Answer(const Question& question);

 private:
  const std::shared_ptr<const StudyProblem> problem_;
  const Rng rng_;
  std::unique_ptr<Algorithm> algorithm_;
  // What the algorithm has been told: a position in Trials::finished, and how
  // many trials had been erased by then.
  size_t seen_ = 0;
  int64_t erasures_ = 0;
};

}  // namespace apogee
