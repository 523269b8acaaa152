#include "base/check.h"

#include <cstdlib>

#include "spdlog/spdlog.h"

namespace apogee::internal {

void CheckFailed(const char* condition, const char* file, int line) {
  spdlog::critical("check failed at {}:{}: {}", file, line, condition);
  spdlog::default_logger()->flush();
  std::abort();
}

}  // namespace apogee::internal
