#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace apogee {

struct LargeStudy {
  std::string study;  // without "owners/bench/studies/"
  int64_t trials = 0;
  int metrics = 1;
};

// Makes an apogeed store of these studies, full of finished trials (example.h),
// without the detour over a server for each trial.
void FillStore(const std::string& directory, const std::string& file,
               const std::vector<LargeStudy>& studies);

}  // namespace apogee
