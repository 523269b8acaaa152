#include "algorithms/space/constraint_set.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/nearest.h"
#include "proto/print.h"

namespace apogee {
namespace {

// What rounding may cost, relative to the sizes of the terms.
constexpr double kTolerance = 1e-9;
// Constraints that pull against each other are served in turn, so many times.
constexpr int kMostTurns = 200;
// Rounding leaves about half a step for each parameter to mend.
constexpr int kMostSteps = 1000;

}  // namespace

// The numbers of a point's constrained parameters while they are being moved.
class ConstraintSet::Numbers {
 public:
  Numbers(absl::Span<const Domain> domains, absl::Span<double> point)
      : domains_(domains), point_(point), numbers_(point.size(), 0) {}

  void Read(const Constraint& constraint) {
    for (const int i : constraint.dimensions) {
      numbers_[i] = IsActive(point_[i]) ? domains_[i].NumberAt(point_[i]) : 0;
    }
  }

  // By how much the sum, and `more`, would have to grow; 0 where the constraint
  // holds.
  double Missing(const Constraint& constraint, double more = 0) const {
    double sum = more;
    double size = 1;
    for (size_t k = 0; k < constraint.dimensions.size(); ++k) {
      const double term =
          constraint.weights[k] * numbers_[constraint.dimensions[k]];
      sum += term;
      size += std::abs(term);
    }
    const double missing =
        std::clamp(sum, constraint.min, constraint.max) - sum;
    return std::abs(missing) <= kTolerance * size ? 0 : missing;
  }

  // Moves every parameter by the same share of the way it has to go to its
  // bound, then steps those that are not continuous until the rest is smaller
  // than a step, and leaves the rest to the others.
  void Serve(const Constraint& constraint) {
    const std::vector<double> before = numbers_;
    Spread(constraint, /*continuous_only=*/false);
    for (int i = 0; i < kMostSteps && Step(constraint, before); ++i) {
    }
    Spread(constraint, /*continuous_only=*/true);
  }

 private:
  bool IsContinuous(int i) const {
    return domains_[i].kind() == Dimension::Kind::kDouble;
  }

  void Put(int i, double number) {
    point_[i] = domains_[i].CoordinateNear(number);
    numbers_[i] = domains_[i].NumberAt(point_[i]);
  }

  void Spread(const Constraint& constraint, bool continuous_only) {
    const double missing = Missing(constraint);
    if (missing == 0) return;
    std::vector<double> ways(constraint.dimensions.size(), 0);
    double all = 0;
    for (size_t k = 0; k < ways.size(); ++k) {
      const int i = constraint.dimensions[k];
      if (!IsActive(point_[i]) || (continuous_only && !IsContinuous(i))) {
        continue;
      }
      const bool up = (missing > 0) == (constraint.weights[k] > 0);
      const double end = domains_[i].NumberAt(up ? 1 : 0);
      ways[k] = end - numbers_[i];
      all += std::abs(ways[k] * constraint.weights[k]);
    }
    if (!(all > 0)) return;
    const double share = std::min(1.0, std::abs(missing) / all);
    for (size_t k = 0; k < ways.size(); ++k) {
      const int i = constraint.dimensions[k];
      if (ways[k] != 0) Put(i, numbers_[i] + share * ways[k]);
    }
  }

  // Moves one parameter to its next value, the one that then differs least
  // from where it was `before`; false when none brings the sum nearer.
  bool Step(const Constraint& constraint, const std::vector<double>& before) {
    const double missing = Missing(constraint);
    if (missing == 0) return false;
    int best = -1;
    double best_number = 0;
    double best_distance = 0;
    for (size_t k = 0; k < constraint.dimensions.size(); ++k) {
      const int i = constraint.dimensions[k];
      if (!IsActive(point_[i]) || IsContinuous(i)) continue;
      const bool up = (missing > 0) == (constraint.weights[k] > 0);
      const int64_t index = domains_[i].ValueIndexOf(point_[i]) + (up ? 1 : -1);
      if (index < 0 || index >= domains_[i].cardinality()) continue;
      const double number =
          domains_[i].NumberAt(domains_[i].CoordinateOf(index));
      const double gain = constraint.weights[k] * (number - numbers_[i]);
      if (std::abs(Missing(constraint, gain)) >= std::abs(missing)) continue;
      const double distance =
          std::abs((number - before[i]) * constraint.weights[k]);
      if (best < 0 || distance < best_distance) {
        best = i;
        best_number = number;
        best_distance = distance;
      }
    }
    if (best < 0) return false;
    Put(best, best_number);
    return true;
  }

  absl::Span<const Domain> domains_;
  absl::Span<double> point_;
  std::vector<double> numbers_;
};

absl::StatusOr<ConstraintSet> ConstraintSet::Create(
    absl::Span<const LinearConstraint> constraints,
    absl::Span<const Domain> domains) {
  std::vector<std::string> names;
  for (const Domain& domain : domains) names.push_back(domain.name());
  ConstraintSet set;
  for (const LinearConstraint& given : constraints) {
    Constraint constraint{
        .text = given.text, .min = given.min, .max = given.max};
    const auto error = [&](const std::string& parameter,
                           absl::string_view what) {
      return absl::InvalidArgumentError(
          absl::StrCat("constraint ", Quoted(given.text), ": parameter ",
                       Quoted(parameter), " ", what));
    };
    for (const LinearConstraint::Term& term : given.terms) {
      bool found = false;
      for (size_t i = 0; i < domains.size(); ++i) {
        if (domains[i].name() != term.parameter) continue;
        if (domains[i].kind() == Dimension::Kind::kCategorical) {
          return error(term.parameter, "is categorical; it has no number");
        }
        constraint.dimensions.push_back(static_cast<int>(i));
        constraint.weights.push_back(term.weight);
        found = true;
      }
      if (!found) {
        return error(term.parameter,
                     absl::StrCat("is not in the search space",
                                  DidYouMean(term.parameter, names)));
      }
    }
    set.constraints_.push_back(std::move(constraint));
  }
  return set;
}

absl::Status ConstraintSet::Check(absl::Span<const Domain> domains,
                                  absl::Span<const double> point) const {
  std::vector<double> copy(point.begin(), point.end());
  Numbers numbers(domains, absl::MakeSpan(copy));
  for (const Constraint& constraint : constraints_) {
    numbers.Read(constraint);
    if (const double missing = numbers.Missing(constraint); missing != 0) {
      return absl::InvalidArgumentError(absl::StrCat(
          "constraint ", Quoted(constraint.text),
          " does not hold: it is missed by ", NumberText(std::abs(missing))));
    }
  }
  return absl::OkStatus();
}

bool ConstraintSet::Repair(absl::Span<const Domain> domains,
                           absl::Span<double> point) const {
  Numbers numbers(domains, point);
  for (const Constraint& constraint : constraints_) numbers.Read(constraint);
  for (int turn = 0; turn < kMostTurns; ++turn) {
    bool holds = true;
    for (const Constraint& constraint : constraints_) {
      if (numbers.Missing(constraint) == 0) continue;
      holds = false;
      numbers.Serve(constraint);
    }
    if (holds) return true;
  }
  return false;
}

}  // namespace apogee
