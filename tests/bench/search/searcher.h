#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/bench/search/problem.h"

namespace apogee {

// What hands out the trials of one run and learns how they ended.
class Searcher {
 public:
  struct Trial {
    int64_t id;  // 1, 2, ...
    Parameters parameters;
    // Of an algorithm with several sources of points, the one that chose this.
    std::string source = {};
  };

  virtual ~Searcher() = default;

  // A trial for this worker; none when there will be no more.
  virtual absl::StatusOr<std::optional<Trial>> Take(const std::string& worker,
                                                    double time) = 0;
  // A trial has ended: `measured` has one value per metric, or nothing when it
  // failed.
  virtual absl::Status Complete(int64_t id, const std::vector<double>& measured,
                                double time) = 0;
  // The processor time that all of this has taken so far.
  virtual double Seconds() const = 0;
};

}  // namespace apogee
