#include "algorithms/cat_cma.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "algorithms/math/integer_margin.h"

namespace apogee {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

// Of the steps, in ranges; smaller ones are below what doubles can tell.
constexpr double kSmallestStep = 1e-12;
constexpr double kLargestStep = 1e3;
constexpr double kLargestCondition = 1e14;

bool IsChoice(const Dimension& dimension) {
  return dimension.IsCategorical() || dimension.cardinality == 2;
}

bool IsPlace(const Dimension& dimension) {
  return dimension.cardinality != 1 && !IsChoice(dimension);
}

// How far from each end of its range a place is bent.
constexpr double kBend = 0.05;

// The place that stands for a coordinate near the low end of its range ...
double Unbend(double x) {
  return x < kBend ? 2 * std::sqrt(kBend * std::max(x, 0.0)) - kBend : x;
}

// ... and back, for a place of -kBend or more.
double Bend(double place) {
  return place < kBend ? (place + kBend) * (place + kBend) / (4 * kBend)
                       : place;
}

// The endless line of places, folded and bent into [0, 1].
double RealAt(double place) {
  constexpr double kLength = 1 + 2 * kBend;
  double within = std::abs(std::fmod(place + kBend, 2 * kLength));
  within = std::min(within, 2 * kLength - within) - kBend;
  return within < 0.5 ? Bend(within) : 1 - Bend(1 - within);
}

double PlaceOf(double real) {
  return real < 0.5 ? Unbend(real) : 1 - Unbend(1 - real);
}

IntegerCell CellAt(const SearchSpace& space, int dimension, double place) {
  const int64_t index = space.ValueIndexOf(dimension, place);
  const int64_t last = space.dimension(dimension).cardinality - 1;
  const double center = space.CoordinateOf(dimension, index);
  const auto border = [&](int64_t neighbour) {
    return (center + space.CoordinateOf(dimension, neighbour)) / 2;
  };
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  return {.low = index == 0 ? -kInfinity : border(index - 1),
          .high = index == last ? kInfinity : border(index + 1),
          .center = center};
}

Cma::Shape ShapeFor(CatCma::Covariance wanted, size_t places) {
  return wanted == CatCma::Covariance::kFull ||
                 (wanted == CatCma::Covariance::kAuto &&
                  places <= CatCma::kMaxAuto)
             ? Cma::Shape::kFull
             : Cma::Shape::kSeparable;
}

}  // namespace

CatCma::CatCma(const SearchSpace* space, const Point& center,
               const Settings& settings)
    : space_(space) {
  std::vector<int> cardinalities;
  std::vector<double> mean;
  for (int i = 0; i < space->size(); ++i) {
    const Dimension& dimension = space->dimension(i);
    if (IsPlace(dimension)) {
      if (dimension.cardinality > 0) {
        integers_.push_back({static_cast<int>(places_.size()), 0.5, false});
      }
      places_.push_back(i);
      const double at = IsActive(center[i]) ? center[i] : 0.5;
      mean.push_back(dimension.cardinality > 0 ? at : PlaceOf(at));
    } else if (dimension.cardinality > 1) {
      choices_.push_back(i);
      cardinalities.push_back(static_cast<int>(dimension.cardinality));
    }
  }
  const size_t finite = integers_.size() + choices_.size();
  if (finite > 0) {
    margin_ = 1 - std::pow(0.73, 1.0 / static_cast<double>(finite));
  }
  population_ =
      settings.population > 0
          ? std::max(4, settings.population)
          : 4 + static_cast<int>(3 * std::log(std::max(1, dimensions())));
  if (!places_.empty()) {
    const auto size = static_cast<Eigen::Index>(mean.size());
    cma_.emplace(VectorXd::Map(mean.data(), size),
                 VectorXd::Constant(size, settings.step), population_,
                 ShapeFor(settings.covariance, places_.size()));
  }
  asng_.emplace(cardinalities, margin_);
}

int CatCma::dimensions() const {
  return static_cast<int>(places_.size() + choices_.size());
}

int CatCma::CountPlaces(const SearchSpace& space) {
  return static_cast<int>(std::count_if(space.dimensions().begin(),
                                        space.dimensions().end(), IsPlace));
}

CatCma::Sample CatCma::Draw(RandomStream random) const {
  Sample sample;
  if (cma_) sample.places = cma_->Sample(random);
  sample.choices = asng_->Sample(random);
  return sample;
}

Point CatCma::PointOf(const Sample& sample) const {
  Point point(space_->size(), 0.0);
  for (size_t i = 0; i < places_.size(); ++i) {
    const double place = sample.places[static_cast<Eigen::Index>(i)];
    const bool integer = space_->dimension(places_[i]).cardinality > 0;
    point[places_[i]] = integer ? place : RealAt(place);
  }
  for (size_t i = 0; i < choices_.size(); ++i) {
    point[choices_[i]] = space_->CoordinateOf(choices_[i], sample.choices[i]);
  }
  space_->Normalize(point);
  return point;
}

void CatCma::Complete(const Point& point, Sample& sample) const {
  const Point drawn = PointOf(sample);
  sample.active = VectorXd::Zero(sample.places.size());
  for (size_t i = 0; i < places_.size(); ++i) {
    const double at = point[places_[i]];
    if (!IsActive(at)) continue;
    const auto row = static_cast<Eigen::Index>(i);
    sample.active[row] = 1;
    // Values are rounded on their way through a trial.
    if (std::abs(at - drawn[places_[i]]) < 1e-9) continue;
    const bool integer = space_->dimension(places_[i]).cardinality > 0;
    sample.places[row] = integer ? at : PlaceOf(at);
  }
  for (size_t i = 0; i < choices_.size(); ++i) {
    const double at = point[choices_[i]];
    sample.choices[i] =
        IsActive(at) ? static_cast<int>(space_->ValueIndexOf(choices_[i], at))
                     : Asng::kNoChoice;
  }
}

void CatCma::Learn(absl::Span<const Sample* const> ranked) {
  if (cma_) {
    const auto columns = static_cast<Eigen::Index>(ranked.size());
    MatrixXd draws(cma_->dimensions(), columns);
    MatrixXd informed(cma_->dimensions(), columns);
    for (Eigen::Index k = 0; k < columns; ++k) {
      draws.col(k) = ranked[k]->places;
      informed.col(k) = ranked[k]->active;
    }
    CenterIntegers(informed, draws);
    cma_->Update(draws, informed);
    if (cma_->Condition() < kLargestCondition) KeepMargins();
  }
  const std::vector<double> weights = ParentWeights(population_);
  std::vector<std::vector<int>> good;
  for (size_t k = 0; k < weights.size(); ++k) {
    good.push_back(ranked[k]->choices);
  }
  asng_->Update(good, weights);
}

void CatCma::LearnNothing() {
  if (cma_ && LargestStep() < 1) cma_->Widen();
}

void CatCma::CenterIntegers(const MatrixXd& informed, MatrixXd& ranked) {
  for (Integer& integer : integers_) {
    const int dimension = places_[integer.place];
    std::vector<IntegerDraw> draws;
    for (Eigen::Index k = 0; k < population_ / 2; ++k) {
      if (informed(integer.place, k) == 0) continue;
      const double x = ranked(integer.place, k);
      draws.push_back({x, CellAt(*space_, dimension, x)});
    }
    integer.paid =
        CenterDraws(CellAt(*space_, dimension, cma_->mean()[integer.place]),
                    absl::MakeSpan(draws));
    auto draw = draws.begin();
    for (Eigen::Index k = 0; k < population_ / 2; ++k) {
      if (informed(integer.place, k) == 0) continue;
      ranked(integer.place, k) = (draw++)->x;
    }
  }
}

void CatCma::KeepMargins() {
  for (Integer& integer : integers_) {
    const double mean = cma_->mean()[integer.place];
    const IntegerMarginal corrected = KeepMargin(
        {mean, cma_->Sd(integer.place), integer.mutation},
        CellAt(*space_, places_[integer.place], mean), margin_, integer.paid);
    cma_->SetMarginal(integer.place, corrected.mean, corrected.sd);
    integer.mutation = corrected.mutation;
  }
}

double CatCma::LargestStep() const {
  double largest = 0;
  for (int i = 0; i < cma_->dimensions(); ++i) {
    largest = std::max(largest, cma_->Sd(i, false));
  }
  return largest;
}

bool CatCma::IsSpent() const {
  if (!cma_) return false;
  const double step = LargestStep();
  return !(cma_->Condition() < kLargestCondition && kSmallestStep < step &&
           step < kLargestStep);
}

}  // namespace apogee
