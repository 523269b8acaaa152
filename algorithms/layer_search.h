#pragma once

#include <optional>

#include "absl/functional/function_ref.h"
#include "algorithms/architecture.h"
#include "algorithms/layer_tables.h"
#include "base/rng.h"

namespace apogee {

// The guided search: draws a limit of cost, often the target, makes children of
// the best architectures found near it, and picks the one from which most is
// expected within the limit. For limits below the target it draws again where
// none promises to be better than what was found.
// Nothing if no child is new.
std::optional<Architecture> SearchLayers(
    const LayerTables& learned,
    absl::FunctionRef<bool(const Architecture&)> is_new, RandomStream& random);

}  // namespace apogee
