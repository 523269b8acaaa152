#include "server/engine/leases.h"

#include <algorithm>

namespace apogee {

Leases::Leases(const apogee::v1::Lease& terms)
    : silence_(terms.has_seconds() ? absl::Seconds(terms.seconds())
                                   : absl::InfiniteDuration()),
      limit_(terms.has_trial_seconds() ? absl::Seconds(terms.trial_seconds())
                                       : absl::InfiniteDuration()) {}

bool Leases::bounded() const {
  return std::min(silence_, limit_) < absl::InfiniteDuration();
}

void Leases::Begin(int64_t trial, absl::Time since, absl::Time now) {
  End(trial);
  Lease& lease = leases_[trial];
  lease.since = since;
  lease.heard = now;
  lease.at_limit = since + limit_ < now + silence_;
  lease.end = lease.at_limit ? since + limit_ : now + silence_;
  if (bounded()) ends_.emplace(lease.end, trial);
}

void Leases::Renew(int64_t trial, absl::Time now) {
  const auto it = leases_.find(trial);
  if (it != leases_.end()) Begin(trial, it->second.since, now);
}

void Leases::End(int64_t trial) {
  const auto it = leases_.find(trial);
  if (it == leases_.end()) return;
  ends_.erase({it->second.end, trial});
  leases_.erase(it);
}

const Leases::Lease* Leases::Find(int64_t trial) const {
  const auto it = leases_.find(trial);
  return it == leases_.end() ? nullptr : &it->second;
}

std::pair<absl::Time, int64_t> Leases::Next() const {
  return ends_.empty() ? std::make_pair(absl::InfiniteFuture(), int64_t{0})
                       : *ends_.begin();
}

}  // namespace apogee
