#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "absl/strings/str_cat.h"
#include "algorithms/stopping/stopper.h"

namespace apogee {
namespace {

// A trial has run to its end when it took this share of the longest one's
// steps.
constexpr double kWhole = 0.9;

// A finished trial, seen from the step that is judged.
struct Example {
  double now;   // what it was worth then, less what the judged one is
  double more;  // by how much it became better until its end
};

// How probable it is that Student's t with so many degrees of freedom is above
// `t`. Wallace, "Bounds on normal approximations to Student's and the
// chi-square distributions", 1959.
double StudentAbove(double t, double freedom) {
  const double z = (8 * freedom + 1) / (8 * freedom + 3) *
                   std::sqrt(freedom * std::log1p(t * t / freedom));
  return std::erfc(std::copysign(z, t) / std::sqrt(2)) / 2;
}

// How probable it is that a trial that is worth 0 now gains more than `wanted`:
// linear regression of gains on what the examples were worth.
double GainsMoreThan(double wanted, const std::vector<Example>& examples) {
  const auto n = static_cast<double>(examples.size());
  double now = 0;
  double more = 0;
  for (const Example& example : examples) {
    now += example.now / n;
    more += example.more / n;
  }
  double variance = 0;
  double covariance = 0;
  for (const Example& example : examples) {
    variance += (example.now - now) * (example.now - now);
    covariance += (example.now - now) * (example.more - more);
  }
  const double slope = variance > 0 ? covariance / variance : 0;
  double squares = 0;
  for (const Example& example : examples) {
    const double residual = example.more - more - slope * (example.now - now);
    squares += residual * residual;
  }
  const double expected = more - slope * now;
  const double away = variance > 0 ? now * now / variance : 0;
  const double spread = std::sqrt(squares / (n - 2) * (1 + 1 / n + away));
  if (spread <= 0) return expected >= wanted ? 1 : 0;
  return StudentAbove((wanted - expected) / spread, n - 2);
}

// Predicts what the trial will come to, with its uncertainty, from what the
// finished ones were worth at the same step and gained until their end, and
// stops it when it is improbable that it becomes the best. After the
// performance curve rule of Golovin et al., "Google Vizier: a service for
// black-box optimization", KDD 2017, section 3.2, with a linear regression in
// the place of its Gaussian process.
class PerformanceCurve : public Stopper {
 public:
  StopDecision Judge(const Curve& trial, Curves others,
                     const StopperOptions& options) const override {
    const int64_t step = trial.steps.back();
    int64_t longest = 0;
    for (const Curve* const curve : others) {
      if (curve->running || curve->steps.empty()) continue;
      longest = std::max(longest, curve->steps.back());
    }
    const double now = *BestUpTo(trial, step);
    double most = now;
    std::vector<Example> examples;
    for (const Curve* const curve : others) {
      if (curve->running || curve->steps.empty()) continue;
      const double best = *BestUpTo(*curve, curve->steps.back());
      most = std::max(most, best);
      const auto then = BestUpTo(*curve, step);
      if (then && static_cast<double>(curve->steps.back()) >=
                      kWhole * static_cast<double>(longest)) {
        examples.push_back({*then - now, best - *then});
      }
    }
    if (const auto early = TooEarly(trial, examples.size(), options)) {
      return *early;
    }
    if (examples.size() < 3) return {false, "3 finished trials are needed"};
    const double probability = GainsMoreThan(most - now, examples);
    const bool hopeless = probability < 1 - options.confidence;
    return {hopeless,
            absl::StrCat("step ", step, ": best value ", options.Shown(now),
                         " becomes better than ", options.Shown(most),
                         " with probability ", probability,
                         hopeless ? ", less than " : ", not less than ",
                         1 - options.confidence, ", by ", examples.size(),
                         " finished trials")};
  }

  std::vector<absl::string_view> Options() const override {
    return {"confidence"};
  }
};

}  // namespace

const Stopper* PerformanceCurveStopper() {
  static const PerformanceCurve& rule = *new PerformanceCurve;
  return &rule;
}

}  // namespace apogee
