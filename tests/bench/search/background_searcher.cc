#include "tests/bench/search/background_searcher.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "algorithms/guided/guided_memo.h"
#include "base/check.h"
#include "base/rng.h"
#include "base/status_macros.h"
#include "tests/bench/search/stopwatch.h"

namespace apogee {
namespace {

class OfAlgorithm : public Searcher {
 public:
  OfAlgorithm(SearchSpace space, bool minimize, uint64_t seed)
      : space_(std::move(space)), sign_(minimize ? -1 : 1), rng_(seed) {}

  absl::Status Start(const RegisteredAlgorithm& algorithm, Problem problem) {
    problem.space = &space_;
    ASSIGN_OR_RETURN(algorithm_, CreateAlgorithm(algorithm, problem));
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<Trial>> Take(const std::string&,
                                            double) override {
    const Stopwatch stopwatch(&seconds_);
    ASSIGN_OR_RETURN(std::vector<Suggestion> suggestions,
                     algorithm_->Suggest({1, taken_, pending_, rng_}));
    if (suggestions.empty()) return std::nullopt;
    ++taken_;
    Trial trial = {taken_, space_.Decode(suggestions[0].point)};
    // "context 0.41; ..."
    const std::string& memo = suggestions[0].memo;
    if (GuidedMemo::Parse(memo)) trial.source = memo.substr(0, memo.find(' '));
    pending_.push_back({taken_, std::move(suggestions[0].point),
                        std::move(suggestions[0].memo)});
    return trial;
  }

  absl::Status Complete(int64_t id, const std::vector<double>& measured,
                        double) override {
    const Stopwatch stopwatch(&seconds_);
    const auto trial =
        std::find_if(pending_.begin(), pending_.end(),
                     [&](const Pending& each) { return each.trial_id == id; });
    APOGEE_CHECK(trial != pending_.end());
    Observation observation = {id, std::move(trial->point), measured,
                               std::move(trial->memo)};
    for (double& each : observation.metrics) each *= sign_;
    pending_.erase(trial);
    return algorithm_->Observe({&observation, 1});
  }

  double Seconds() const override { return seconds_; }

 private:
  SearchSpace space_;
  double sign_;
  Rng rng_;
  std::unique_ptr<Algorithm> algorithm_;
  std::vector<Pending> pending_;
  int64_t taken_ = 0;
  double seconds_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Searcher>> BackgroundSearcher(
    const TestProblem& problem, const RegisteredAlgorithm& algorithm,
    const google::protobuf::Struct& options, int64_t trials, uint64_t seed) {
  using vizier::StudySpec;
  APOGEE_CHECK(problem.spec.metrics_size() == 1);
  ASSIGN_OR_RETURN(SearchSpace space,
                   SearchSpace::Create(problem.spec.parameters()));
  auto searcher = std::make_unique<OfAlgorithm>(
      std::move(space),
      problem.spec.metrics(0).goal() == StudySpec::MetricSpec::MINIMIZE, seed);
  Problem described = {
      .space = nullptr, .budget = trials, .background = problem.background};
  ASSIGN_OR_RETURN(
      described.options,
      CheckOptions(algorithm.name, algorithm.info.options, options));
  RETURN_IF_ERROR(searcher->Start(algorithm, std::move(described)));
  return searcher;
}

}  // namespace apogee
