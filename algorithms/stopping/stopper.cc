#include "algorithms/stopping/stopper.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace apogee {

#define STOPPER(name, file, factory) const Stopper* factory();
#include "algorithms/stopping/stoppers.inc"
#undef STOPPER

namespace {

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

std::optional<StopDecision> TooEarly(const Curve& trial, size_t compared,
                                     const StopperOptions& options) {
  const int64_t step = trial.steps.back();
  if (step < options.min_steps) {
    return StopDecision{
        false, absl::StrCat("step ", step, " is before step ",
                            options.min_steps, ", the first that is judged")};
  }
  const int64_t needed = std::max<int64_t>(options.min_trials, 1);
  if (static_cast<int64_t>(compared) >= needed) return std::nullopt;
  return StopDecision{
      false, absl::StrCat(compared, " of the ", needed,
                          " finished trials needed to compare with have "
                          "measurements up to step ",
                          step)};
}

const Stopper* FindStopper(absl::string_view name) {
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
