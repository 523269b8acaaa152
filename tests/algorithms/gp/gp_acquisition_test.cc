#include "algorithms/gp/gp_acquisition.h"

#include <cmath>

#include "Eigen/Dense"
#include "base/rng.h"
#include "gtest/gtest.h"

namespace apogee {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using Kind = GpAcquisition::Kind;

// Models of metrics on two numbers.
struct Study {
  std::vector<Goal> goals;
  MatrixXd rows;
  MatrixXd labels;
  std::vector<GpModel> models = {};

  // The last `pending` rows have no label.
  Study(std::vector<Goal> the_goals, MatrixXd the_rows, MatrixXd the_labels)
      : goals(std::move(the_goals)),
        rows(std::move(the_rows)),
        labels(std::move(the_labels)) {
    for (Index i = 0; i < labels.rows(); ++i) {
      models.push_back(*GpModel::Create(
          {std::log(0.1), std::log(1e-4), VectorXd::Constant(2, std::log(0.1))},
          {0, 1}, rows));
      models.back().SetLabels(labels.row(i));
    }
  }

  GpAcquisition Acquisition(Kind kind) const {
    return {kind, 1.8, models, goals, rows, labels};
  }
};

MatrixXd Random(Index rows, Index columns, uint64_t seed) {
  RandomStream random = Rng(seed).At(0);
  MatrixXd matrix(rows, columns);
  for (double& each : matrix.reshaped()) each = random.Uniform();
  return matrix;
}

Study RandomStudy(int objectives, int constraints) {
  std::vector<Goal> goals(static_cast<size_t>(objectives));
  goals.insert(goals.end(), static_cast<size_t>(constraints), {.threshold = 0});
  return {goals, Random(2, 15, 1),
          Random(objectives + constraints, 12, 2).array() - 0.5};
}

TEST(GpAcquisitionTest, GradientsAreThoseOfTheScores) {
  for (const Kind kind : {Kind::kExploit, Kind::kExplore}) {
    for (const int objectives : {1, 2}) {
      for (const int constraints : {0, 2}) {
        const Study study = RandomStudy(objectives, constraints);
        const GpAcquisition acquisition = study.Acquisition(kind);
        for (uint64_t seed = 3; seed < 8; ++seed) {
          const VectorXd place = Random(2, 1, seed);
          VectorXd gradient;
          const double score = acquisition.Score(place, gradient);
          ASSERT_NEAR(score, acquisition.Score(MatrixXd(place))[0], 1e-9);
          for (Index i = 0; i < 2; ++i) {
            constexpr double kStep = 1e-5;
            MatrixXd around = place.replicate(1, 2);
            around(i, 0) += kStep;
            around(i, 1) -= kStep;
            const VectorXd both = acquisition.Score(around);
            const double slope = (both[0] - both[1]) / (2 * kStep);
            EXPECT_NEAR(gradient[i], slope, 1e-3 * std::abs(slope) + 1e-3);
          }
        }
      }
    }
  }
}

TEST(GpAcquisitionTest, ExploitingLooksAtTheMeanAndAtWhatIsUnknown) {
  // Good on the left, bad on the right, nothing known above.
  const Study study({Goal()}, MatrixXd{{0.1, 0.9}, {0, 0}},
                    MatrixXd{{0.3, -0.3}});
  const GpAcquisition acquisition = study.Acquisition(Kind::kExploit);
  const VectorXd scores =
      acquisition.Score(MatrixXd{{0.15, 0.85, 0.15, 0.85}, {0, 0, 1, 1}});
  EXPECT_GT(scores[0], scores[1]);
  EXPECT_GT(scores[3], scores[1]);
}

TEST(GpAcquisitionTest, ExploringStaysAwayFromPendingTrialsAndBadPlaces) {
  // The third trial is pending.
  const Study study({Goal()}, MatrixXd{{0.1, 0.9, 0.3}, {0, 0, 0}},
                    MatrixXd{{0.3, -0.3}});
  const GpAcquisition acquisition = study.Acquisition(Kind::kExplore);
  const VectorXd scores =
      acquisition.Score(MatrixXd{{0.1, 0.3, 0.2, 0.9}, {0, 0, 0.2, 0.05}});
  EXPECT_GT(scores[2], scores[0]);
  EXPECT_GT(scores[2], scores[1]);
  EXPECT_LT(scores[3], -0.5);
}

TEST(GpAcquisitionTest, PlacesThatBreakAConstraintAreWorthLess) {
  // The same objective on both sides; the constraint holds on the left.
  const MatrixXd rows{{0.1, 0.9}, {0, 0}};
  const Study study({Goal(), {.threshold = 0}}, rows,
                    MatrixXd{{0.1, 0.1}, {1, -1}});
  for (const Kind kind : {Kind::kExploit, Kind::kExplore}) {
    const VectorXd scores =
        study.Acquisition(kind).Score(MatrixXd{{0.15, 0.85}, {0.05, 0.05}});
    EXPECT_GT(scores[0], scores[1] + 1);
  }
}

TEST(GpAcquisitionTest, SeveralObjectivesAreWorthTheVolumeTheyAdd) {
  // Two trials at the ends of a front; between them lies something that is
  // nearly as good in both, and something that is bad in both.
  const MatrixXd rows{{0, 1, 0, 1}, {0, 0, 1, 1}};
  const Study study({Goal(), Goal()}, rows,
                    MatrixXd{{0.5, -0.5, 0.4, -0.5}, {-0.5, 0.5, 0.4, -0.5}});
  const GpAcquisition acquisition = study.Acquisition(Kind::kExploit);
  const VectorXd scores =
      acquisition.Score(MatrixXd{{0.02, 0.98}, {0.98, 0.98}});
  EXPECT_GT(scores[0], scores[1]);
}

}  // namespace
}  // namespace apogee
