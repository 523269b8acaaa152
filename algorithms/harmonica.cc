#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "algorithms/math/sparse_polynomial.h"
#include "algorithms/outcome.h"
#include "algorithms/outcome_scores.h"
#include "algorithms/point_set.h"
#include "algorithms/region.h"
#include "algorithms/registry.h"

namespace apogee {
namespace {

// Of the answers that the polynomial's variables may take together; its weakest
// terms are left out beyond.
constexpr size_t kMaxCombinations = 1 << 16;
// Attempts at a point that was not tried before.
constexpr int kAttempts = 10;

// The parameters of a polynomial, and what is tried for them.
struct Choice {
  int dimension;
  // Questions about the parameter, by their number.
  std::vector<int> questions;
  // Answers it can give: for several categories, one of them or none.
  size_t options() const { return questions.size() + 1; }
};

// The answers to all questions that make the polynomial largest; 0 where it
// does not matter.
std::vector<int8_t> BestAnswers(absl::Span<const Region::Question> questions,
                                absl::Span<const SparseTerm> terms) {
  std::vector<Choice> choices;
  std::vector<SparseTerm> used;
  const auto combinations = [](const std::vector<Choice>& all) {
    size_t product = 1;
    for (const Choice& each : all) {
      product = std::min(product * each.options(), kMaxCombinations + 1);
    }
    return product;
  };
  for (const SparseTerm& term : terms) {
    std::vector<Choice> more = choices;
    for (const int variable : term.variables) {
      const int dimension = questions[variable].dimension;
      auto choice = std::find_if(
          more.begin(), more.end(),
          [&](const Choice& c) { return c.dimension == dimension; });
      if (choice == more.end()) {
        choice = more.insert(more.end(), {dimension, {}});
      }
      if (std::find(choice->questions.begin(), choice->questions.end(),
                    variable) == choice->questions.end()) {
        choice->questions.push_back(variable);
      }
    }
    if (combinations(more) > kMaxCombinations) break;
    choices = std::move(more);
    used.push_back(term);
  }

  std::vector<int8_t> best;
  double best_value = 0;
  std::vector<int8_t> answers(questions.size(), 0);
  const size_t count = combinations(choices);
  for (size_t number = 0; number < count; ++number) {
    size_t rest = number;
    for (const Choice& choice : choices) {
      const size_t option = rest % choice.options();
      rest /= choice.options();
      for (size_t i = 0; i < choice.questions.size(); ++i) {
        answers[choice.questions[i]] = i == option ? 1 : -1;
      }
    }
    double value = 0;
    for (const SparseTerm& term : used) {
      double product = 1;
      for (const int variable : term.variables) product *= answers[variable];
      value += term.weight * (product - term.average);
    }
    if (best.empty() || value > best_value) {
      best = answers;
      best_value = value;
    }
  }
  return best;
}

class HarmonicaAlgorithm : public Algorithm {
 public:
  explicit HarmonicaAlgorithm(const Problem& problem)
      : space_(*problem.space),
        goals_(problem.goals),
        stages_(problem.options.Int("stages")),
        degree_(static_cast<int>(problem.options.Int("degree"))),
        terms_(static_cast<int>(problem.options.Int("terms"))),
        local_(problem.options.String("final_stage") == "local"),
        stage_trials_(static_cast<size_t>(problem.options.Int("stage_trials"))),
        region_(problem.space) {
    if (stage_trials_ == 0) {
      stage_trials_ =
          std::clamp<size_t>(3 * region_.Questions().size(), 30, 300);
      if (problem.budget > 0) {
        const auto share = static_cast<size_t>(problem.budget / (stages_ + 1));
        stage_trials_ = std::min(stage_trials_, std::max<size_t>(share, 10));
      }
    }
    needed_ = stage_trials_;
  }

  absl::Status Observe(absl::Span<const Observation> finished) override {
    for (const Observation& each : finished) {
      Outcome outcome = Judge(goals_, each);
      known_.Add(each.point);
      if (!best_ || IsBetter(outcome, best_->outcome)) {
        best_ = Trial{each.point, outcome};
      }
      if (stage_ == stages_ || !region_.Contains(each.point)) continue;
      inside_.push_back({each.point, std::move(outcome)});
      if (inside_.size() >= needed_) EndStage();
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<Suggestion>> Suggest(
      const Ask& ask) const override {
    PointSetOverlay known(known_, ask.pending);
    std::vector<Suggestion> suggestions;
    for (int i = 0; i < ask.count; ++i) {
      RandomStream random = ask.rng.At(static_cast<uint64_t>(ask.ordinal + i));
      Point point = Propose(random);
      for (int k = 1; k < kAttempts && known.Contains(point); ++k) {
        point = Propose(random);
      }
      known.Add(point);
      suggestions.push_back({std::move(point), ""});
    }
    return suggestions;
  }

 private:
  struct Trial {
    Point point;
    Outcome outcome;
  };

  void EndStage() {
    const std::vector<Region::Question> questions = region_.Questions();
    std::vector<std::vector<int8_t>> rows;
    std::vector<Outcome> outcomes;
    for (const Trial& trial : inside_) {
      std::vector<int8_t>& row = rows.emplace_back();
      for (const Region::Question& each : questions) {
        row.push_back(region_.Answer(each, trial.point));
      }
      outcomes.push_back(trial.outcome);
    }
    const std::vector<SparseTerm> terms =
        FitSparsePolynomial(rows, Merits(outcomes), degree_, terms_);
    // Without a word about what matters, the stage goes on.
    needed_ += stage_trials_;
    if (terms.empty()) return;

    const std::vector<int8_t> answers = BestAnswers(questions, terms);
    Region restricted = region_;
    for (size_t i = 0; i < questions.size(); ++i) {
      if (answers[i] != 0) restricted.Restrict(questions[i], answers[i] > 0);
    }
    region_ = std::move(restricted);
    ++stage_;
    needed_ = stage_trials_;
    if (stage_ == stages_) {
      inside_.clear();
    } else {
      inside_.erase(std::remove_if(inside_.begin(), inside_.end(),
                                   [&](const Trial& trial) {
                                     return !region_.Contains(trial.point);
                                   }),
                    inside_.end());
    }
  }

  Point Propose(RandomStream& random) const {
    if (stage_ < stages_ || !local_ || !best_ || space_.size() == 0) {
      return region_.Draw(random);
    }
    Point point = best_->point;
    do {
      Change(point, random);
    } while (random.Below(2) == 0);
    space_.Normalize(point);
    return point;
  }

  // Moves one coordinate: within the region, or anywhere in case a stage was
  // wrong.
  void Change(Point& point, RandomStream& random) const {
    const auto i = static_cast<int>(random.Below(point.size()));
    const int64_t cardinality = space_.dimension(i).cardinality;
    const bool many = !space_.dimension(i).IsCategorical() &&
                      (cardinality == 0 || cardinality > 8);
    if (many && IsActive(point[i]) && random.Below(2) == 0) {
      // Steps of all sizes.
      point[i] += std::pow(10, -3 * random.Uniform()) * random.Normal();
    } else if (random.Below(2) == 0) {
      point[i] = region_.DrawCoordinate(i, random);
    } else {
      point[i] = space_.Quantile(i, random.Uniform());
    }
  }

  const SearchSpace& space_;
  const std::vector<Goal> goals_;
  const int64_t stages_;
  const int degree_;
  const int terms_;
  const bool local_;
  size_t stage_trials_;

  int64_t stage_ = 0;
  // Trials that end this stage.
  size_t needed_ = 0;
  Region region_;
  // Finished, and in the region of this stage.
  std::vector<Trial> inside_;
  std::optional<Trial> best_;
  PointSet known_;
};

}  // namespace

AlgorithmInfo Harmonica() {
  AlgorithmInfo info;
  info.summary =
      "Finds the few parameters that matter by sparse regression, and fixes "
      "them stage by stage.";
  info.description =
      "For many parameters of two values of which few matter, alone or in "
      "groups of two or three, and for many workers: the trials of a stage are "
      "drawn at random, so all may run at once. At the end of a stage a sparse "
      "polynomial of products of parameters is fitted to the results (Lasso), "
      "and the parameters in it are fixed to where it is largest; the next "
      "stage draws the others. After the last stage the best point is improved "
      "by changing a parameter or a few.\n"
      "Parameters of more values take part by questions with two answers: "
      "whether a number lies in the upper half of its range (a stage leaves "
      "one half), whether a category is a certain one (a stage picks or "
      "excludes it). That suits rough tuning; for fine tuning of numbers take "
      "CMA_ES. Not for functions in which everything matters, and not for "
      "fewer trials than a hundred. The end of a stage takes up to a tenth of "
      "a second.\n"
      "Hazan, Klivans and Yuan, \"Hyperparameter optimization: a spectral "
      "approach\", ICLR 2018.";
  info.options = {
      {.name = "stages",
       .default_value = int64_t{3},
       .min = 0,
       .max = 100,
       .description = "How often parameters are fixed."},
      {.name = "stage_trials",
       .default_value = int64_t{0},
       .min = 0,
       .max = 10'000,
       .description = "Trials of a stage; 0 stands for three for each "
                      "question, at least 30 and at most 300, and at most an "
                      "even share of the study's budget."},
      {.name = "terms",
       .default_value = int64_t{5},
       .min = 1,
       .max = 30,
       .description = "Products in the polynomial of a stage."},
      {.name = "degree",
       .default_value = int64_t{3},
       .min = 1,
       .max = 3,
       .description = "Parameters in a product; fewer are used when there "
                      "would be more than 50,000 products."},
      {.name = "final_stage",
       .default_value = "local",
       .choices = {"local", "random"},
       .description = "What follows the stages: changes to the best point, or "
                      "points at random with the rest of the parameters."},
  };
  info.create = CreateAlways<HarmonicaAlgorithm>;
  return info;
}

}  // namespace apogee
