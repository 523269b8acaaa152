#include "algorithms/gp/gp_search.h"

namespace apogee {

AlgorithmInfo GpBandit() {
  AlgorithmInfo info;
  info.summary =
      "Models all metrics by Gaussian processes, and tries what may be best.";
  info.description =
      "For trials that cost minutes or more: tens to about a thousand of them, "
      "on up to some tens of parameters. After each result a Gaussian process "
      "says how good every point is likely to be and how sure that is; the "
      "next trial is the point with the largest mean + one standard "
      "deviation. Pending trials lower the deviation around them, so that "
      "workers side by side do not try the same.\n"
      "Doubles, integers and categories are modelled together, each parameter "
      "with a length over which it matters (Matern 5/2 covariance); what two "
      "points both lack adds no distance between them. The lengths, the "
      "variance and the noise are those under which the results are likeliest. "
      "Results are warped first: the bad half counts by rank, the good half by "
      "logarithms of the distance to the best. Metrics with a threshold have "
      "models of their own, and so has whether a trial is infeasible; a point "
      "counts by the probability that it keeps them all. Of several objectives "
      "the hypervolume is searched.\n"
      "The first trial is the default point. While there are few results, the "
      "search keeps near known points. Later, while nothing better comes, "
      "every other one keeps near the best, in a region that shrinks, with a "
      "model of the trials around it. Of more than 1,000 trials the best and "
      "the latest are modelled.\n"
      "Not for trials of a second, as a suggestion takes hundredths of a "
      "second at 100 trials and tenths at 1,000; nor for thousands of trials, "
      "where CMA_ES and evolution go on improving.\n"
      "Srinivas et al., \"Gaussian process optimization in the bandit "
      "setting\", 2010; Eriksson et al., \"Scalable global optimization via "
      "local Bayesian optimization\", 2019; Song et al., \"The Vizier Gaussian "
      "process bandit algorithm\", 2024.";
  info.several_objectives = true;
  info.options = GpSearch::Options();
  info.explain = GpSearch::Explain;
  info.create =
      [](const Problem& problem) -> absl::StatusOr<std::unique_ptr<Algorithm>> {
    return std::make_unique<GpSearch>(problem, /*explores=*/false);
  };
  return info;
}

}  // namespace apogee
