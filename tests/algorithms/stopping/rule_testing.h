#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/stopping/stopper.h"

namespace apogee {

// A finished trial that measured this at steps 1, 2, ...
inline Curve Finished(std::vector<double> values, int64_t trial = 0) {
  Curve curve{.values = std::move(values), .trial = trial};
  for (size_t i = 0; i < curve.values.size(); ++i) {
    curve.steps.push_back(static_cast<int64_t>(i) + 1);
    curve.seconds.push_back(0);
  }
  return curve;
}

inline Curve Running(std::vector<double> values, int64_t trial = 0) {
  Curve curve = Finished(std::move(values), trial);
  curve.running = true;
  return curve;
}

// Finished trials whose value never changes, for so many steps.
inline std::vector<Curve> Flat(const std::vector<double>& values,
                               size_t steps = 10) {
  std::vector<Curve> curves;
  for (const double value : values) {
    curves.push_back(Finished(std::vector<double>(steps, value),
                              static_cast<int64_t>(curves.size()) + 1));
  }
  return curves;
}

inline StopDecision JudgeBy(const std::string& rule, const Curve& trial,
                            const std::vector<Curve>& others,
                            const StopperOptions& options = {}) {
  std::vector<const Curve*> pointers;
  for (const Curve& curve : others) pointers.push_back(&curve);
  return FindStopper(rule)->Judge(trial, pointers, options);
}

}  // namespace apogee
