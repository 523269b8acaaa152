#include "algorithms/number_space.h"

#include <vector>

#include "tests/algorithms/algorithm_testing.h"

namespace apogee {
namespace {

using testing::ElementsAre;

constexpr char kSpace[] = R"pb(
  parameters {
    parameter_id: "c"
    categorical_value_spec { values: "a" values: "b" }
  }
  parameters {
    parameter_id: "x"
    double_value_spec { max_value: 1 }
  }
  parameters {
    parameter_id: "n"
    integer_value_spec {
      max_value: 10
      default_value { value: 4 }
    }
  }
  parameters {
    parameter_id: "list"
    discrete_value_spec {
      values: [ 0, 1, 10, 100, 1000 ]
      default_value { value: 10 }
    }
  })pb";

class NumberSpaceTest : public testing::Test {
 protected:
  // The point with these places in its three numbers.
  Point Place(const std::vector<double>& places, double share) const {
    Point point(space_.size(), kInactive);
    numbers_.Place(
        places, [share] { return share; }, point);
    return point;
  }

  const SearchSpace space_ = MakeSpace(kSpace);
  const NumberSpace numbers_{&space_, {1, 2, 3}};
};

TEST_F(NumberSpaceTest, TheDefaultsAreWhereTheyWereDeclared) {
  EXPECT_THAT(numbers_.Defaults(), ElementsAre(0.5, 0.4, 0.5));
  const Point point = Place(numbers_.Defaults(), 0.5);
  EXPECT_FALSE(IsActive(point[0]));
  EXPECT_EQ(point[1], 0.5);
  for (const int i : {2, 3}) {
    EXPECT_EQ(point[i], space_.dimension(i).default_coordinate);
  }
}

TEST_F(NumberSpaceTest, TheValuesOfAListAreEvenlySpaced) {
  for (int i = 0; i < 5; ++i) {
    for (const double share : {0.0, 0.5, 0.99}) {
      EXPECT_EQ(Place({0, 0, i / 4.0}, share)[3], space_.CoordinateOf(3, i));
    }
  }
}

TEST_F(NumberSpaceTest, ValuesAreTakenAsOftenAsTheyAreNear) {
  RandomStream random = Rng(1).At(0);
  constexpr int kTimes = 10'000;
  double integers = 0;
  double indices = 0;
  for (int i = 0; i < kTimes; ++i) {
    Point point(space_.size(), kInactive);
    numbers_.Place(
        {{0.123, 0.37, 0.8}}, [&] { return random.Uniform(); }, point);
    EXPECT_EQ(point[1], 0.123);
    integers += point[2] * 10 / kTimes;
    indices += static_cast<double>(space_.ValueIndexOf(3, point[3])) / kTimes;
  }
  EXPECT_NEAR(integers, 3.7, 0.02);
  EXPECT_NEAR(indices, 3.2, 0.02);
}

}  // namespace
}  // namespace apogee
