#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "algorithms/space/search_space.h"
#include "base/rng.h"

namespace apogee {

// A finished trial, as algorithms see it.
struct Observation {
  int64_t trial_id;
  Point point;
  // One value per metric of the problem, in its order, and always to be
  // maximized. Empty when the trial is infeasible or a metric is missing or not
  // finite.
  std::vector<double> metrics;
  // What the algorithm noted when it suggested the point; empty for points from
  // elsewhere.
  std::string memo;

  bool IsFeasible() const { return !metrics.empty(); }
};

// A trial that was handed out or waits for a worker, and has not finished.
struct Pending {
  int64_t trial_id;
  Point point;
  std::string memo;
};

// A point and the algorithm's own note about it. The memo is stored with the
// trial and comes back in its Observation.
struct Suggestion {
  Point point;
  std::string memo;
};

// A question for points.
struct Ask {
  // How many are wanted, 1 or more.
  int count;
  // How many points the algorithm has ever given to this study.
  int64_t ordinal;
  // Handed out and not finished; replaces any earlier list.
  absl::Span<const Pending> pending;
  // The i-th point of the answer may draw from rng.At(ordinal + i).
  const Rng& rng;
};

// A search method working on one study.
//
// Law: the state is a function of the problem and of the observations in the
// order given, so it can always be rebuilt from the trials.
// Not thread-safe; the caller owns the instance for the length of a call. Never
// blocks, logs, or looks at a clock.
class Algorithm {
 public:
  virtual ~Algorithm() = default;

  // Learns finished trials. Called with each trial exactly once, in the order
  // they finished.
  virtual absl::Status Observe(absl::Span<const Observation> finished) = 0;

  // Proposes up to `ask.count` points; fewer when the space is spent. Const:
  // asking twice gives the same answer, and asking for one point after the
  // other gives the points that one larger question gives when nothing was
  // observed in between and the earlier points are pending.
  virtual absl::StatusOr<std::vector<Suggestion>> Suggest(
      const Ask& ask) const = 0;
};

}  // namespace apogee
