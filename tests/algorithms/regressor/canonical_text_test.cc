#include "algorithms/regressor/canonical_text.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace apogee {
namespace {

const StudyText& Tuning() {
  static const auto* const study = new StudyText{
      "val_loss", false, {{"user", "ann"}, {"dataset", "cifar \"10\"\n"}}};
  return *study;
}

std::vector<NamedTrial> Trials() {
  return {
      {{{"optimizer", "adam"}, {"lr", 0.00231}, {"layers", 4.0}}, 0.3217},
      {{{"lr", 1.0 / 3}, {"layers", 12.0}}, -1234567.0},
      {{{"lr", 1e-30}, {"back\\slash", "tab\there"}}, std::nullopt},
      {{}, 0.0},
      {{{"größe", 123456789.0}, {"minus zero", -0.0}}, 1e-12},
  };
}

// One line per trial. To accept a change of the format, which makes all stored
// texts strangers to new ones, write the test's output there.
TEST(CanonicalTextTest, IsTheGoldenOne) {
  std::ifstream file(GOLDEN_DIRECTORY "/canonical_text.txt");
  std::stringstream golden;
  golden << file.rdbuf();
  std::string texts;
  for (const NamedTrial& trial : Trials()) {
    texts += CanonicalText(Tuning(), trial) + "\n";
  }
  EXPECT_EQ(texts, golden.str());
}

TEST(CanonicalTextTest, IsJsonThatSaysWhatWasGiven) {
  const auto json = nlohmann::json::parse(CanonicalText(Tuning(), Trials()[2]));
  EXPECT_EQ(json["metric"], "val_loss");
  EXPECT_EQ(json["goal"], "minimize");
  EXPECT_EQ(json["metadata"]["dataset"], "cifar \"10\"\n");
  EXPECT_EQ(json["parameters"]["back\\slash"], "tab\there");
  EXPECT_EQ(json["parameters"]["lr"], 1e-30);
  EXPECT_EQ(json["value"], "<INFEASIBLE>");
}

TEST(CanonicalTextTest, DoesNotDependOnTheOrderOfNames) {
  StudyText study = Tuning();
  NamedTrial trial = Trials()[0];
  const std::string text = CanonicalText(study, trial);
  std::reverse(study.metadata.begin(), study.metadata.end());
  std::reverse(trial.point.begin(), trial.point.end());
  EXPECT_EQ(CanonicalText(study, trial), text);
}

TEST(CanonicalTextTest, TellsApartWhatDiffersInTheSixthDigit) {
  const StudyText study;
  EXPECT_NE(CanonicalText(study, NamedPoint{{"x", 0.123456}}),
            CanonicalText(study, NamedPoint{{"x", 0.123457}}));
}

}  // namespace
}  // namespace apogee
