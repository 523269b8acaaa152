#pragma once

#include <vector>

#include "storage/datastore.h"

namespace apogee {

// What every schemas/schema_*.db holds. Written once with each schema and never
// changed, so that later versions can be tried on what earlier ones wrote.
std::vector<Commit> KeptCommits();

}  // namespace apogee
