#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "CLI/CLI.hpp"
#include "tests/bench/search/simulation.h"
#include "tests/bench/search/table_problem.h"

namespace apogee {

// The command line of bench_search.
struct Arguments {
  std::vector<std::string> algorithms;
  std::vector<std::string> peers;
  std::vector<std::string> options;
  std::vector<std::string> one_objective;
  std::vector<std::string> alone;
  std::vector<std::string> problems;
  std::string suite;
  std::string data;
  TableDescription table;
  std::vector<double> max_costs;
  std::optional<int64_t> trials;
  std::optional<int64_t> seeds;
  std::vector<double> targets;
  std::string against;
  bool time = false;
  std::vector<std::string> checkpoints;
  Laboratory laboratory;
  uint64_t seed = 1;
  int threads =
      static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  std::string out;
  bool list = false;
};

void AddOptions(CLI::App& app, Arguments& arguments);

}  // namespace apogee
