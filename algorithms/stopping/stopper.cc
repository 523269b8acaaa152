#include "algorithms/stopping/stopper.h"

#include "absl/strings/string_view.h"

namespace apogee {

#define STOPPER(name, file, factory) const Stopper* factory();
#include "algorithms/stopping/stoppers.inc"
#undef STOPPER

namespace {

constexpr absl::string_view kDefaultStopper = "MEDIAN";

struct RegisteredStopper {
  absl::string_view name;
  const Stopper* (*get)();
};

constexpr RegisteredStopper kStoppers[] = {
#define STOPPER(name, file, factory) {name, factory},
#include "algorithms/stopping/stoppers.inc"
#undef STOPPER
};

}  // namespace

const Stopper* FindStopper(absl::string_view name) {
  if (name.empty()) name = kDefaultStopper;
  for (const RegisteredStopper& stopper : kStoppers) {
    if (stopper.name == name) return stopper.get();
  }
  return nullptr;
}

std::vector<std::string> StopperNames() {
  std::vector<std::string> names;
  for (const RegisteredStopper& stopper : kStoppers) {
    names.emplace_back(stopper.name);
  }
  return names;
}

}  // namespace apogee
