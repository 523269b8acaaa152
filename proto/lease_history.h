#pragma once

#include <string>

#include "apogee/v1/worker.pb.h"
#include "vizier/study.pb.h"

namespace apogee {

// Where a trial keeps how it was lost: its metadata, as JSON text, in the
// namespace kOptionsNamespace.
inline constexpr char kLeasesKey[] = "leases";

// Whether this is the entry.
bool IsLeaseHistory(const vizier::KeyValue& entry);

// Empty when the trial was never lost, or its entry is not one of ours.
apogee::v1::LeaseHistory ReadLeaseHistory(const vizier::Trial& trial);
// An empty history takes the entry away.
void WriteLeaseHistory(const apogee::v1::LeaseHistory& history,
                       vizier::Trial& trial);

// "lost 2 times; its last worker, "w", was silent for 60 s"; "" when it never
// was.
std::string DescribeLoss(const apogee::v1::LeaseHistory& history);

// Whether the trial was lost once too often, and nobody has answered since.
bool IsGivenUp(const vizier::Trial& trial);

}  // namespace apogee
