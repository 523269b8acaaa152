#include "tests/bench/regressor/world.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace apogee {
namespace {

std::set<std::string> Names(const NamedStudy& study) {
  std::set<std::string> names;
  for (const NamedTrial& trial : study.trials) {
    for (const NamedValue& parameter : trial.point) {
      names.insert(parameter.name);
    }
  }
  return names;
}

TEST(WorldTest, StudiesTuneSomeOfTheParameters) {
  std::set<std::string> all;
  double trials = 0;
  double infeasible = 0;
  for (uint64_t number = 0; number < 300; ++number) {
    const NamedStudy study = World(1).Study(number, 60);
    const std::set<std::string> names = Names(study);
    const size_t children = names.count("momentum") + names.count("beta2");
    EXPECT_GE(names.size() - children, 3U);
    EXPECT_LE(names.size() - children,
              study.text.metric == "latency_ms" ? 10U : 7U);
    all.insert(names.begin(), names.end());
    for (const NamedTrial& trial : study.trials) {
      ++trials;
      infeasible += trial.value ? 0 : 1;
    }
  }
  EXPECT_EQ(all.size(), 12U);
  EXPECT_GT(infeasible / trials, .02);
  EXPECT_LT(infeasible / trials, .2);
}

TEST(WorldTest, ChildrenAreThereWithTheirOptimizerOnly) {
  for (uint64_t number = 0; number < 100; ++number) {
    const NamedStudy study = World(1).Study(number, 20);
    for (const NamedTrial& trial : study.trials) {
      std::string optimizer;
      std::string child;
      for (const NamedValue& parameter : trial.point) {
        if (parameter.name == "optimizer") {
          optimizer = std::get<std::string>(parameter.value);
        }
        if (parameter.name == "momentum") child = "sgd";
        if (parameter.name == "beta2") child = "adam";
      }
      if (!child.empty()) {
        EXPECT_EQ(optimizer, child);
      }
    }
  }
}

const WorldParameter* Find(const WorldStudy& study, const std::string& name) {
  for (const WorldParameter& each : study.parameters) {
    if (each.name == name) return &each;
  }
  return nullptr;
}

TEST(WorldTest, TrialsMeasureWhatTheStudyIsWorthThereAndSomeNoise) {
  const World world(1);
  for (uint64_t number = 0; number < 100; ++number) {
    const WorldStudy described = world.Describe(number);
    const NamedStudy study = world.Study(number, 30);
    EXPECT_EQ(study.text.metadata, described.text.metadata);
    for (const NamedTrial& trial : study.trials) {
      for (const NamedValue& each : trial.point) {
        const WorldParameter* const parameter = Find(described, each.name);
        ASSERT_NE(parameter, nullptr);
        if (const auto* value = std::get_if<double>(&each.value)) {
          EXPECT_GE(*value, parameter->low);
          EXPECT_LE(*value, parameter->high);
        }
      }
      constexpr double kLot = 5 * World::kNoise;
      const std::optional<double> less = described.measure(trial.point, -kLot);
      const std::optional<double> more = described.measure(trial.point, kLot);
      ASSERT_EQ(trial.value.has_value(), more.has_value());
      if (!more) continue;
      EXPECT_GT(*trial.value, std::min(*less, *more));
      EXPECT_LT(*trial.value, std::max(*less, *more));
    }
  }
}

TEST(WorldTest, HashedStudiesHaveTheSameValuesAndNoNameInCommon) {
  const NamedStudy plain = World(1).Study(3, 30);
  const NamedStudy hashed = World(1).Study(3, 30, World::Names::kHashed);
  const NamedStudy other = World(1).Study(4, 30, World::Names::kHashed);
  for (size_t i = 0; i < plain.trials.size(); ++i) {
    EXPECT_EQ(plain.trials[i].value, hashed.trials[i].value);
    EXPECT_EQ(plain.trials[i].point.size(), hashed.trials[i].point.size());
  }
  std::set<std::string> all = Names(plain);
  for (const NamedStudy* study : {&hashed, &other}) {
    for (const std::string& name : Names(*study)) {
      EXPECT_TRUE(all.insert(name).second) << name;
    }
  }
}

}  // namespace
}  // namespace apogee
