#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "algorithms/layer_space.h"
#include "algorithms/math/effects.h"
#include "algorithms/space/search_space.h"

namespace apogee {

// What architectures of NATS-Bench cost with 10 classes (Dong et al.,
// "NATS-Bench: benchmarking NAS algorithms for architecture topology and size",
// 2021):
//   nats_size_parameters, nats_size_flops
//     five parameters, the channels of the stages
//   nats_topology_parameters, nats_topology_flops
//     six parameters, the operations on the edges of a cell: none,
//     skip_connect, nor_conv_1x1, nor_conv_3x3, avg_pool_3x3
// INVALID_ARGUMENT  there is no such formula, or it is for other parameters
absl::StatusOr<Effects> FormulaCost(const std::string& formula,
                                    const SearchSpace& space,
                                    const LayerSpace& layers);

}  // namespace apogee
