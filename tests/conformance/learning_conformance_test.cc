// That algorithms learn: better than random search on easy problems.

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/algorithms/algorithm_testing.h"
#include "tests/algorithms/simulated_study.h"
#include "tests/testing/matchers.h"
#include "tests/testing/random_space.h"

namespace apogee {
namespace {

// The easiest problem of a space: every coordinate has one best place and
// counts by itself. 1 is the best of all.
double Value(const SearchSpace& space, const Point& point) {
  double sum = 0;
  for (int i = 0; i < space.size(); ++i) {
    sum += space.dimension(i).IsCategorical()
               ? point[i]
               : 1 - (point[i] - 0.3) * (point[i] - 0.3);
  }
  return sum / space.size();
}

// Spaces of doubles, of categories, and of both with an integer.
std::vector<SearchSpace> EasySpaces() {
  return {MakeSpace(DoubleSpecs(4)), MakeSpace(CategorySpecs(12, 2)),
          MakeSpace(absl::StrCat(
              DoubleSpecs(4), CategorySpecs(12, 2),
              "parameters { parameter_id: 'n' integer_value_spec { max_value: "
              "50 } }"))};
}

using Maker = std::function<absl::StatusOr<std::unique_ptr<Algorithm>>(
    const SearchSpace&)>;

// The best value of 100 trials one after the other, averaged over seeds.
double MeanBest(const SearchSpace& space, const Maker& make) {
  constexpr int kSeeds = 5;
  double sum = 0;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const std::unique_ptr<Algorithm> algorithm = *make(space);
    sum += BestSafe(RunStudy(*algorithm, {.trials = 100, .seed = seed},
                             [&](const Point& point) {
                               return std::vector<double>{Value(space, point)};
                             }));
  }
  return sum / kSeeds;
}

// Whether the algorithm does better than random search on all easy problems
// that it can work on.
bool BeatsRandom(const Maker& make) {
  int served = 0;
  for (const SearchSpace& space : EasySpaces()) {
    if (!make(space).ok()) continue;
    ++served;
    const double random = MeanBest(space, [](const SearchSpace& each) {
      return MakeAlgorithm("RANDOM_SEARCH", each);
    });
    if (MeanBest(space, make) <= random) return false;
  }
  return served > 0;
}

std::vector<std::string> Learners() {
  std::vector<std::string> names = AlgorithmNames();
  std::erase_if(names, [](const std::string& name) {
    return !FindAlgorithm(name)->info.learns;
  });
  return names;
}

class LearningConformance : public testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Registry, LearningConformance,
                         testing::ValuesIn(Learners()),
                         [](const auto& test) { return test.param; });

TEST_P(LearningConformance, BeatsRandomSearch) {
  EXPECT_TRUE(BeatsRandom([](const SearchSpace& space) {
    return MakeAlgorithm(GetParam(), space, QuickOptions(GetParam()));
  }));
}

// Changes one coordinate of the best point.
class HillClimber : public Algorithm {
 public:
  explicit HillClimber(const SearchSpace* space) : space_(space) {}

  absl::Status Observe(absl::Span<const Observation> finished) override {
    for (const Observation& each : finished) {
      if (best_.empty() || each.metrics[0] > best_value_) {
        best_ = each.point;
        best_value_ = each.metrics[0];
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<Suggestion>> Suggest(
      const Ask& ask) const override {
    RandomStream random = ask.rng.At(ask.ordinal);
    Point point = best_.empty() ? space_->DefaultPoint() : best_;
    const int i = static_cast<int>(random.Below(point.size()));
    point[i] = space_->dimension(i).IsCategorical()
                   ? static_cast<double>(random.Below(2))
                   : point[i] + 0.1 * random.Normal();
    space_->Normalize(point);
    return std::vector<Suggestion>{{point, ""}};
  }

 private:
  const SearchSpace* space_;
  Point best_;
  double best_value_ = 0;
};

// The measure itself can tell a learner from luck.
TEST(BeatsRandomTest, TellsALearnerFromOneThatDoesNot) {
  EXPECT_TRUE(BeatsRandom([](const SearchSpace& space) {
    return absl::StatusOr<std::unique_ptr<Algorithm>>(
        std::make_unique<HillClimber>(&space));
  }));
  EXPECT_FALSE(BeatsRandom([](const SearchSpace& space) {
    return MakeAlgorithm("RANDOM_SEARCH", space);
  }));
}

}  // namespace
}  // namespace apogee
