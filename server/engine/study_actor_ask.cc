// The part of StudyActor that gets suggestions and stopping decisions, from
// this process or from another.

#include <chrono>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "proto/validate.h"
#include "server/engine/study_actor.h"

namespace apogee {
namespace {

// So many finished trials at a time are learned on the spot.
constexpr size_t kMostNewsAtOnce = 100;

// Errors of a policy that nobody reached, as against one that refused.
bool IsUnreachable(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
}

vizier::StudyDescriptor Describe(const Study& study) {
  const vizier::StudySpec& spec = study.proto().study_spec();
  vizier::StudyDescriptor descriptor;
  *descriptor.mutable_config()->mutable_search_space() = spec.parameters();
  *descriptor.mutable_config()->mutable_metric_information() = spec.metrics();
  *descriptor.mutable_config()->mutable_metadata() = spec.metadata();
  descriptor.set_guid(study.proto().name());
  descriptor.set_max_trial_id(static_cast<int32_t>(study.trials().max_id()));
  return descriptor;
}

// What is beyond the `count` that were asked for is kept for later questions,
// within reason.
absl::StatusOr<Proposal> ToProposal(const StudyProblem& problem,
                                    vizier::SuggestDecision decision,
                                    int64_t count) {
  if (decision.suggestions_size() > count + kMaxSuggestionCount) {
    return absl::InternalError(
        absl::StrCat("the policy gave ", decision.suggestions_size(),
                     " suggestions, where ", count, " were asked for"));
  }
  Proposal proposal;
  for (vizier::TrialSuggestion& suggestion : *decision.mutable_suggestions()) {
    if (const absl::Status kept =
            problem.CheckConstraints(suggestion.parameters());
        !kept.ok()) {
      return absl::InternalError(
          absl::StrCat("the policy gave a suggestion that the study does not "
                       "allow: ",
                       kept.message()));
    }
    *proposal.Add().suggestion = std::move(suggestion);
  }
  proposal.metadata.assign(decision.metadata().begin(),
                           decision.metadata().end());
  return proposal;
}

absl::StatusOr<Proposal> AnswerTimed(const EngineContext& context,
                                     Suggester& suggester,
                                     const Suggester::Question& question) {
  const auto start = std::chrono::steady_clock::now();
  absl::StatusOr<Proposal> proposal = suggester.Answer(question);
  context.on_suggest(
      suggester.algorithm_name(),
      absl::FromChrono(std::chrono::steady_clock::now() - start));
  return proposal;
}

}  // namespace

void StudyActor::AskIfWanted() {
  while (study_ && study_->wanted() > 0) {
    const std::string endpoint = PythiaEndpoint(study_->proto().study_spec());
    const int64_t count = study_->BeginAsk();
    if (!endpoint.empty() &&
        breaker_.Allows(endpoint, context_->clock->Now())) {
      AskRemote(endpoint, count);
    } else if (study_->problem()->algorithm() != nullptr) {
      AskLocal(count);
    } else {
      EndAsk(absl::UnavailableError(
          endpoint.empty()
              ? absl::StrCat("algorithm \"",
                             study_->problem()->algorithm_name(),
                             "\" is not one of this server's, and the study "
                             "has no Pythia endpoint any more")
              : absl::StrCat("the study's Pythia endpoint ", endpoint,
                             " has not answered ", Breaker::kFailures,
                             " times; it is tried again within ",
                             absl::FormatDuration(Breaker::kPause))));
    }
  }
}

void StudyActor::AskRemote(const std::string& endpoint, int64_t count) {
  vizier::SuggestRequest request;
  request.set_algorithm(study_->proto().study_spec().algorithm());
  *request.mutable_study_descriptor() = Describe(*study_);
  request.set_count(static_cast<int32_t>(count));
  ++remote_calls_;
  context_->remote->Suggest(
      endpoint, request,
      [self = shared_from_this(), generation = generation_, count,
       start = context_->clock->Now()](
          absl::StatusOr<vizier::SuggestDecision> decision) {
        self->context_->on_suggest("pythia",
                                   self->context_->clock->Now() - start);
        self->PostToSelf([generation, count, decision = std::move(decision)](
                             StudyActor& actor) mutable {
          --actor.remote_calls_;
          if (generation != actor.generation_) return;
          if (decision.ok()) {
            actor.breaker_.Succeeded();
            actor.EndAsk(ToProposal(*actor.study_->problem(),
                                    *std::move(decision), count));
          } else if (!IsUnreachable(decision.status())) {
            actor.breaker_.Succeeded();
            actor.EndAsk(decision.status());
          } else {
            actor.breaker_.Failed(actor.context_->clock->Now());
            if (actor.study_->problem()->algorithm() != nullptr) {
              actor.AskLocal(count);
            } else {
              actor.EndAsk(decision.status());
            }
          }
          actor.AskIfWanted();
        });
      });
}

void StudyActor::AskLocal(int64_t count) {
  const std::shared_ptr<const StudyProblem>& problem = study_->problem();
  if (suggester_ == nullptr) {
    suggester_ = std::make_shared<Suggester>(problem, study_->seed());
  }
  Suggester::Question question = suggester_->Prepare(*study_, count);
  if (problem->algorithm()->info.cheap &&
      question.finished.size() <= kMostNewsAtOnce) {
    return EndAsk(AnswerTimed(*context_, *suggester_, question));
  }
  context_->compute->Run([self = shared_from_this(), suggester = suggester_,
                          generation = generation_, count,
                          question = std::move(question)] {
    if (question.more) {
      self->PostToSelf(
          [generation, count,
           learned = suggester->Learn(question)](StudyActor& actor) {
            if (generation != actor.generation_) return;
            if (learned.ok()) return actor.AskLocal(count);
            actor.EndAsk(learned);
            actor.AskIfWanted();
          });
      return;
    }
    absl::StatusOr<Proposal> proposal =
        AnswerTimed(*self->context_, *suggester, question);
    self->PostToSelf([generation, proposal = std::move(proposal)](
                         StudyActor& actor) mutable {
      if (generation != actor.generation_) return;
      actor.EndAsk(std::move(proposal));
      actor.AskIfWanted();
    });
  });
}

void StudyActor::EndAsk(absl::StatusOr<Proposal> proposal) {
  Effects effects;
  study_->EndAsk(std::move(proposal), context_->clock->Now(), effects);
  Settle(std::move(effects));
}

StopDecision StudyActor::JudgeByRule(int64_t trial_id) {
  Effects effects;
  StopDecision decision = study_->JudgeStopping(trial_id, effects);
  Settle(std::move(effects));
  return decision;
}

absl::StatusOr<StopDecision> StudyActor::TakeStopAnswer(
    int64_t trial_id, absl::StatusOr<vizier::EarlyStopDecisions> answer) {
  if (IsUnreachable(answer.status())) {
    breaker_.Failed(context_->clock->Now());
    // The trial may have ended or gone while nobody answered.
    RETURN_IF_ERROR(study_->CanJudgeStopping(trial_id));
    return JudgeByRule(trial_id);
  }
  breaker_.Succeeded();
  RETURN_IF_ERROR(answer.status());
  if (!answer->metadata().empty()) {
    vizier::UpdateMetadataRequest update;
    *update.mutable_delta() = answer->metadata();
    Effects effects;
    // A closed study keeps its metadata as it is.
    (void)study_->UpdateMetadata(update, effects);
    Settle(std::move(effects));
  }
  for (const vizier::EarlyStopDecision& decision : answer->decisions()) {
    if (decision.id() == trial_id) {
      return StopDecision{.should_stop = decision.should_stop(),
                          .reason = decision.reason()};
    }
  }
  return StopDecision{.reason = "the policy did not name the trial"};
}

void StudyActor::JudgeStopping(int64_t trial_id, Done<StopDecision> done) {
  if (!study_) return Reply<StopDecision>(std::move(done), Missing());
  study_->RenewLease(trial_id, context_->clock->Now());
  if (absl::Status can = study_->CanJudgeStopping(trial_id); !can.ok()) {
    return Reply<StopDecision>(std::move(done), std::move(can));
  }
  const std::string endpoint = PythiaEndpoint(study_->proto().study_spec());
  if (endpoint.empty() || !breaker_.Allows(endpoint, context_->clock->Now())) {
    return Reply<StopDecision>(std::move(done), JudgeByRule(trial_id));
  }
  vizier::EarlyStopRequest request;
  request.set_algorithm(study_->proto().study_spec().algorithm());
  *request.mutable_study_descriptor() = Describe(*study_);
  request.add_trial_ids(static_cast<int32_t>(trial_id));
  ++remote_calls_;
  auto owed = std::make_shared<Done<StopDecision>>(std::move(done));
  context_->remote->EarlyStop(
      endpoint, request,
      [self = shared_from_this(), generation = generation_, trial_id,
       owed](absl::StatusOr<vizier::EarlyStopDecisions> decisions) {
        Message message =
            [generation, trial_id, owed,
             decisions = std::move(decisions)](StudyActor& actor) mutable {
              --actor.remote_calls_;
              absl::StatusOr<StopDecision> decision = actor.Missing();
              if (generation == actor.generation_) {
                decision = actor.TakeStopAnswer(trial_id, std::move(decisions));
              }
              actor.Reply<StopDecision>(std::move(*owed), std::move(decision));
            };
        // The actor retires when its study goes; why it went stays.
        if (!self->Post(message)) std::move (*owed)(self->Missing());
      });
}

}  // namespace apogee
