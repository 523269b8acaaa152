#pragma once

#include "apogee/v1/admin.pb.h"

namespace apogee {

// What this server can run, as `apogee algorithm list | show` tells it.
apogee::v1::ListAlgorithmsResponse DescribeAlgorithms();

}  // namespace apogee
