#include "client/cli/score.h"

#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using testing::ElementsAre;

vizier::Trial Trial(const std::string& id, double loss, double heat = 0,
                    vizier::Trial::State state = vizier::Trial::SUCCEEDED) {
  vizier::Trial trial;
  trial.set_id(id);
  trial.set_state(state);
  for (const auto& [name, value] : {std::pair{"loss", loss}, {"heat", heat}}) {
    auto& metric = *trial.mutable_final_measurement()->add_metrics();
    metric.set_metric_id(name);
    metric.set_value(value);
  }
  return trial;
}

std::vector<std::string> BestIds(const vizier::StudySpec& spec,
                                 const std::vector<vizier::Trial>& trials,
                                 size_t count) {
  std::vector<std::string> ids;
  for (const vizier::Trial& trial : BestTrials(spec, trials, count)) {
    ids.push_back(trial.id());
  }
  return ids;
}

TEST(Score, TheBestComeFirst) {
  const auto spec = ParseProto<vizier::StudySpec>(
      "metrics { metric_id: 'loss' goal: MINIMIZE }");
  const std::vector<vizier::Trial> trials = {
      Trial("1", 3),
      Trial("2", 1),
      Trial("3", 2),
      Trial("4", 0, 0, vizier::Trial::INFEASIBLE),
      Trial("5", std::numeric_limits<double>::quiet_NaN()),
      Trial("6", 1)};
  EXPECT_THAT(BestIds(spec, trials, 10), ElementsAre("2", "6", "3", "1"));
  EXPECT_THAT(BestIds(spec, trials, 1), ElementsAre("2"));
}

TEST(Score, UnsafeTrialsAreNotTheBest) {
  const auto spec = ParseProto<vizier::StudySpec>(
      "metrics { metric_id: 'loss' goal: MINIMIZE } metrics { metric_id: "
      "'heat' goal: MINIMIZE safety_config { safety_threshold: 50 } }");
  EXPECT_THAT(
      BestIds(spec, {Trial("1", 1, 51), Trial("2", 2, 50), Trial("3", 3, 1)},
              9),
      ElementsAre("2", "3"));
}

TEST(Score, SeveralObjectivesHaveNoBest) {
  const auto spec = ParseProto<vizier::StudySpec>(
      "metrics { metric_id: 'loss' goal: MINIMIZE } metrics { metric_id: "
      "'heat' goal: MINIMIZE }");
  EXPECT_EQ(Objective(spec, Trial("1", 1, 1)), std::nullopt);
}

}  // namespace
}  // namespace apogee
