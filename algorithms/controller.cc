#include "algorithms/controller.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <utility>

#include "algorithms/math/adam.h"
#include "algorithms/outcome_scores.h"

namespace apogee {
namespace {

std::vector<int> DrawEvenly(absl::Span<const Variable> variables,
                            RandomStream& random) {
  std::vector<int> options;
  options.reserve(variables.size());
  for (const Variable& variable : variables) {
    options.push_back(static_cast<int>(random.Below(variable.options)));
  }
  return options;
}

class RandomController : public Controller {
 public:
  explicit RandomController(absl::Span<const Variable> variables)
      : variables_(variables.begin(), variables.end()) {}

  std::vector<int> Draw(RandomStream& random) const override {
    return DrawEvenly(variables_, random);
  }
  std::vector<int> Best() const override {
    return std::vector<int>(variables_.size(), kNoOption);
  }
  void Learn(absl::Span<const int>, const Outcome&) override {}

 private:
  std::vector<Variable> variables_;
};

class EvolutionController : public Controller {
 public:
  EvolutionController(absl::Span<const Variable> variables, int population)
      : variables_(variables.begin(), variables.end()),
        capacity_(population),
        tournament_(static_cast<int>(std::sqrt(population))) {}

  std::vector<int> Draw(RandomStream& random) const override {
    std::vector<int> options = DrawEvenly(variables_, random);
    if (population_.size() < capacity_) return options;
    const Member* parent = &population_[random.Below(capacity_)];
    for (int i = 1; i < tournament_; ++i) {
      const Member& other = population_[random.Below(capacity_)];
      if (IsBetter(other.outcome, parent->outcome)) parent = &other;
    }
    // What did not take part in the parent, and so may now, stays as drawn.
    std::vector<size_t> active;
    for (size_t v = 0; v < variables_.size(); ++v) {
      if (parent->options[v] != kNoOption) active.push_back(v);
    }
    if (active.empty()) return options;
    const size_t mutated = active[random.Below(active.size())];
    for (const size_t v : active) {
      if (v != mutated) options[v] = parent->options[v];
    }
    return options;
  }

  std::vector<int> Best() const override {
    if (population_.empty()) {
      return std::vector<int>(variables_.size(), kNoOption);
    }
    return std::max_element(population_.begin(), population_.end(),
                            [](const Member& a, const Member& b) {
                              return IsBetter(b.outcome, a.outcome);
                            })
        ->options;
  }

  void Learn(absl::Span<const int> options, const Outcome& outcome) override {
    population_.push_back({{options.begin(), options.end()}, outcome});
    if (population_.size() > capacity_) population_.pop_front();
  }

 private:
  struct Member {
    std::vector<int> options;
    Outcome outcome;
  };

  std::vector<Variable> variables_;
  size_t capacity_;
  int tournament_;
  // Oldest first.
  std::deque<Member> population_;
};

class PolicyGradientController : public Controller {
 public:
  PolicyGradientController(absl::Span<const Variable> variables,
                           const PolicyGradientOptions& options)
      : variables_(variables.begin(), variables.end()), options_(options) {
    size_t size = 0;
    for (const Variable& variable : variables_) {
      first_.push_back(size);
      size += static_cast<size_t>(variable.options);
    }
    logits_.resize(size);
    probabilities_.resize(size);
    adam_ = Adam(size, options_.learning_rate);
    UpdateProbabilities();
  }

  std::vector<int> Draw(RandomStream& random) const override {
    std::vector<int> options;
    options.reserve(variables_.size());
    for (size_t v = 0; v < variables_.size(); ++v) {
      double left = random.Uniform();
      int option = 0;
      while (option < variables_[v].options - 1 &&
             (left -= probabilities_[first_[v] + option]) >= 0) {
        ++option;
      }
      options.push_back(option);
    }
    return options;
  }

  std::vector<int> Best() const override {
    std::vector<int> best(variables_.size(), kNoOption);
    if (!learned_) return best;
    for (size_t v = 0; v < variables_.size(); ++v) {
      const auto begin =
          logits_.begin() + static_cast<std::ptrdiff_t>(first_[v]);
      best[v] = static_cast<int>(
          std::max_element(begin, begin + variables_[v].options) - begin);
    }
    return best;
  }

  void Learn(absl::Span<const int> options, const Outcome& outcome) override {
    decisions_.emplace_back(options.begin(), options.end());
    outcomes_.push_back(outcome);
    if (static_cast<int>(outcomes_.size()) < options_.batch) return;
    Update(RankScores(outcomes_));
    decisions_.clear();
    outcomes_.clear();
    learned_ = true;
  }

 private:
  void Update(const std::vector<double>& scores) {
    std::vector<double> gradient(logits_.size());
    for (size_t v = 0; v < variables_.size(); ++v) {
      double sum = 0;
      int active = 0;
      for (size_t i = 0; i < scores.size(); ++i) {
        if (decisions_[i][v] == kNoOption) continue;
        sum += scores[i];
        ++active;
      }
      if (active == 0) continue;
      for (size_t i = 0; i < scores.size(); ++i) {
        if (decisions_[i][v] == kNoOption) continue;
        Credit(v, decisions_[i][v], (scores[i] - sum / active) / active,
               gradient);
      }
      AddEntropyGradient(v, gradient);
    }
    adam_.Step(gradient, logits_);
    UpdateProbabilities();
  }

  // To the option and, half as much at each step away, to its neighbours.
  void Credit(size_t v, int option, double amount,
              std::vector<double>& gradient) const {
    const int reach = options_.use_order && variables_[v].ordered ? 3 : 0;
    const int last = std::min(option + reach, variables_[v].options - 1);
    for (int k = std::max(option - reach, 0); k <= last; ++k) {
      gradient[first_[v] + k] += std::ldexp(amount, -std::abs(k - option));
    }
  }

  void AddEntropyGradient(size_t v, std::vector<double>& gradient) const {
    double entropy = 0;
    for (int k = 0; k < variables_[v].options; ++k) {
      const double p = probabilities_[first_[v] + k];
      if (p > 0) entropy -= p * std::log(p);
    }
    for (int k = 0; k < variables_[v].options; ++k) {
      const double p = probabilities_[first_[v] + k];
      if (p > 0) {
        gradient[first_[v] + k] -=
            options_.entropy * p * (std::log(p) + entropy);
      }
    }
  }

  void UpdateProbabilities() {
    for (size_t v = 0; v < variables_.size(); ++v) {
      const size_t end = first_[v] + static_cast<size_t>(variables_[v].options);
      double largest = logits_[first_[v]];
      for (size_t k = first_[v]; k < end; ++k) {
        largest = std::max(largest, logits_[k]);
      }
      double sum = 0;
      for (size_t k = first_[v]; k < end; ++k) {
        sum += probabilities_[k] = std::exp(logits_[k] - largest);
      }
      for (size_t k = first_[v]; k < end; ++k) probabilities_[k] /= sum;
    }
  }

  std::vector<Variable> variables_;
  PolicyGradientOptions options_;
  // Where the options of each variable begin in what follows.
  std::vector<size_t> first_;
  std::vector<double> logits_;
  std::vector<double> probabilities_;
  Adam adam_;
  bool learned_ = false;
  // The batch so far.
  std::vector<std::vector<int>> decisions_;
  std::vector<Outcome> outcomes_;
};

}  // namespace

std::unique_ptr<Controller> MakeRandomController(
    absl::Span<const Variable> variables) {
  return std::make_unique<RandomController>(variables);
}

std::unique_ptr<Controller> MakeEvolutionController(
    absl::Span<const Variable> variables, int population) {
  return std::make_unique<EvolutionController>(variables, population);
}

std::unique_ptr<Controller> MakePolicyGradientController(
    absl::Span<const Variable> variables,
    const PolicyGradientOptions& options) {
  return std::make_unique<PolicyGradientController>(variables, options);
}

}  // namespace apogee
