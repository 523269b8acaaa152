#include "algorithms/gp/gp_predictor.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "Eigen/Core"
#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "algorithms/gp/gp_fit.h"
#include "algorithms/gp/gp_model.h"
#include "algorithms/regressor/outcome_warp.h"
#include "base/rng.h"

namespace apogee {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Ranges with a larger quotient are logarithmic.
constexpr double kLogarithmic = 30;
// What the prior of GpFit expects labels to deviate by.
constexpr double kLabelDeviation = .25;
// Starts of fits are the same for all studies.
constexpr uint64_t kFitSeed = 1;

// Points as vectors: numbers in [0, 1], one number for each word that a
// parameter has.
class Rows {
 public:
  void Span(const NamedPoint& point) {
    for (const NamedValue& parameter : point) {
      Column& column = columns_[parameter.name];
      if (const auto* word = std::get_if<std::string>(&parameter.value)) {
        column.words.try_emplace(*word, 0);
        continue;
      }
      const double number = std::get<double>(parameter.value);
      column.low = std::min(column.low, number);
      column.high = std::max(column.high, number);
    }
  }

  // After all points: says where everything stands, and gives the parameter
  // that each number is about (GpFit).
  std::vector<int> Finish() {
    std::vector<int> groups;
    int group = 0;
    for (auto& [name, column] : columns_) {
      column.logarithmic =
          column.low > 0 && column.high > kLogarithmic * column.low;
      if (column.low <= column.high) {
        column.place = static_cast<Index>(groups.size());
        groups.push_back(group);
      }
      for (auto& [word, place] : column.words) {
        place = static_cast<Index>(groups.size());
        groups.push_back(group);
      }
      ++group;
    }
    size_ = static_cast<Index>(groups.size());
    return groups;
  }

  MatrixXd Of(absl::Span<const NamedPoint* const> points) const {
    MatrixXd rows = MatrixXd::Zero(size_, static_cast<Index>(points.size()));
    for (Index i = 0; i < rows.cols(); ++i) {
      // What a point lacks is in the middle.
      for (const auto& [name, column] : columns_) {
        if (column.low <= column.high) rows(column.place, i) = .5;
      }
      for (const NamedValue& parameter : *points[static_cast<size_t>(i)]) {
        const Column& column = columns_.at(parameter.name);
        if (const auto* word = std::get_if<std::string>(&parameter.value)) {
          // Any two words are at a squared distance of 1.
          rows(column.words.at(*word), i) = std::sqrt(.5);
        } else {
          rows(column.place, i) =
              column.Scaled(std::get<double>(parameter.value));
        }
      }
    }
    return rows;
  }

 private:
  struct Column {
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();
    bool logarithmic = false;
    Index place = 0;
    absl::btree_map<std::string, Index> words;

    double Scaled(double value) const {
      if (low == high) return .5;
      return logarithmic ? std::log(value / low) / std::log(high / low)
                         : (value - low) / (high - low);
    }
  };
  absl::btree_map<std::string, Column> columns_;
  Index size_ = 0;
};

}  // namespace

absl::StatusOr<std::vector<Prediction>> PredictByGp(
    const StudyText& study, absl::Span<const NamedTrial> finished,
    absl::Span<const NamedPoint> queries) {
  Rows rows;
  std::vector<const NamedPoint*> points;
  std::vector<const NamedPoint*> asked;
  std::vector<double> values;
  points.reserve(finished.size());
  asked.reserve(queries.size());
  values.reserve(finished.size());
  for (const NamedTrial& trial : finished) {
    if (!trial.value) continue;
    rows.Span(trial.point);
    points.push_back(&trial.point);
    values.push_back(*trial.value);
  }
  for (const NamedPoint& query : queries) {
    rows.Span(query);
    asked.push_back(&query);
  }
  if (values.size() < 2) {
    return absl::FailedPreconditionError(
        "fewer than two feasible trials for a Gaussian process; finish more");
  }
  const OutcomeWarp warp(values, study.maximize);
  VectorXd labels(static_cast<Index>(values.size()));
  for (size_t i = 0; i < values.size(); ++i) {
    labels[static_cast<Index>(i)] = kLabelDeviation * warp.Warp(values[i]);
  }

  const std::vector<int> groups = rows.Finish();
  const MatrixXd known = rows.Of(points);
  std::optional<GpModel> model = GpModel::Create(
      FitGp(groups, known, labels, known.cols(), Rng(kFitSeed)), groups, known);
  if (!model) {
    const int group_count = groups.empty() ? 0 : groups.back() + 1;
    model = GpModel::Create(GpFit::Prior(group_count), groups, known);
  }
  if (!model) {
    return absl::InternalError(
        "the trials allow no Gaussian process; this is a bug");
  }
  model->SetLabels(labels);
  const GpPrediction belief = model->Predict(rows.Of(asked));
  const double feasible =
      static_cast<double>(values.size()) / static_cast<double>(finished.size());
  std::vector<Prediction> predictions(queries.size());
  for (size_t i = 0; i < queries.size(); ++i) {
    const auto at = static_cast<Index>(i);
    const double deviation =
        std::sqrt(belief.variance[at] + model->noise_variance());
    predictions[i].p_feasible = feasible;
    for (size_t q = 0; q < kQuantiles.size(); ++q) {
      // Small values of a metric to be minimized are large warped ones.
      const double z =
          study.maximize ? kNormalQuantiles[q] : -kNormalQuantiles[q];
      predictions[i].quantiles[q] =
          warp.Unwarp((belief.mean[at] + z * deviation) / kLabelDeviation);
    }
  }
  return predictions;
}

}  // namespace apogee
