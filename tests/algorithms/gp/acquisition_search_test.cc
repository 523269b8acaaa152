#include "algorithms/gp/acquisition_search.h"

#include <cmath>
#include <limits>

#include "Eigen/Dense"
#include "gtest/gtest.h"
#include "tests/algorithms/algorithm_testing.h"

namespace apogee {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr int kSteps = 100;

// A search over a model that knows a few trials.
struct Search {
  SearchSpace space;
  GpFeatures features;
  std::vector<Goal> goals = {{}};
  MatrixXd rows;
  MatrixXd labels;
  std::vector<GpModel> models;
  GpAcquisition acquisition;
  TrustRegion region;
  PointSet known;
  std::vector<Point> every;

  Search(const std::string& text, const std::vector<Point>& points,
         const std::vector<double>& values)
      : space(MakeSpace(text)),
        features(&space),
        rows(features.Of(points)),
        labels(Eigen::RowVectorXd::Map(
            values.data(), static_cast<Eigen::Index>(values.size()))),
        models(Models()),
        acquisition(GpAcquisition::Kind::kExploit, 1.8, models, goals, rows,
                    labels),
        region(space, features, rows, 1000) {
    for (const Point& each : points) known.Add(each);
  }

  std::vector<GpModel> Models() const {
    std::vector<GpModel> result;
    result.push_back(*GpModel::Create(
        {std::log(0.1), std::log(1e-4),
         VectorXd::Constant(features.group_count(), std::log(0.1))},
        features.groups(), rows));
    result.back().SetLabels(labels.row(0));
    return result;
  }

  AcquisitionSearch::Result Maximize(uint64_t seed) const {
    const PointSetOverlay overlay(known, {});
    RandomStream random = Rng(seed).At(0);
    return AcquisitionSearch(space, features, acquisition, region, overlay,
                             every, 1000)
        .Maximize({}, random);
  }
};

TEST(AcquisitionSearchTest, FindsTheTopOfASquareToThePoint) {
  const Search search(R"pb(
                        parameters {
                          parameter_id: "x"
                          double_value_spec { max_value: 1 }
                        }
                        parameters {
                          parameter_id: "y"
                          double_value_spec { max_value: 1 }
                        })pb",
                      {{0.2, 0.3}, {0.7, 0.9}, {0.5, 0.5}, {0.9, 0.1}},
                      {0.2, -0.1, 0.4, -0.3});
  double best = -1e300;
  for (int a = 0; a <= kSteps; ++a) {
    for (int b = 0; b <= kSteps; ++b) {
      const VectorXd place{{a / double{kSteps}, b / double{kSteps}}};
      best = std::max(best, search.acquisition.Score(MatrixXd(place))[0]);
    }
  }
  for (uint64_t seed = 0; seed < 5; ++seed) {
    const AcquisitionSearch::Result result = search.Maximize(seed);
    EXPECT_GE(result.score, best);
    EXPECT_NEAR(
        result.score,
        search.acquisition.Score(MatrixXd(search.features.Of(result.point)))[0],
        1e-9);
  }
}

TEST(AcquisitionSearchTest, GivesNoPointTwiceWhileThereAreOthers) {
  Search search(R"pb(
                  parameters {
                    parameter_id: "n"
                    integer_value_spec { max_value: 4 }
                  }
                  parameters {
                    parameter_id: "c"
                    categorical_value_spec { values: "a" values: "b" }
                  })pb",
                {{0.5, 0}}, {0.3});
  for (uint64_t i = 0; i < 9; ++i) {
    const Point point = search.Maximize(i).point;
    EXPECT_FALSE(search.known.Contains(point));
    search.known.Add(point);
  }
  EXPECT_TRUE(search.known.Contains(search.Maximize(9).point));
}

TEST(AcquisitionSearchTest, LooksAtEveryPointWhereTheyAreFew) {
  Search search(R"pb(
                  parameters {
                    parameter_id: "n"
                    integer_value_spec { max_value: 40 }
                  })pb",
                {{0.5}, {0.8}}, {0.3, 0.1});
  for (int i = 0; i <= 40; ++i) search.every.push_back({i / 40.0});
  double last = std::numeric_limits<double>::infinity();
  for (uint64_t i = 0; i < 39; ++i) {
    const AcquisitionSearch::Result result = search.Maximize(i);
    EXPECT_FALSE(search.known.Contains(result.point));
    EXPECT_LE(result.score, last);
    last = result.score;
    search.known.Add(result.point);
  }
  EXPECT_TRUE(search.known.Contains(search.Maximize(39).point));
}

}  // namespace
}  // namespace apogee
