#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/algorithms/algorithm_testing.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using testing::HasSubstr;

constexpr double kNever = -std::numeric_limits<double>::infinity();

// A layered problem: the cost is a sum over layers; so is the reward but for
// what neighbouring layers have with each other.
class LayeredProblem {
 public:
  LayeredProblem(int layers, int options, double interaction, uint64_t seed)
      : options_(options) {
    RandomStream random = Rng(seed).At(0);
    for (int l = 0; l < layers; ++l) {
      const double weight = 0.5 + 1.5 * random.Uniform();
      for (int o = 0; o < options; ++o) {
        costs_.push_back(1 + static_cast<int>(random.Below(9)));
        gains_.push_back(weight * (std::sqrt((costs_.back() + 1) / 10.0) +
                                   0.25 * random.Normal()));
      }
    }
    for (int i = 0; i < layers * options * options; ++i) {
      interactions_.push_back(interaction * random.Normal());
    }
  }

  int layers() const { return static_cast<int>(costs_.size()) / options_; }
  int most() const { return 9 * layers(); }

  int Cost(const Point& point) const {
    int cost = 0;
    for (int l = 0; l < layers(); ++l) cost += costs_[At(l, point)];
    return cost;
  }
  double Reward(const Point& point) const {
    double reward = 0;
    for (int l = 0; l < layers(); ++l) {
      reward += gains_[At(l, point)];
      if (l == 0) continue;
      reward += interactions_[At(l, point) * options_ +
                              static_cast<int>(point[l - 1])];
    }
    return reward;
  }

  // The best reward for each cost up to the largest, by dynamic programming
  // over the last option and the cost.
  std::vector<double> Oracle() const {
    std::vector<std::vector<double>> best;
    for (int l = 0; l < layers(); ++l) {
      std::vector<std::vector<double>> next(
          options_, std::vector<double>(most() + 1, kNever));
      for (int o = 0; o < options_; ++o) {
        const int i = l * options_ + o;
        if (l == 0) {
          next[o][costs_[i]] = gains_[i];
          continue;
        }
        for (int last = 0; last < options_; ++last) {
          const double gain = gains_[i] + interactions_[i * options_ + last];
          for (int c = costs_[i]; c <= most(); ++c) {
            next[o][c] = std::max(next[o][c], best[last][c - costs_[i]] + gain);
          }
        }
      }
      best = std::move(next);
    }
    std::vector<double> oracle(most() + 1, kNever);
    for (int c = 0; c <= most(); ++c) {
      for (const std::vector<double>& row : best) {
        oracle[c] = std::max(oracle[c], row[c]);
      }
    }
    return Front(std::move(oracle));
  }

  // From the best of each cost, the best of each budget.
  static std::vector<double> Front(std::vector<double> best) {
    for (size_t c = 1; c < best.size(); ++c) {
      best[c] = std::max(best[c], best[c - 1]);
    }
    return best;
  }

  // `standing`: the default of every layer.
  SearchSpace Space(int standing) const {
    std::string text;
    for (int l = 0; l < layers(); ++l) {
      absl::StrAppend(&text, "parameters { parameter_id: 'p", l,
                      "' categorical_value_spec {");
      for (int o = 0; o < options_; ++o) {
        absl::StrAppend(&text, " values: 'o", o, "'");
      }
      absl::StrAppend(&text, " default_value { value: 'o", standing, "' } } }");
    }
    return MakeSpace(text);
  }

  // The option "cost".
  std::string Table() const {
    std::string text = "\"cost\": {\"table\": {";
    for (int l = 0; l < layers(); ++l) {
      absl::StrAppend(&text, l == 0 ? "" : ", ", "\"p", l, "\": {");
      for (int o = 0; o < options_; ++o) {
        absl::StrAppend(&text, o == 0 ? "" : ", ", "\"o", o,
                        "\": ", costs_[l * options_ + o]);
      }
      absl::StrAppend(&text, "}");
    }
    return absl::StrCat(text, "}}");
  }

 private:
  int At(int layer, const Point& point) const {
    return layer * options_ + static_cast<int>(point[layer]);
  }

  int options_;
  // By layer, then option; interactions also by option of the layer before.
  std::vector<int> costs_;
  std::vector<double> gains_;
  std::vector<double> interactions_;
};

// Workers that finish in random order; some trials fail, some workers are lost.
class Workers {
 public:
  using Measure = std::function<std::vector<double>(const Point&)>;

  Workers(Algorithm& algorithm, uint64_t seed, int count, Measure measure)
      : algorithm_(algorithm),
        rng_(seed),
        random_(rng_.Fork(1).At(0)),
        count_(count),
        measure_(std::move(measure)) {}

  double failing = 0;
  double lost = 0;
  const std::vector<Observation>& finished() const { return finished_; }
  const std::vector<Pending>& running() const { return running_; }

  // Ends one more trial; its memo.
  std::string Step() {
    while (static_cast<int>(running_.size()) < count_) {
      std::vector<Pending> pending = running_;
      pending.insert(pending.end(), lost_.begin(), lost_.end());
      const auto suggestions = algorithm_.Suggest({1, ordinal_, pending, rng_});
      EXPECT_OK(suggestions);
      EXPECT_THAT(*suggestions, testing::SizeIs(1));
      const Suggestion& each = suggestions->front();
      const bool is_lost = random_.Uniform() < lost;
      (is_lost ? lost_ : running_)
          .push_back({++ordinal_, each.point, each.memo});
    }
    const auto trial = running_.begin() + static_cast<std::ptrdiff_t>(
                                              random_.Below(running_.size()));
    Observation observation = {trial->trial_id, trial->point, {}, trial->memo};
    running_.erase(trial);
    if (random_.Uniform() >= failing) {
      observation.metrics = measure_(observation.point);
    }
    EXPECT_OK(algorithm_.Observe({&observation, 1}));
    finished_.push_back(observation);
    return observation.memo;
  }

  void Run(int trials) {
    for (int i = 0; i < trials; ++i) Step();
  }

 private:
  Algorithm& algorithm_;
  Rng rng_;
  RandomStream random_;
  int count_;
  Measure measure_;
  int64_t ordinal_ = 0;
  std::vector<Pending> running_;
  std::vector<Pending> lost_;
  std::vector<Observation> finished_;
};

// The best reward that was found for each budget.
std::vector<double> FoundFront(const LayeredProblem& problem,
                               const std::vector<Observation>& finished) {
  std::vector<double> best(problem.most() + 1, kNever);
  for (const Observation& each : finished) {
    if (!each.IsFeasible()) continue;
    double& of_cost = best[problem.Cost(each.point)];
    of_cost = std::max(of_cost, problem.Reward(each.point));
  }
  return LayeredProblem::Front(std::move(best));
}

// On a problem without interactions and with a bucket for each cost, the search
// is the dynamic program of the knapsack problem: once it has gone through the
// layers nothing better is left, at any budget. (Prefix by prefix: what is best
// at a cost has a best prefix at the cost before.)
TEST(LayerNasTest, IsExactOnAdditiveProblems) {
  int budgets = 0;
  for (uint64_t seed = 0; seed < 12; ++seed) {
    for (const int workers : {1, 16}) {
      SCOPED_TRACE(absl::StrCat("seed ", seed, ", workers ", workers));
      const LayeredProblem problem(6, 5, 0, seed);
      const SearchSpace space = problem.Space(static_cast<int>(seed % 5));
      ASSERT_OK_AND_ASSIGN(
          const auto search,
          MakeAlgorithm(
              "LAYER_NAS", space,
              absl::StrCat("{\"variant\": \"paper\", \"buckets\": 100, ",
                           problem.Table(), "}")));
      Workers run(*search, seed, workers, [&](const Point& point) {
        return std::vector<double>{problem.Reward(point)};
      });
      // What comes at random, while others are awaited or at the end, must not
      // help.
      std::vector<Observation> layered;
      const auto is_random = [](const Pending& trial) {
        return trial.memo == "random";
      };
      do {
        if (run.Step() != "random") layered.push_back(run.finished().back());
        ASSERT_LT(run.finished().size(), 5000);
      } while (
          run.finished().back().memo != "random" ||
          !std::all_of(run.running().begin(), run.running().end(), is_random));
      EXPECT_LT(layered.size(), 1000) << "of 15,625";
      const std::vector<double> oracle = problem.Oracle();
      const std::vector<double> found = FoundFront(problem, layered);
      for (int budget = 0; budget <= problem.most(); ++budget) {
        if (oracle[budget] == kNever) continue;
        ++budgets;
        EXPECT_NEAR(found[budget], oracle[budget], 1e-9) << budget;
      }
    }
  }
  EXPECT_GT(budgets, 800);
}

// How much the front falls short, from 0 for none to about 1 for random
// sampling of a few points: on average over budgets and problems.
double Regret(int workers, int trials, absl::string_view options,
              bool measured = false, absl::string_view name = "LAYER_NAS") {
  constexpr int kProblems = 8;
  double sum = 0;
  for (uint64_t seed = 0; seed < kProblems; ++seed) {
    const LayeredProblem problem(6, 6, 0.1, seed);
    const SearchSpace space = problem.Space(3);
    const std::string text =
        name == "LAYER_NAS"
            ? absl::StrCat("{\"max_cost\": ", 0.6 * problem.most(), ", ",
                           options, measured ? "" : ", " + problem.Table(), "}")
            : "{}";
    const auto search = MakeAlgorithm(
        name, space, text, std::vector<Goal>(measured ? 2 : 1), trials);
    EXPECT_OK(search);
    Workers run(**search, seed, workers, [&](const Point& point) {
      std::vector<double> metrics = {problem.Reward(point)};
      if (measured) metrics.push_back(-problem.Cost(point));
      return metrics;
    });
    run.Run(trials);
    const std::vector<double> oracle = problem.Oracle();
    const std::vector<double> found = FoundFront(problem, run.finished());
    for (int tenths = 3; tenths <= 6; ++tenths) {
      const int budget = problem.most() * tenths / 10;
      if (oracle[budget] == kNever) continue;
      sum += std::min(1.0, oracle[budget] - found[budget]) / (4 * kProblems);
    }
  }
  return sum;
}

TEST(LayerNasTest, FindsTheBestForEveryBudget) {
  const double random = Regret(1, 400, "", false, "RANDOM_SEARCH");
  for (const char* variant : {"paper", "guided"}) {
    const std::string options = absl::StrCat("\"variant\": \"", variant, "\"");
    EXPECT_LT(Regret(1, 400, options), random / 15) << variant;
  }
}

TEST(LayerNasTest, ManyWorkersFindAboutWhatOneFinds) {
  const std::string options = R"("variant": "guided")";
  EXPECT_LT(Regret(32, 400, options), 1.2 * Regret(1, 400, options) + 0.02);
}

TEST(LayerNasTest, LearnsACostThatIsMeasured) {
  const double random = Regret(1, 400, "", false, "RANDOM_SEARCH");
  EXPECT_LT(Regret(1, 400, R"("variant": "paper")", true), random / 8);
  EXPECT_LT(Regret(1, 400, R"("variant": "guided")", true), random / 20);
}

// The constraint is a cost. It is found out by single changes of the reference;
// from then on hardly a trial misses it.
TEST(LayerNasTest, KeepsToAConstraintOnceItKnowsTheCosts) {
  const LayeredProblem problem(6, 6, 0.1, 3);
  const SearchSpace space = problem.Space(3);
  const double limit = 0.4 * problem.most();
  for (const char* variant : {"paper", "guided"}) {
    SCOPED_TRACE(variant);
    ASSERT_OK_AND_ASSIGN(
        const auto search,
        MakeAlgorithm("LAYER_NAS", space,
                      absl::StrCat("{\"variant\": \"", variant, "\"}"),
                      {{}, {.threshold = -limit}}, 400));
    Workers run(*search, 5, 4, [&](const Point& point) {
      return std::vector<double>{problem.Reward(point),
                                 -1.0 * problem.Cost(point)};
    });
    run.Run(400);
    int over = 0;
    for (size_t i = 200; i < 400; ++i) {
      over += problem.Cost(run.finished()[i].point) > limit;
    }
    EXPECT_LT(over, 20);
    const double best = problem.Oracle()[static_cast<int>(limit)];
    EXPECT_GT(FoundFront(problem, run.finished())[static_cast<int>(limit)],
              best - 0.1);
  }
}

TEST(LayerNasTest, StaysWithinTheCostThatIsKnownBeforehand) {
  for (const char* variant : {"paper", "guided"}) {
    SCOPED_TRACE(variant);
    const LayeredProblem problem(10, 6, 0.1, 4);
    // The dearest option of each layer may well be the default.
    const SearchSpace space = problem.Space(5);
    const int limit = 35;
    ASSERT_OK_AND_ASSIGN(const auto search,
                         MakeAlgorithm("LAYER_NAS", space,
                                       absl::StrCat("{\"variant\": \"", variant,
                                                    "\", \"max_cost\": ", limit,
                                                    ", ", problem.Table(), "}"),
                                       {{}}, 600));
    Workers run(*search, 5, 8, [&](const Point& point) {
      return std::vector<double>{problem.Reward(point)};
    });
    run.Run(600);
    int within = 0;
    for (size_t i = 0; i < run.finished().size(); ++i) {
      within += problem.Cost(run.finished()[i].point) <= limit;
      // 5 % of the budget.
      ASSERT_TRUE(within > 0 || i < 30);
    }
    // Prefixes may cost more, as long as they can still come down.
    EXPECT_GT(within, absl::string_view(variant) == "guided" ? 599 : 200);
  }
}

TEST(LayerNasTest, AimsAboveTheLeastCost) {
  const LayeredProblem problem(6, 6, 0.1, 4);
  const SearchSpace space = problem.Space(0);
  ASSERT_OK_AND_ASSIGN(
      const auto search,
      MakeAlgorithm("LAYER_NAS", space,
                    absl::StrCat("{\"min_cost\": 28, \"max_cost\": 34, ",
                                 problem.Table(), "}"),
                    {{}}, 300));
  Workers run(*search, 5, 1, [&](const Point& point) {
    return std::vector<double>{problem.Reward(point)};
  });
  run.Run(300);
  int inside = 0;
  for (size_t i = 150; i < 300; ++i) {
    const int cost = problem.Cost(run.finished()[i].point);
    inside += cost >= 28 && cost <= 34;
  }
  EXPECT_GT(inside, 100);
}

TEST(LayerNasTest, WithoutACostSearchesForTheBest) {
  for (const char* variant : {"paper", "guided"}) {
    SCOPED_TRACE(variant);
    const LayeredProblem problem(8, 5, 0, 9);
    const SearchSpace space = problem.Space(2);
    ASSERT_OK_AND_ASSIGN(
        const auto search,
        MakeAlgorithm("LAYER_NAS", space,
                      absl::StrCat("{\"variant\": \"", variant, "\"}"), {{}},
                      400));
    Workers run(*search, 5, 1, [&](const Point& point) {
      return std::vector<double>{problem.Reward(point)};
    });
    run.Run(400);
    EXPECT_GT(FoundFront(problem, run.finished()).back(),
              problem.Oracle().back() - 0.1);
  }
}

// Then what each option is worth is known.
TEST(LayerNasTest, BeginsWithSingleChangesOfTheDefaults) {
  const LayeredProblem problem(4, 5, 0, 9);
  const SearchSpace space = problem.Space(2);
  ASSERT_OK_AND_ASSIGN(const auto search,
                       MakeAlgorithm("LAYER_NAS", space, "{}", {{}}, 80));
  Workers run(*search, 5, 1, [&](const Point& point) {
    return std::vector<double>{problem.Reward(point)};
  });
  run.Run(17);
  for (const Observation& each : run.finished()) {
    EXPECT_GE(std::count(each.point.begin(), each.point.end(), 2), 3);
  }
  run.Run(13);
  EXPECT_NEAR(FoundFront(problem, run.finished()).back(),
              problem.Oracle().back(), 1e-9)
      << "of 625";
}

// Without the worker that is lost, a bucket would be waited for for ever.
TEST(LayerNasTest, LostWorkersDoNotHoldUpTheNextPass) {
  const LayeredProblem problem(4, 4, 0.1, 2);
  const SearchSpace space = problem.Space(0);
  ASSERT_OK_AND_ASSIGN(
      const auto search,
      MakeAlgorithm("LAYER_NAS", space,
                    absl::StrCat("{\"buckets\": 4, \"variant\": \"paper\", ",
                                 problem.Table(), "}")));
  Workers run(*search, 5, 1, [&](const Point& point) {
    return std::vector<double>{problem.Reward(point)};
  });
  run.lost = 0.05;
  bool waited = false;
  bool went_on = false;
  for (int i = 0; i < 230; ++i) {
    const bool made_up = run.Step() == "random";
    waited = waited || made_up;
    went_on = went_on || (waited && !made_up);
  }
  EXPECT_TRUE(went_on);
}

constexpr char kConditional[] = R"pb(
  parameters {
    parameter_id: "block"
    categorical_value_spec { values: "conv" values: "attention" values: "none" }
    conditional_parameter_specs {
      parent_categorical_values { values: "conv" }
      parameter_spec {
        parameter_id: "kernel"
        discrete_value_spec { values: 3 values: 5 values: 7 }
      }
    }
    conditional_parameter_specs {
      parent_categorical_values { values: "attention" }
      parameter_spec {
        parameter_id: "heads"
        integer_value_spec { min_value: 1 max_value: 8 }
      }
    }
  }
  parameters {
    parameter_id: "dropout"
    double_value_spec { max_value: 0.5 }
  }
  parameters {
    parameter_id: "depth"
    integer_value_spec { min_value: 1 max_value: 6 }
  })pb";

TEST(LayerNasTest, GoesOnInAConditionalSpaceWithFailuresAndLostWorkers) {
  const SearchSpace space = MakeSpace(kConditional);
  for (const char* variant : {"paper", "guided"}) {
    SCOPED_TRACE(variant);
    ASSERT_OK_AND_ASSIGN(
        const auto search,
        MakeAlgorithm("LAYER_NAS", space,
                      absl::StrCat("{\"variant\": \"", variant, "\"}")));
    // Seven heads, little dropout, great depth.
    const auto value = [](const Point& point) {
      return (IsActive(point[2]) ? 2 + point[2] : 0) - point[3] + point[4];
    };
    Workers run(*search, 6, 8, [&](const Point& point) {
      return std::vector<double>{value(point)};
    });
    run.failing = 0.3;
    run.lost = 0.03;
    run.Run(300);
    double best = 0;
    for (const Observation& each : run.finished()) {
      Point normalized = each.point;
      space.Normalize(normalized);
      ASSERT_EQ(Text(each.point), Text(normalized));
      if (each.IsFeasible()) best = std::max(best, value(each.point));
    }
    EXPECT_GT(best, 3.5) << "of 4";
  }
}

TEST(LayerNasTest, GoesOnWhenTheReferenceFails) {
  const LayeredProblem problem(6, 5, 0.1, 7);
  const SearchSpace space = problem.Space(0);
  for (const char* variant : {"paper", "guided"}) {
    SCOPED_TRACE(variant);
    ASSERT_OK_AND_ASSIGN(
        const auto search,
        MakeAlgorithm("LAYER_NAS", space,
                      absl::StrCat("{\"variant\": \"", variant, "\", ",
                                   problem.Table(), "}"),
                      {{}}, 500));
    // Whatever leaves the last layer at its default fails.
    Workers run(*search, 5, 4, [&](const Point& point) {
      return point[5] == 0 ? std::vector<double>()
                           : std::vector<double>{problem.Reward(point)};
    });
    run.Run(500);
    EXPECT_GT(FoundFront(problem, run.finished()).back(),
              problem.Oracle().back() - 1.5);
  }
}

TEST(LayerNasTest, MemosAreNotTrusted) {
  const SearchSpace space = MakeSpace(kConditional);
  ASSERT_OK_AND_ASSIGN(const auto search, MakeAlgorithm("LAYER_NAS", space));
  const Rng rng(1);
  int64_t id = 0;
  for (const char* memo :
       {"layer", "layer -7", "layer 99999999999999999999", "layer 9", "\xff",
        "change", "guided", "random", "reference"}) {
    ASSERT_OK_AND_ASSIGN(const auto suggestions,
                         search->Suggest({3, 10 * id, {}, rng}));
    for (const Suggestion& each : suggestions) {
      ASSERT_OK(search->Observe({{++id, each.point, {1.0 * id}, memo}}));
    }
    const std::vector<Pending> pending = {{99, suggestions[0].point, memo}};
    EXPECT_OK(search->Suggest({3, 10 * id, pending, rng}));
  }
}

TEST(LayerNasTest, OptionsThatMakeNoSenseAreRefused) {
  const SearchSpace space = MakeSpace(kConditional);
  const std::pair<const char*, const char*> cases[] = {
      {R"({"cost": {"formulas": "nats"}})", "{\"table\""},
      {R"({"cost": {"formula": "nats_size_flosp"}})", "nats_size_flops\"?"},
      {R"({"cost": {"formula": "nats_size_flops"}})", "five parameters"},
      {R"({"cost": {"formula": "nats_topology_flops"}})", "nor_conv_3x3"},
      {R"({"cost": {"table": {"detph": {"1": 2}}}})", "did you mean \"depth\""},
      {R"({"cost": {"table": {"depth": {"1": 2}}}})", "price for value \"2\""},
      {R"({"cost": {"table": {"depth": {"9": 2}}}})", "out of range"},
      {R"({"cost": {"table": {"kernel": {"3": "x"}}}})", "a number"},
      {R"({"cost": {"table": {"dropout": {"0": 1}}}})", "discrete values"},
      {R"({"cost": {"table": 3}})", "parameter"},
      {R"({"max_cost": "high"})", "max_cost"},
      {R"({"min_cost": 3, "max_cost": 2})", "min_cost"},
      {R"({"groups": ["depth"]})", "list"},
      {R"({"groups": [["depth", "dropuot"]]})", "did you mean \"dropout\""},
      {R"({"groups": [["depth"], ["depth"]]})", "twice"},
      {R"({"groups": [["block", "depth", "dropout"]]})", "double_levels"},
      {R"({"order": "depth"})", "list"},
      {R"({"order": ["width"]})", "not a parameter"},
      {R"({"variant": "best"})", "variant"},
  };
  for (const auto& [options, message] : cases) {
    EXPECT_THAT(
        MakeAlgorithm("LAYER_NAS", space, options),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message)))
        << options;
  }
  EXPECT_THAT(MakeAlgorithm("LAYER_NAS", space, "{}", {{}, {}, {}}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("3 metrics have no threshold")));
}

}  // namespace
}  // namespace apogee
