#pragma once

#include <cstdint>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"
#include "apogee/v1/options.pb.h"

namespace apogee {

// How long the workers of a study's running trials still have them. Lives in
// memory only. Not thread-safe.
class Leases {
 public:
  struct Lease {
    absl::Time since;  // the worker has the trial
    absl::Time heard;  // of the worker, last
    absl::Time end;    // InfiniteFuture for never
    // It ends because the worker has had the trial for so long, not because it
    // was silent.
    bool at_limit = false;
  };

  explicit Leases(const apogee::v1::Lease& terms);

  // Whether they end at all.
  bool bounded() const;

  // Begins, or begins anew.
  void Begin(int64_t trial, absl::Time since, absl::Time now);
  // Nothing happens to a trial that has none.
  void Renew(int64_t trial, absl::Time now);
  void End(int64_t trial);

  // Null when the trial has none.
  const Lease* Find(int64_t trial) const;
  // When the next one ends, and whose: (InfiniteFuture, 0) for none.
  std::pair<absl::Time, int64_t> Next() const;

 private:
  absl::Duration silence_;
  absl::Duration limit_;
  absl::flat_hash_map<int64_t, Lease> leases_;
  // Of those that end.
  std::set<std::pair<absl::Time, int64_t>> ends_;
};

}  // namespace apogee
