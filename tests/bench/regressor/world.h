#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "algorithms/regressor/regressor.h"
#include "base/rng.h"

namespace apogee {

// What a study of a world tunes: a number between bounds, or a category.
struct WorldParameter {
  std::string name;
  bool is_logarithmic;
  bool is_whole;
  double low;
  double high;
  // Empty for numbers.
  std::vector<std::string> categories;
  // The optimizer with which alone it is there; empty for roots.
  std::string optimizer;
};

// A study that can be searched.
struct WorldStudy {
  StudyText text;
  std::vector<WorldParameter> parameters;
  // What a trial measures with this noise, and with 0, what it is really worth.
  // Nothing where it needs too much memory.
  std::function<std::optional<double>(const NamedPoint&, double noise)> measure;
};

// A made-up world of people who tune networks: 12 parameters by the names that
// everybody uses, 30 datasets, 6 models, 4 metrics. What a parameter does
// depends on the dataset and the model, so whoever reads names and metadata can
// know much of a study before its first trial.
class World {
 public:
  // How a study presents itself.
  enum class Names { kPlain, kHashed };
  // Which dataset a study is about: that by whose name it goes, or another one
  // that has taken the name and that no other study is about.
  enum class Datasets { kKnown, kNew };

  // The standard deviation of the noise.
  static constexpr double kNoise = .01;

  // Worlds of different seeds share the names and nothing else.
  explicit World(uint64_t seed) : rng_(seed) {}

  // A study by number. Of the 10 root parameters it has 3 to 7 (up to 10 when
  // its metric is latency) with bounds of its own, and their children; every
  // optimum is a little off where other studies of the same dataset and model
  // have it.
  WorldStudy Describe(uint64_t number,
                      Datasets datasets = Datasets::kKnown) const;

  // The study with so many trials at random points, measured with noise.
  NamedStudy Study(uint64_t number, int trials,
                   Names names = Names::kPlain) const;

 private:
  Rng rng_;
};

}  // namespace apogee
