#pragma once

#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "algorithms/choice_space.h"
#include "algorithms/outcome.h"
#include "base/rng.h"

namespace apogee {

// Makes decisions, and learns to make better ones from what came of them. The
// state is a function of what was learned, in its order.
class Controller {
 public:
  virtual ~Controller() = default;

  // An option for each variable.
  virtual std::vector<int> Draw(RandomStream& random) const = 0;
  // The decisions that look best so far; kNoOption where nothing is known.
  virtual std::vector<int> Best() const = 0;
  // `options` holds kNoOption for variables that did not take part.
  virtual void Learn(absl::Span<const int> options, const Outcome& outcome) = 0;
};

// Every option as likely as the others; learns nothing.
std::unique_ptr<Controller> MakeRandomController(
    absl::Span<const Variable> variables);

// Keeps the last `population` results. The best of floor(sqrt(population)) of
// them, drawn at random, is the parent; one of its decisions is drawn anew. At
// random until as many results are known. (Real et al., "Regularized evolution
// for image classifier architecture search", AAAI 2019.)
std::unique_ptr<Controller> MakeEvolutionController(
    absl::Span<const Variable> variables, int population);

// Keeps a probability for each option, by itself for each variable, and raises
// those of options that did well: REINFORCE on the ranks of each `batch`
// results with an entropy bonus, steps by Adam. (Williams, "Simple statistical
// gradient-following algorithms for connectionist reinforcement learning",
// 1992.)
//
// Scores have mean 0 over the results that a variable took part in. So any
// constant added to the gradient of a log-probability cancels, also that of
// log P(feasible): decisions drawn until they kept to a limit need no
// correction.
struct PolicyGradientOptions {
  // 2 or more.
  int batch;
  double learning_rate;
  double entropy;
  // Whether options of ordered variables share what they learn with their
  // neighbours.
  bool use_order = false;
};
std::unique_ptr<Controller> MakePolicyGradientController(
    absl::Span<const Variable> variables, const PolicyGradientOptions& options);

}  // namespace apogee
