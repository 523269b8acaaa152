#pragma once

#include <memory>
#include <string>
#include <vector>

#include "algorithms/regressor/regressor.h"

namespace apogee {

// Another study whose trials may say something of this one.
struct PriorStudy {
  std::string name;
  // Its first objective and, in the order they finished, its trials.
  NamedStudy study;
};

// What is known from outside of a study. Fixed for the life of the study:
// suggestions follow from it as they do from the seed.
struct Background {
  // The study itself, by its first objective.
  StudyText text;
  std::vector<PriorStudy> priors;
  // Trained on many studies; null where there is none. R1 and R2 of
  // regressor/README.md.
  std::shared_ptr<const Regressor> text_regressor;
  std::shared_ptr<const Regressor> context_regressor;
  // Which training they are from.
  std::string regressor_version;
  // A model in another process; null where there is none.
  std::shared_ptr<const Regressor> remote_regressor;
};

}  // namespace apogee
