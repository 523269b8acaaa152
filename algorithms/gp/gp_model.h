#pragma once

#include <optional>
#include <vector>

#include "Eigen/Core"

namespace apogee {

// What a Gaussian process assumes of a function: its variance, that of the
// noise on each value, and the square of the length over which each parameter
// changes it. All are logarithms.
struct GpParameters {
  double log_signal = 0;
  double log_noise = 0;
  Eigen::VectorXd log_squared_lengths;
};

// `numbers`, squared distances, become Matern's covariances for smoothness 5/2
// and this signal variance; `slopes`, if given, their derivatives by those.
void Matern(double signal, Eigen::Ref<Eigen::MatrixXd> numbers,
            Eigen::MatrixXd* slopes = nullptr);

// The squared distances of the columns of a to those of b.
void SquaredDistances(const Eigen::Ref<const Eigen::MatrixXd>& a,
                      const Eigen::Ref<const Eigen::MatrixXd>& b,
                      Eigen::Ref<Eigen::MatrixXd> out);

// What is known of a function at some places: the mean; the variance, and the
// variance if the rows without a label were not there.
struct GpPrediction {
  Eigen::VectorXd mean;
  Eigen::VectorXd variance;
  Eigen::VectorXd labelled_variance;
};

// A Gaussian process with zero mean on vectors (GpFeatures), conditioned on
// rows of which the first ones have labels. The others, of trials that run, are
// known only to lie there, which lowers the variance around them.
class GpModel {
 public:
  // `groups` is that of GpFeatures; `rows` has one column per row. Nothing when
  // the covariance is not positive definite, even with a little more noise.
  static std::optional<GpModel> Create(const GpParameters& parameters,
                                       const std::vector<int>& groups,
                                       const Eigen::MatrixXd& rows);

  Eigen::Index size() const { return size_; }

  // Adds a row in O(n^2), without factoring anew.
  void Append(const Eigen::VectorXd& row);
  // Sets the labels of the first rows, at most size().
  void SetLabels(const Eigen::VectorXd& labels);

  // At the columns of `places`, in O(n^2) each.
  GpPrediction Predict(const Eigen::MatrixXd& places) const;

  // The means alone, in O(n) each.
  Eigen::VectorXd Means(const Eigen::MatrixXd& places) const;

  // At one place, with gradients.
  struct Slopes {
    double mean;
    double variance;
    double labelled_variance;
    Eigen::VectorXd mean_gradient;
    Eigen::VectorXd variance_gradient;
    Eigen::VectorXd labelled_variance_gradient;
  };
  Slopes PredictSlopes(const Eigen::VectorXd& place) const;

  double signal_variance() const { return signal_; }
  double noise_variance() const { return noise_; }

 private:
  GpModel() = default;
  // Of all rows with scaled places.
  void Covariances(const Eigen::Ref<const Eigen::MatrixXd>& scaled,
                   Eigen::Ref<Eigen::MatrixXd> out) const;

  double signal_ = 1;
  double noise_ = 0;
  // 1 / length for each number of a vector.
  Eigen::VectorXd scales_;
  Eigen::Index size_ = 0;
  Eigen::Index labelled_ = 0;
  // The last two have room for more than size_ rows.
  Eigen::VectorXd weights_;  // inverse covariance of the labelled times labels
  Eigen::MatrixXd rows_;     // scaled
  Eigen::MatrixXd factor_;   // Cholesky's, lower
};

}  // namespace apogee
