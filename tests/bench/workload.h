#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "tests/bench/load.h"

namespace apogee {

// What workers do. Workers are dealt out to `studies` in turn.

// Creates `count` studies of example.h with one metric; returns their names.
std::vector<std::string> CreateStudies(Caller& caller,
                                       const std::string& prefix, int count);

// Asks for a trial and completes it. The latency is that of both calls.
Step Rounds(Caller& caller, const std::vector<std::string>& studies);

// The same; the latency is that of the suggestion alone.
Step Suggestions(Caller& caller, const std::vector<std::string>& studies);

// One call that gives 100 new trials to a new worker.
inline constexpr int kBatch = 100;
Step BatchSuggestions(Caller& caller, const std::vector<std::string>& studies);

// Reads trials that exist: of each study those with ids 1 to `trials`.
Step Gets(Caller& caller, const std::vector<std::string>& studies, int trials);

// Completes the trial of that name.
void Complete(Caller& caller, const std::string& trial, Done done);

// Active trials that wait for their completion.
class TrialPool {
 public:
  TrialPool(Caller& caller, std::vector<std::string> studies)
      : caller_(caller),
        studies_(std::move(studies)),
        names_(studies_.size()) {}

  // Asks the server for so many that each study has `trials`.
  void Fill(size_t trials);

  // Completes one trial of the pool after the other, once each.
  Step Completes();

 private:
  void FillStudy(size_t study, size_t trials);

  Caller& caller_;
  const std::vector<std::string> studies_;
  std::vector<std::deque<std::string>> names_;  // by study
  int clients_ = 0;
};

}  // namespace apogee
