#include "algorithms/guided/gate.h"

#include <map>
#include <numeric>

#include "base/rng.h"
#include "gmock/gmock.h"

namespace apogee {
namespace {

const std::vector<Source> kBoth = {Source::kProcess, Source::kPriors};

// Trials with values drawn at random. The process misses each value by about
// `process`, the priors by `priors`; both believe that they miss by 0.3.
class Trials {
 public:
  Trials(double process, double priors) : process_(process), priors_(priors) {}

  void Run(int count) {
    for (int i = 0; i < count; ++i) {
      const double value = random_.Normal();
      const auto expect = [&](Source source, double miss) {
        const double middle = value + miss * random_.Normal();
        return GuidedMemo::Expected{source,
                                    {middle - 0.3, middle, middle + 0.3}};
      };
      gate_.Add({.chosen = Source::kRandom,
                 .expected = {expect(Source::kProcess, process_),
                              expect(Source::kPriors, priors_)}},
                value);
      values_.push_back(value);
    }
  }
  void Change(double process, double priors) {
    process_ = process;
    priors_ = priors;
  }
  double PriorsShare() const {
    return gate_.Shares(kBoth, LabelScale(values_))[1];
  }
  const Gate& gate() const { return gate_; }

 private:
  double process_;
  double priors_;
  RandomStream random_ = Rng(3).At(0);
  Gate gate_;
  std::vector<double> values_;
};

TEST(GateTest, SharesAreWholeAndTheProcessKeepsAQuarter) {
  Trials trials(2, 0.1);
  for (int i = 0; i < 30; ++i) {
    const std::vector<double> shares =
        trials.gate().Shares(kBoth, LabelScale({0, 1, 2}));
    EXPECT_NEAR(std::accumulate(shares.begin(), shares.end(), 0.0), 1, 1e-12);
    EXPECT_GE(shares[0], 0.25);
    trials.Run(1);
  }
}

TEST(GateTest, BeginsWithThePriors) {
  EXPECT_GT(Gate().Shares(kBoth, LabelScale({}))[1], 0.5);
}

TEST(GateTest, WhoMisleadsHasLessThanAFifthAfterFifteenTrials) {
  Trials trials(0.3, 2);
  trials.Run(15);
  EXPECT_LT(trials.PriorsShare(), 0.2);
}

TEST(GateTest, WhoPredictsBetterTakesAllButTheFloor) {
  Trials trials(2, 0.1);
  trials.Run(15);
  EXPECT_GT(trials.PriorsShare(), 0.7);
}

TEST(GateTest, ForgetsWhatWasTwentyTrialsAgo) {
  Trials trials(0.3, 2);
  trials.Run(100);
  trials.Change(2, 0.3);
  trials.Run(20);
  EXPECT_GT(trials.PriorsShare(), 0.7);
}

TEST(GateTest, TrialsThatNotAllPredictedSayNothing) {
  Gate gate;
  const LabelScale scale({0, 1, 2, 3});
  const std::vector<double> before = gate.Shares(kBoth, scale);
  gate.Add({.chosen = Source::kProcess,
            .expected = {{Source::kProcess, {9, 9, 9}},
                         {Source::kContext, {1, 2, 3}}}},
           2);
  EXPECT_EQ(gate.Shares(kBoth, scale), before);
}

TEST(GateTest, ChoicesFollowTheShares) {
  const Gate gate;
  const LabelScale scale({0, 1});
  const std::vector<double> shares = gate.Shares(kBoth, scale);
  std::map<Source, int> counts;
  for (int64_t ordinal = 10; ordinal < 1010; ++ordinal) {
    ++counts[gate.Choose(kBoth, scale, ordinal)];
  }
  EXPECT_NEAR(counts[Source::kRandom], 50, 3);
  EXPECT_NEAR(counts[Source::kProcess], 950 * shares[0], 3);
  EXPECT_NEAR(counts[Source::kPriors], 950 * shares[1], 3);
  // Nobody waits long for a turn.
  for (int64_t ordinal = 0; ordinal < 10; ++ordinal) {
    EXPECT_NE(gate.Choose(kBoth, scale, ordinal), Source::kRandom);
  }
}

}  // namespace
}  // namespace apogee
