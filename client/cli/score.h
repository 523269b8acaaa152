#pragma once

#include <optional>
#include <string>
#include <vector>

#include "vizier/study.pb.h"

namespace apogee {

// Which trial is better.

// The metrics to optimise: those that are not safety constraints.
std::vector<const vizier::StudySpec::MetricSpec*> Objectives(
    const vizier::StudySpec& spec);

// "maximize" or "minimize".
std::string GoalName(const vizier::StudySpec::MetricSpec& metric);

// Whether the metric's value `a` is better than `b`.
bool IsBetter(const vizier::StudySpec::MetricSpec& metric, double a, double b);

// The value of the metric, if it was measured.
std::optional<double> FindMetric(const vizier::Measurement& measurement,
                                 const std::string& id);

// The value of the only objective of a trial that may be the best one:
// succeeded, finite, and on the right side of every safety threshold.
std::optional<double> Objective(const vizier::StudySpec& spec,
                                const vizier::Trial& trial);

// The trials with an Objective, best first, at most `count`.
std::vector<vizier::Trial> BestTrials(const vizier::StudySpec& spec,
                                      std::vector<vizier::Trial> trials,
                                      size_t count);

// `spec` with its first objective alone, and without the metric of that id: for
// questions about that objective under a bound that is checked elsewhere.
vizier::StudySpec FirstObjective(vizier::StudySpec spec,
                                 const std::string& without);

}  // namespace apogee
