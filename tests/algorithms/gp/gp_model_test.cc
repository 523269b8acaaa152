#include "algorithms/gp/gp_model.h"

#include <algorithm>
#include <cmath>

#include "Eigen/Dense"
#include "base/rng.h"
#include "gtest/gtest.h"

namespace apogee {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr Index kSize = 3;
const std::vector<int> kGroups = {0, 1, 1};

GpParameters Parameters() {
  return {.log_signal = std::log(0.7),
          .log_noise = std::log(0.01),
          .log_squared_lengths = VectorXd::Map(
              std::vector<double>{std::log(0.3), std::log(2.0)}.data(), 2)};
}

MatrixXd Places(Index count, uint64_t seed) {
  RandomStream random = Rng(seed).At(0);
  MatrixXd places(kSize, count);
  for (double& each : places.reshaped()) each = random.Uniform();
  return places;
}

VectorXd Labels(const MatrixXd& rows) {
  return (3 * rows.row(0).array()).sin() + rows.row(1).array() -
         rows.row(2).array().square();
}

GpModel Make(const MatrixXd& rows) {
  std::optional<GpModel> model = GpModel::Create(Parameters(), kGroups, rows);
  EXPECT_TRUE(model.has_value());
  return *std::move(model);
}

// The covariance as it is written in textbooks.
double Covariance(const VectorXd& a, const VectorXd& b) {
  const GpParameters parameters = Parameters();
  double sum = 0;
  for (Index i = 0; i < kSize; ++i) {
    const double length =
        std::exp(parameters.log_squared_lengths[kGroups[i]] / 2);
    sum += std::pow((a[i] - b[i]) / length, 2);
  }
  const double r = std::sqrt(sum);
  return std::exp(parameters.log_signal) *
         (1 + std::sqrt(5.0) * r + 5 * r * r / 3) *
         std::exp(-std::sqrt(5.0) * r);
}

MatrixXd Covariances(const MatrixXd& a, const MatrixXd& b) {
  MatrixXd result(a.cols(), b.cols());
  for (Index i = 0; i < a.cols(); ++i) {
    for (Index k = 0; k < b.cols(); ++k) {
      result(i, k) = Covariance(a.col(i), b.col(k));
    }
  }
  return result;
}

MatrixXd WithNoise(MatrixXd covariances, double noise) {
  covariances.diagonal().array() += noise;
  return covariances;
}

TEST(GpModelTest, PosteriorIsTheTextbooks) {
  const MatrixXd rows = Places(40, 1);
  const MatrixXd places = Places(600, 2);
  const VectorXd labels = Labels(rows.leftCols(30));
  GpModel model = Make(rows);
  model.SetLabels(labels);
  const GpPrediction prediction = model.Predict(places);

  const double noise = model.noise_variance();
  const MatrixXd known = rows.leftCols(30);
  const MatrixXd labelled =
      WithNoise(Covariances(known, known), noise).inverse();
  const MatrixXd all = WithNoise(Covariances(rows, rows), noise).inverse();
  for (Index i = 0; i < places.cols(); ++i) {
    const MatrixXd place = places.col(i);
    const VectorXd to_known = Covariances(known, place);
    const VectorXd to_all = Covariances(rows, place);
    const double prior = Covariance(place, place);
    ASSERT_NEAR(prediction.mean[i], to_known.dot(labelled * labels), 1e-8);
    ASSERT_NEAR(prediction.labelled_variance[i],
                prior - to_known.dot(labelled * to_known), 1e-8);
    ASSERT_NEAR(prediction.variance[i], prior - to_all.dot(all * to_all), 1e-8);
  }
}

TEST(GpModelTest, AppendingIsTheSameAsFactoringAnew) {
  const MatrixXd rows = Places(200, 1);
  GpModel whole = Make(rows);
  GpModel grown = Make(rows.leftCols(3));
  for (Index i = 3; i < rows.cols(); ++i) grown.Append(rows.col(i));
  EXPECT_EQ(grown.size(), 200);
  whole.SetLabels(Labels(rows));
  grown.SetLabels(Labels(rows));
  const MatrixXd places = Places(50, 2);
  EXPECT_TRUE(
      grown.Predict(places).mean.isApprox(whole.Predict(places).mean, 1e-8));
  EXPECT_TRUE(grown.Predict(places).variance.isApprox(
      whole.Predict(places).variance, 1e-8));
}

TEST(GpModelTest, WithoutNoiseItGoesThroughTheLabels) {
  const MatrixXd rows = Places(30, 1);
  GpParameters parameters = Parameters();
  parameters.log_noise = std::log(1e-10);
  std::optional<GpModel> model = GpModel::Create(parameters, kGroups, rows);
  ASSERT_TRUE(model.has_value());
  model->SetLabels(Labels(rows));
  const GpPrediction prediction = model->Predict(rows);
  EXPECT_LT((prediction.mean - Labels(rows)).cwiseAbs().maxCoeff(), 1e-4);
  EXPECT_LT(prediction.variance.maxCoeff(), 1e-6);
}

TEST(GpModelTest, FarAwayNothingIsKnown) {
  const MatrixXd rows = Places(30, 1);
  GpModel model = Make(rows);
  model.SetLabels(Labels(rows));
  const GpPrediction prediction =
      model.Predict(VectorXd::Constant(kSize, 1000));
  EXPECT_NEAR(prediction.mean[0], 0, 1e-12);
  EXPECT_NEAR(prediction.variance[0], 0.7, 1e-12);
}

TEST(GpModelTest, APendingRowLowersTheVarianceAroundItAndNoMean) {
  const MatrixXd rows = Places(10, 1);
  GpModel before = Make(rows);
  before.SetLabels(Labels(rows));
  GpModel after = before;
  const VectorXd pending = VectorXd::Constant(kSize, 1.5);
  after.Append(pending);
  const MatrixXd places = Places(100, 2);
  const GpPrediction old = before.Predict(places);
  const GpPrediction updated = after.Predict(places);
  EXPECT_TRUE(updated.mean.isApprox(old.mean));
  EXPECT_TRUE(updated.labelled_variance.isApprox(old.variance, 1e-9));
  EXPECT_LT((updated.variance - old.variance).maxCoeff(), 1e-12);
  EXPECT_LT(after.Predict(pending).variance[0],
            0.2 * before.Predict(pending).variance[0]);
}

TEST(GpModelTest, RowsThatAreTheSameDoNoHarm) {
  const MatrixXd rows = VectorXd::Constant(kSize, 0.5).replicate(1, 50);
  GpParameters parameters = Parameters();
  parameters.log_noise = std::log(1e-10);
  std::optional<GpModel> model = GpModel::Create(parameters, kGroups, rows);
  ASSERT_TRUE(model.has_value());
  for (Index i = 0; i < 50; ++i) model->Append(rows.col(i));
  model->SetLabels(VectorXd::Constant(100, 1));
  EXPECT_NEAR(model->Predict(rows.leftCols(1)).mean[0], 1, 1e-3);
}

TEST(GpModelTest, SlopesAreThoseOfThePredictions) {
  const MatrixXd rows = Places(20, 1);
  GpModel model = Make(rows);
  model.SetLabels(Labels(rows.leftCols(15)));
  const VectorXd place = Places(1, 2);
  const GpModel::Slopes slopes = model.PredictSlopes(place);
  const GpPrediction here = model.Predict(place);
  EXPECT_NEAR(slopes.mean, here.mean[0], 1e-10);
  EXPECT_NEAR(slopes.variance, here.variance[0], 1e-10);
  EXPECT_NEAR(slopes.labelled_variance, here.labelled_variance[0], 1e-10);
  constexpr double kStep = 1e-5;
  for (Index i = 0; i < kSize; ++i) {
    MatrixXd around = place.replicate(1, 2);
    around(i, 0) += kStep;
    around(i, 1) -= kStep;
    const GpPrediction both = model.Predict(around);
    const auto slope = [&](const VectorXd& values) {
      return (values[0] - values[1]) / (2 * kStep);
    };
    EXPECT_NEAR(slopes.mean_gradient[i], slope(both.mean), 1e-6);
    EXPECT_NEAR(slopes.variance_gradient[i], slope(both.variance), 1e-6);
    EXPECT_NEAR(slopes.labelled_variance_gradient[i],
                slope(both.labelled_variance), 1e-6);
  }
}

}  // namespace
}  // namespace apogee
