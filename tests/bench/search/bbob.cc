#include "tests/bench/search/bbob.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/check.h"
#include "tests/bench/search/bbob_random.h"
#include "tests/bench/search/functions.h"

namespace apogee {
namespace {

// Twice Schwefel's best coordinate, as the function and as COCO's list of best
// points have it.
constexpr double kSchwefelOptimum = 4.2096874637;
constexpr double kSchwefelListed = 4.2096874633;
// Lunacek: the centre of the wide funnel.
constexpr double kMu0 = 2.5;

// By how much x leaves [-5, 5], squared.
double OutOfBox(absl::Span<const double> x) {
  double sum = 0;
  for (const double value : x) {
    const double out = std::abs(value) - 5;
    if (out > 0) sum += out * out;
  }
  return sum;
}

double Round(double x) { return std::floor(x + 0.5); }

double FOpt(int function, int instance) {
  // Two functions share the random numbers of their simpler sisters.
  const int number = function == 4 ? 3 : function == 18 ? 17 : function;
  const int64_t seed = number + int64_t{10000} * instance;
  const double ratio = BbobNormal(1, seed)[0] / BbobNormal(1, seed + 1)[0];
  return std::clamp(Round(100 * 100 * ratio) / 100, -1000.0, 1000.0);
}

std::vector<double> XOpt(int dimension, int64_t seed) {
  std::vector<double> x = BbobUniform(dimension, seed);
  for (double& value : x) {
    value = 8 * std::floor(1e4 * value) / 1e4 - 4;
    if (value == 0) value = -1e-5;
  }
  return x;
}

// The order of the numbers: which is smallest, second, ...
std::vector<int> SortedOrder(const std::vector<double>& numbers) {
  std::vector<int> order(numbers.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](int a, int b) { return numbers[a] < numbers[b]; });
  return order;
}

}  // namespace

Bbob::Bbob(int function, int dimension, int instance)
    : function_(function), dimension_(dimension) {
  APOGEE_CHECK(function >= 1 && function <= kFunctions && dimension >= 2);
  const int number = function == 4 ? 3 : function == 18 ? 17 : function;
  const int64_t seed = number + int64_t{10000} * instance;
  f_opt_ = FOpt(function, instance);
  x_opt_ = XOpt(dimension, function == 12 ? seed + 1000000 : seed);
  // 9 and 19 have one rotation, with the seed of the second.
  q_ = BbobRotation(dimension, seed);
  r_ = BbobRotation(dimension, seed + 1000000);

  switch (function) {
    case 4:
      for (int i = 0; i < dimension; i += 2) x_opt_[i] = std::abs(x_opt_[i]);
      break;
    case 5:
      for (double& x : x_opt_) x = x < 0 ? -5 : 5;
      break;
    case 6:
    case 13:
    case 15:
      rq_ = Matrix::Conditioned(r_, 10, q_);
      break;
    case 8:
      for (double& x : x_opt_) x *= 0.75;
      break;
    case 9:
    case 19: {
      const double scale = std::max(1.0, std::sqrt(dimension) / 8);
      x_opt_ = q_.Transposed() * std::vector<double>(dimension, 0.5 / scale);
      break;
    }
    case 16:
      rq_ = Matrix::Conditioned(r_, 0.01, q_);
      break;
    case 20: {
      const std::vector<double> sign = BbobUniform(dimension, seed);
      for (int i = 0; i < dimension; ++i) {
        x_opt_[i] = (sign[i] < 0.5 ? -0.5 : 0.5) * kSchwefelListed;
      }
      break;
    }
    case 21:
    case 22:
      MakePeaks(seed);
      break;
    case 23:
      rq_ = Matrix::Conditioned(r_, 100, q_);
      break;
    case 24: {
      const std::vector<double> sign = BbobNormal(dimension, seed);
      for (int i = 0; i < dimension; ++i) {
        x_opt_[i] = (sign[i] < 0 ? -0.5 : 0.5) * kMu0;
      }
      break;
    }
    default:
      break;
  }
}

void Bbob::MakePeaks(int64_t seed) {
  const int count = function_ == 21 ? 101 : 21;
  const double range = function_ == 21 ? 10 : 9.8;
  const std::vector<int> order = SortedOrder(BbobUniform(count - 1, seed));
  const std::vector<double> centers = BbobUniform(dimension_ * count, seed);
  for (int i = 0; i < count; ++i) {
    // The highest peak is the optimum.
    Peak peak = {.height = 10, .scales = {}, .center = {}};
    double condition = function_ == 21 ? std::sqrt(1000) : 1000;
    if (i > 0) {
      peak.height = (i - 1.0) / (count - 2) * (9.1 - 1.1) + 1.1;
      condition =
          std::pow(1000, static_cast<double>(order[i - 1]) / (count - 2));
    }
    for (const int place :
         SortedOrder(BbobUniform(dimension_, seed + int64_t{1000} * i))) {
      peak.scales.push_back(std::pow(
          condition, static_cast<double>(place) / (dimension_ - 1) - 0.5));
    }
    std::vector<double> center(dimension_);
    for (int j = 0; j < dimension_; ++j) {
      center[j] = range * (centers[i * dimension_ + j] - 0.5);
      if (i == 0) center[j] *= 0.8;
    }
    peak.center = q_ * center;
    if (i == 0) x_opt_ = center;
    peaks_.push_back(std::move(peak));
  }
}

double Bbob::operator()(absl::Span<const double> x) const {
  return Evaluate(x) + f_opt_;
}

double Bbob::Evaluate(absl::Span<const double> x) const {
  const int n = dimension_;
  std::vector<double> z(n);
  for (int i = 0; i < n; ++i) z[i] = x[i] - x_opt_[i];
  switch (function_) {
    case 1:
      return Sphere(z);
    case 2:
      Oscillate(z);
      return Ellipsoid(z);
    case 3:
      Oscillate(z);
      Asymmetric(0.2, z);
      Stretch(10, z);
      return Rastrigin(z);
    case 4: {
      Oscillate(z);
      for (int i = 0; i < n; i += 2) {
        if (z[i] > 0) z[i] *= 10;
      }
      Stretch(10, z);
      return Rastrigin(z) + 100 * OutOfBox(x);
    }
    case 5: {
      double sum = 0;
      for (int i = 0; i < n; ++i) {
        const double slope = std::copysign(
            std::pow(10, static_cast<double>(i) / (n - 1)), x_opt_[i]);
        const bool beyond = x[i] * x_opt_[i] >= 25;
        sum += 5 * std::abs(slope) - slope * (beyond ? x_opt_[i] : x[i]);
      }
      return sum;
    }
    case 6: {
      z = rq_ * z;
      double sum = 0;
      for (int i = 0; i < n; ++i) {
        const double scaled = z[i] * x_opt_[i] > 0 ? 100 * z[i] : z[i];
        sum += scaled * scaled;
      }
      return std::pow(Oscillated(sum), 0.9);
    }
    case 7:
      return StepEllipsoid(z) + OutOfBox(x);
    case 8:
    case 9: {
      const double scale = std::max(1.0, std::sqrt(n) / 8);
      if (function_ == 9) z = q_ * z;
      for (double& value : z) value = scale * value + 1;
      return Rosenbrock(z);
    }
    case 10:
      z = r_ * z;
      Oscillate(z);
      return Ellipsoid(z);
    case 11:
      z = r_ * z;
      Oscillate(z);
      return Discus(z);
    case 12:
      z = r_ * z;
      Asymmetric(0.5, z);
      return BentCigar(r_ * z);
    case 13:
      return SharpRidge(rq_ * z);
    case 14:
      return DifferentPowers(r_ * z);
    case 15:
      z = r_ * z;
      Oscillate(z);
      Asymmetric(0.2, z);
      return Rastrigin(rq_ * z);
    case 16:
      z = r_ * z;
      Oscillate(z);
      return Weierstrass(rq_ * z) + 10.0 / n * OutOfBox(x);
    case 17:
    case 18:
      z = r_ * z;
      Asymmetric(0.5, z);
      z = q_ * z;
      Stretch(function_ == 17 ? 10 : 1000, z);
      return SchafferF7(z) + 10 * OutOfBox(x);
    case 19: {
      const double scale = std::max(1.0, std::sqrt(n) / 8);
      z = q_ * z;
      for (double& value : z) value = scale * value + 1;
      return 10 * GriewankRosenbrock(z);
    }
    case 20:
      return Schwefel(x);
    case 21:
    case 22:
      return Gallagher(x) + OutOfBox(x);
    case 23:
      return Katsuura(rq_ * z) + OutOfBox(x);
    default:
      return Lunacek(x) + 1e4 * OutOfBox(x);
  }
}

double Bbob::StepEllipsoid(absl::Span<const double> z) const {
  std::vector<double> steps = q_ * z;
  Stretch(10, steps);
  const double first = steps[0];
  for (double& step : steps) {
    step = std::abs(step) > 0.5 ? Round(step) : Round(10 * step) / 10;
  }
  const std::vector<double> y = r_ * steps;
  double sum = 0;
  for (int i = 0; i < dimension_; ++i) {
    sum +=
        std::pow(100, static_cast<double>(i) / (dimension_ - 1)) * y[i] * y[i];
  }
  return 0.1 * std::max(std::abs(first) * 1e-4, sum);
}

double Bbob::Schwefel(absl::Span<const double> x) const {
  const int n = dimension_;
  std::vector<double> mirrored(n);
  for (int i = 0; i < n; ++i) {
    mirrored[i] = x_opt_[i] < 0 ? -2 * x[i] : 2 * x[i];
  }
  // Each coordinate depends on the one before it.
  std::vector<double> z = mirrored;
  for (int i = 1; i < n; ++i) {
    z[i] += 0.25 * (mirrored[i - 1] - kSchwefelOptimum);
  }
  for (double& value : z) value -= kSchwefelOptimum;
  Stretch(10, z);
  double sum = 0;
  double out_of_box = 0;
  for (const double value : z) {
    const double wide = 100 * (value + kSchwefelOptimum);
    sum += wide * std::sin(std::sqrt(std::abs(wide)));
    const double out = std::abs(wide) - 500;
    if (out > 0) out_of_box += out * out;
  }
  return 0.01 * (out_of_box + 418.9828872724339 - sum / n);
}

double Bbob::Gallagher(absl::Span<const double> x) const {
  const std::vector<double> rotated = q_ * x;
  double highest = 0;
  for (const Peak& peak : peaks_) {
    double square = 0;
    for (int j = 0; j < dimension_; ++j) {
      const double distance = rotated[j] - peak.center[j];
      square += peak.scales[j] * distance * distance;
    }
    highest =
        std::max(highest, peak.height * std::exp(-0.5 / dimension_ * square));
  }
  const double depth = Oscillated(10 - highest);
  return depth * depth;
}

double Bbob::Lunacek(absl::Span<const double> x) const {
  const int n = dimension_;
  const double s = 1 - 0.5 / (std::sqrt(n + 20) - 4.1);
  const double mu1 = -std::sqrt((kMu0 * kMu0 - 1) / s);
  double wide = 0;
  double narrow = 0;
  std::vector<double> z(n);
  for (int i = 0; i < n; ++i) {
    const double mirrored = x_opt_[i] < 0 ? -2 * x[i] : 2 * x[i];
    wide += (mirrored - kMu0) * (mirrored - kMu0);
    narrow += (mirrored - mu1) * (mirrored - mu1);
    z[i] = mirrored - kMu0;
  }
  z = q_ * z;
  Stretch(100, z);
  double cosines = 0;
  for (const double value : r_* z) cosines += std::cos(2 * M_PI * value);
  return std::min(wide, n + s * narrow) + 10 * (n - cosines);
}

const char* BbobName(int function) {
  constexpr const char* kNames[Bbob::kFunctions] = {
      "Sphere",
      "Ellipsoid",
      "Rastrigin",
      "Bueche-Rastrigin",
      "Linear slope",
      "Attractive sector",
      "Step ellipsoid",
      "Rosenbrock",
      "Rosenbrock, rotated",
      "Ellipsoid, rotated",
      "Discus",
      "Bent cigar",
      "Sharp ridge",
      "Different powers",
      "Rastrigin, rotated",
      "Weierstrass",
      "Schaffer F7",
      "Schaffer F7, condition 1000",
      "Griewank-Rosenbrock",
      "Schwefel",
      "Gallagher, 101 peaks",
      "Gallagher, 21 peaks",
      "Katsuura",
      "Lunacek bi-Rastrigin",
  };
  return kNames[function - 1];
}

}  // namespace apogee
