#include "tests/bench/regressor/plain_gp.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "algorithms/regressor/outcome_warp.h"
#include "base/rng.h"

namespace apogee {
namespace {

constexpr int kDraws = 300;
constexpr int kRefinements = 150;

using Eigen::MatrixXd;
using Eigen::VectorXd;

// A study's points as vectors: numbers scaled to [0, 1], by their logarithm
// where they span powers of ten; a coordinate for each category.
class Coordinates {
 public:
  explicit Coordinates(absl::Span<const NamedPoint> range) {
    for (const NamedPoint& point : range) {
      for (const NamedValue& parameter : point) {
        if (const auto* word = std::get_if<std::string>(&parameter.value)) {
          columns_.try_emplace(absl::StrCat(parameter.name, "=", *word));
          continue;
        }
        const double value = std::get<double>(parameter.value);
        Column& column = columns_[parameter.name];
        column.low = std::min(column.low, value);
        column.high = std::max(column.high, value);
      }
    }
    for (auto& [name, column] : columns_) {
      column.log = column.low > 0 && column.high > 30 * column.low;
    }
  }

  int size() const { return static_cast<int>(columns_.size()); }

  VectorXd Of(const NamedPoint& point) const {
    std::map<std::string, double> values;
    for (const NamedValue& parameter : point) {
      if (const auto* word = std::get_if<std::string>(&parameter.value)) {
        values[absl::StrCat(parameter.name, "=", *word)] = 1;
      } else {
        values[parameter.name] = std::get<double>(parameter.value);
      }
    }
    VectorXd vector(size());
    int i = 0;
    for (const auto& [name, column] : columns_) {
      const auto found = values.find(name);
      vector[i++] = found == values.end() ? column.Absent()
                                          : column.Scaled(found->second);
    }
    return vector;
  }

 private:
  struct Column {
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();
    bool log = false;

    bool IsCategory() const { return low > high; }
    double Absent() const { return IsCategory() ? 0 : .5; }
    double Scaled(double value) const {
      if (IsCategory()) return value;
      if (high == low) return .5;
      return log ? std::log(value / low) / std::log(high / low)
                 : (value - low) / (high - low);
    }
  };
  std::map<std::string, Column> columns_;
};

struct Hyperparameters {
  VectorXd log_scales;
  double log_noise;
};

double Matern(double distance) {
  const double x = std::sqrt(5.0) * distance;
  return (1 + x + x * x / 3) * std::exp(-x);
}

MatrixXd Kernel(const MatrixXd& a, const MatrixXd& b,
                const Hyperparameters& by) {
  const Eigen::ArrayXd inverse = (-by.log_scales.array()).exp();
  MatrixXd kernel(a.cols(), b.cols());
  for (Eigen::Index i = 0; i < a.cols(); ++i) {
    for (Eigen::Index j = 0; j < b.cols(); ++j) {
      kernel(i, j) =
          Matern(((a.col(i) - b.col(j)).array() * inverse).matrix().norm());
    }
  }
  return kernel;
}

class Fit {
 public:
  Fit(const MatrixXd& x, const VectorXd& y, Hyperparameters by)
      : x_(x), by_(std::move(by)) {
    MatrixXd kernel = Kernel(x, x, by_);
    kernel.diagonal().array() += std::exp(2 * by_.log_noise);
    const Eigen::LLT<MatrixXd> root(kernel);
    weights_ = root.solve(y);
    // The amplitude in closed form.
    const auto count = static_cast<double>(y.size());
    const double amplitude = y.dot(weights_) / count;
    log_posterior_ =
        -.5 * count * std::log(std::max(amplitude, 1e-12)) -
        root.matrixL().toDenseMatrix().diagonal().array().log().sum() -
        .5 * (by_.log_scales.array() / 1.0).square().sum() -
        .5 * std::pow((by_.log_noise + 4) / 1.5, 2);
  }

  double log_posterior() const { return log_posterior_; }
  const Hyperparameters& by() const { return by_; }
  VectorXd Means(const MatrixXd& queries) const {
    return Kernel(queries, x_, by_) * weights_;
  }

 private:
  MatrixXd x_;
  Hyperparameters by_;
  VectorXd weights_;
  double log_posterior_;
};

}  // namespace

std::vector<double> PlainGpMedians(const StudyText& study,
                                   absl::Span<const NamedTrial> finished,
                                   absl::Span<const NamedPoint> range,
                                   absl::Span<const NamedPoint> queries) {
  const Coordinates coordinates(range);
  std::vector<double> values;
  std::vector<VectorXd> points;
  values.reserve(finished.size());
  points.reserve(finished.size());
  for (const NamedTrial& trial : finished) {
    if (!trial.value) continue;
    values.push_back(*trial.value);
    points.push_back(coordinates.Of(trial.point));
  }
  const OutcomeWarp warp(values, study.maximize);
  const auto count = static_cast<Eigen::Index>(values.size());
  MatrixXd x(coordinates.size(), count);
  VectorXd y(count);
  for (Eigen::Index i = 0; i < count; ++i) {
    x.col(i) = points[static_cast<size_t>(i)];
    y[i] = warp.Warp(values[static_cast<size_t>(i)]);
  }

  RandomStream random = Rng(1).At(0);
  const auto around = [&](const Hyperparameters& center, double deviation) {
    Hyperparameters drawn = center;
    for (double& scale : drawn.log_scales) {
      scale += deviation * random.Normal();
    }
    drawn.log_noise += deviation * random.Normal();
    return drawn;
  };
  const Hyperparameters middle{VectorXd::Zero(coordinates.size()), -3.5};
  Fit best(x, y, middle);
  for (int i = 0; i < kDraws + kRefinements; ++i) {
    Fit other(x, y, i < kDraws ? around(middle, 1.2) : around(best.by(), .25));
    if (other.log_posterior() > best.log_posterior()) best = std::move(other);
  }

  MatrixXd asked(coordinates.size(), static_cast<Eigen::Index>(queries.size()));
  for (size_t i = 0; i < queries.size(); ++i) {
    asked.col(static_cast<Eigen::Index>(i)) = coordinates.Of(queries[i]);
  }
  const VectorXd means = best.Means(asked);
  std::vector<double> medians;
  medians.reserve(queries.size());
  for (const double mean : means) medians.push_back(warp.Unwarp(mean));
  return medians;
}

}  // namespace apogee
