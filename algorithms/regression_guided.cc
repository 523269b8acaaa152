#include "algorithms/guided/guided_search.h"

namespace apogee {

AlgorithmInfo RegressionGuided() {
  AlgorithmInfo info;
  info.summary =
      "Begins with what other studies know, and trusts it as far as it holds.";
  info.description =
      "For few and expensive trials of something that was tuned before in a "
      "like way: the same model on other data, last month's code, another "
      "team's job. The first trial is where those of such studies were best, "
      "and they go on to guide, so that 5 or 10 trials may do what 20 or more "
      "do from nothing.\n"
      "Up to six sources predict what a point measures. The study's own "
      "Gaussian process (GAUSSIAN_PROCESS_BANDIT) knows nothing else, nor do "
      "its boosted trees, which join in after 20 feasible trials where no "
      "parameter is a double: they learn steps and single values. The "
      "priors: a Gaussian process on the trials of each prior study; their "
      "sum, each with the share that this study's results confirm, and a "
      "process on what is left. Two regressors, where the server has trained "
      "them: one reads the text of a trial, and a process on this study's "
      "trials corrects it; the other reads these trials itself. A remote one, "
      "where the server was given one: a model of "
      "any size that somebody serves; what it does not answer in time is done "
      "without. Parameters are known by their names, so prior studies may "
      "have other bounds, and more or fewer parameters.\n"
      "Each suggestion is the choice of one source, and its trial's metadata "
      "(\"apogee trial show\") say what all of them expected. When the result "
      "is there, it shows who was right, and "
      "whoever predicts better chooses more often. The study's own process "
      "always keeps a quarter of the choices and chance a twentieth, so "
      "studies that mislead cost some trials at the beginning, and no more.\n"
      "Without prior studies and regressors, this is GAUSSIAN_PROCESS_BANDIT "
      "with a few random trials and, where no parameter is a double, the "
      "trees. Not for thousands of trials, nor for several objectives; with "
      "limits on other metrics it keeps to them as the Gaussian process "
      "does.\n"
      "Golovin et al., \"Google Vizier: a service for black-box "
      "optimization\", 2017; Feurer et al., \"Practical transfer learning for "
      "Bayesian optimization\", 2018; Chen and Guestrin, \"XGBoost: a "
      "scalable tree boosting system\", 2016; Song et al., \"OmniPred: "
      "language models as universal regressors\", 2024; Nguyen et al., "
      "\"Predicting from strings: language model embeddings for Bayesian "
      "optimization\", 2024.";
  info.uses_background = true;
  info.options = GuidedSearch::Options();
  info.explain = GuidedSearch::Explain;
  info.create =
      [](const Problem& problem) -> absl::StatusOr<std::unique_ptr<Algorithm>> {
    return std::make_unique<GuidedSearch>(problem);
  };
  return info;
}

}  // namespace apogee
