#pragma once

#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "algorithms/math/asng.h"
#include "algorithms/math/cma.h"
#include "algorithms/space/search_space.h"
#include "base/rng.h"

namespace apogee {

// The distribution over the points of a space that CMA_ES searches with: CatCMA
// with margin (Hamano et al., GECCO 2025). Doubles, and integers and discrete
// parameters of three values or more, follow a common normal distribution;
// categories and all parameters of two values follow probabilities of their
// own. Without the latter two it is plain CMA-ES.
//
// A double that is drawn outside its range is mirrored at the border, and near
// it the mirror is smooth, as in Hansen's own program: to the distribution the
// range looks endless, and an optimum at the border like one within. A draw of
// an integer stands for the nearest one, and keeps a probability (the margin)
// to be another than the likeliest, as do categories.
class CatCma {
 public:
  // Numeric parameters that covariances are learnt for.
  enum class Covariance { kAuto, kFull, kSeparable };
  // kAuto learns them up to this many, kFull works up to the other.
  static constexpr int kMaxAuto = 100;
  static constexpr int kMaxFull = 200;

  struct Settings {
    // Samples of a generation, at least 4; 0 for the usual 4 + 3 ln(size).
    int population = 0;
    // Standard deviation at the start, as a share of the range.
    double step = 0.2;
    Covariance covariance = Covariance::kAuto;
  };

  // A draw. What is inactive in its point is drawn, too.
  struct Sample {
    Eigen::VectorXd places;
    Eigen::VectorXd active;    // 1 for each place that is active, else 0
    std::vector<int> choices;  // value indices, Asng::kNoChoice where inactive
  };

  // Around `center`, every category being as likely as the others. `space`
  // outlives this.
  CatCma(const SearchSpace* space, const Point& center,
         const Settings& settings);

  // Samples of a generation.
  int population() const { return population_; }
  // Parameters with more than one value.
  int dimensions() const;
  // Places of the normal distribution.
  static int CountPlaces(const SearchSpace& space);

  Sample Draw(RandomStream random) const;
  Point PointOf(const Sample& sample) const;
  // Completes a draw from the point that was made of it, which has the last
  // word should it be another.
  void Complete(const Point& point, Sample& sample) const;

  // Learns a generation of complete draws, best first. A coordinate that was
  // inactive moves neither the mean nor probabilities.
  void Learn(absl::Span<const Sample* const> ranked);
  // Learns that all samples of a generation were equally good.
  void LearnNothing();

  // Whether steps have become too small, too large or too unequal to go on.
  bool IsSpent() const;

 private:
  struct Integer {
    int place;
    double mutation;  // see IntegerMarginal
    bool paid;
  };

  void CenterIntegers(const Eigen::MatrixXd& informed, Eigen::MatrixXd& ranked);
  void KeepMargins();
  double LargestStep() const;

  const SearchSpace* space_;
  int population_;
  // The dimensions of the normal distribution, and of the others.
  std::vector<int> places_;
  std::vector<int> choices_;
  std::vector<Integer> integers_;
  double margin_ = 0;
  std::optional<Cma> cma_;  // absent when there are no places
  std::optional<Asng> asng_;
};

}  // namespace apogee
