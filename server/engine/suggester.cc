#include "server/engine/suggester.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "proto/options.h"

namespace apogee {

Suggester::Suggester(std::shared_ptr<const StudyProblem> problem, uint64_t seed)
    : problem_(std::move(problem)),
      rng_(seed),
      algorithm_(problem_->MakeAlgorithm()) {}

Suggester::Question Suggester::Prepare(const Study& study, int64_t count) {
  Question question;
  question.count = count;
  question.ordinal = study.trials().next_ordinal();
  if (!problem_->algorithm()->info.learns) return question;

  const Trials& trials = study.trials();
  if (erasures_ != trials.erasures()) {
    erasures_ = trials.erasures();
    seen_ = 0;
    question.rebuild = true;
  }
  // Trials that do not lie in the search space (their worker or another policy
  // made them) teach the algorithm nothing, nor do those that were given up.
  constexpr size_t kMostNews = 2000;
  for (; seen_ < trials.finished().size(); ++seen_) {
    if (question.finished.size() == kMostNews) {
      question.more = true;
      return question;
    }
    const int64_t id = trials.finished()[seen_];
    if (trials.given_up(id)) continue;
    Scratch scratch;
    absl::StatusOr<Point> point =
        problem_->space().Encode(trials.Get(id, scratch).parameters());
    if (!point.ok()) continue;
    const absl::Span<const double> values = trials.SignedValues(seen_);
    question.finished.push_back({.trial_id = id,
                                 .point = *std::move(point),
                                 .metrics = {values.begin(), values.end()},
                                 .memo = trials.memo(id)});
  }
  const auto add_pending = [&](int64_t id) {
    Scratch scratch;
    absl::StatusOr<Point> point =
        problem_->space().Encode(trials.Get(id, scratch).parameters());
    if (!point.ok()) return;
    question.pending.push_back(
        {.trial_id = id, .point = *std::move(point), .memo = trials.memo(id)});
  };
  for (const int64_t id : trials.requested()) add_pending(id);
  for (const auto& [id, client_id] : trials.running()) add_pending(id);
  return question;
}

absl::Status Suggester::Learn(const Question& question) {
  if (question.rebuild) algorithm_ = problem_->MakeAlgorithm();
  if (question.finished.empty()) return absl::OkStatus();
  absl::Status observed = algorithm_->Observe(question.finished);
  if (!observed.ok()) erasures_ = -1;  // it has missed these: start anew
  return observed;
}

absl::StatusOr<Proposal> Suggester::Answer(const Question& question) {
  RETURN_IF_ERROR(Learn(question));
  ASSIGN_OR_RETURN(
      std::vector<Suggestion> suggestions,
      algorithm_->Suggest({.count = static_cast<int>(question.count),
                           .ordinal = question.ordinal,
                           .pending = question.pending,
                           .rng = rng_}));
  Proposal proposal;
  proposal.exhausted =
      static_cast<int64_t>(suggestions.size()) < question.count;
  int64_t ordinal = question.ordinal;
  const auto& metrics = problem_->metrics();
  const auto objective =
      std::find_if(metrics.begin(), metrics.end(),
                   [](const auto& each) { return each.goal.IsObjective(); });
  const double sign = objective == metrics.end() ? 1 : objective->sign;
  for (Suggestion& suggestion : suggestions) {
    if (!problem_->space().KeepsConstraints(suggestion.point)) {
      return absl::InternalError(absl::StrCat(
          problem_->algorithm_name(),
          " suggested a point that breaks a constraint of the study; this is a "
          "bug"));
    }
    Proposal::Entry& entry = proposal.Add();
    problem_->space().Decode(suggestion.point,
                             *entry.suggestion->mutable_parameters());
    if (const auto& explain = problem_->algorithm()->info.explain) {
      vizier::KeyValue& said = *entry.suggestion->add_metadata();
      said.set_ns(kOptionsNamespace);
      said.set_key(kSuggestionKey);
      said.set_value(explain(suggestion.memo, sign));
    }
    entry.origin = {.ordinal = ordinal++, .memo = std::move(suggestion.memo)};
  }
  return proposal;
}

}  // namespace apogee
