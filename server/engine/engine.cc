#include "server/engine/engine.h"

#include <algorithm>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "base/status_macros.h"
#include "proto/names.h"

namespace apogee {
namespace {

// So many take microseconds, if their algorithm is cheap; if it is not, it runs
// on the compute pool anyway.
constexpr int32_t kFewSuggestions = 4;

int Cores() {
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

// What a list call asks of the store; the empty parent means all owners.
absl::StatusOr<ListQuery> MakeQuery(const std::string& parent,
                                    const std::string& page_token,
                                    int32_t page_size) {
  ListQuery query{.page_token = page_token, .page_size = page_size};
  if (page_size < 0) {
    return absl::InvalidArgumentError("page_size is below 0");
  }
  if (!parent.empty()) {
    ASSIGN_OR_RETURN(OwnerName owner, OwnerName::Parse(parent));
    query.owner = std::move(owner.owner);
  }
  return query;
}

absl::StatusOr<std::vector<vizier::Study>> ParseStudies(const StudyPage& page) {
  std::vector<vizier::Study> studies;
  for (const StudyRow& row : page.studies) {
    if (!studies.emplace_back().ParseFromString(row.proto)) {
      return absl::DataLossError("a stored study does not parse");
    }
  }
  return studies;
}

absl::Status Stopping() {
  return absl::UnavailableError("the server is stopping; ask again");
}

// Collects the summaries of a page of studies; answers when the last is in.
class SummaryGatherer {
 public:
  using Response = apogee::v1::ListStudySummariesResponse;

  SummaryGatherer(std::vector<vizier::Study> studies,
                  std::string next_page_token, Engine::Done<Response> done)
      : studies_(std::move(studies)),
        summaries_(studies_.size()),
        missing_(studies_.size()),
        done_(std::move(done)) {
    response_.set_next_page_token(std::move(next_page_token));
  }

  const std::vector<vizier::Study>& studies() const { return studies_; }

  void Take(size_t i, absl::StatusOr<apogee::v1::StudySummary> summary) {
    {
      MutexLock lock(mutex_);
      summaries_[i] = std::move(summary);
      if (--missing_ > 0) return;
    }
    for (size_t k = 0; k < summaries_.size(); ++k) {
      // A study deleted in the meantime is left out; one that can not be loaded
      // is shown as far as it is known.
      if (absl::IsNotFound(summaries_[k].status())) continue;
      if (summaries_[k].ok()) {
        *response_.add_studies() = *std::move(summaries_[k]);
      } else {
        *response_.add_studies()->mutable_study() = studies_[k];
      }
    }
    std::move(done_)(std::move(response_));
  }

 private:
  const std::vector<vizier::Study> studies_;
  Mutex mutex_;
  std::vector<absl::StatusOr<apogee::v1::StudySummary>> summaries_;
  size_t missing_;
  Response response_;
  Engine::Done<Response> done_;
};

}  // namespace

Engine::Engine(EngineOptions options, Datastore* store, const Clock* clock,
               RemotePolicy* remote)
    : options_(std::move(options)),
      engine_({.threads = options_.engine_threads > 0 ? options_.engine_threads
                                                      : Cores(),
               .name = "engine"}),
      compute_({.threads = options_.compute_threads > 0
                               ? options_.compute_threads
                               : std::max(1, Cores() - 1),
                .name = "compute",
                .background = true}),
      readers_({.threads = 2, .name = "reader"}),
      admin_({.threads = 1, .name = "admin", .background = true}),
      regressors_(store, options_.remote_regressor) {
  context_.store = store;
  context_.clock = clock;
  context_.remote = remote;
  context_.engine = &engine_;
  context_.compute = &compute_;
  context_.readers = &readers_;
  context_.timer = &timer_;
  context_.regressors = &regressors_;
  context_.suggest_wait = options_.suggest_wait;
  context_.retired = [this](const StudyActor& actor) { Retired(actor); };
  context_.on_suggest = options_.on_suggest;
  context_.on_lost = options_.on_lost;
  EvictIdleLater();
}

Engine::~Engine() { Shutdown(); }

void Engine::Shutdown() {
  timer_.Stop();
  admin_.Stop();
  readers_.Stop();
  compute_.Stop();
  engine_.Stop();
}

uint64_t Engine::DrawSeed() {
  std::random_device device;
  return uint64_t{device()} << 32 | device();
}

void Engine::Post(const StudyName& name, StudyActor::Message message,
                  bool (StudyActor::*post)(StudyActor::Message&)) {
  while (true) {
    std::shared_ptr<StudyActor> actor;
    const absl::Time now = context_.clock->Now();
    {
      MutexLock lock(mutex_);
      Slot& slot = studies_[name];
      if (slot.actor == nullptr) {
        slot.actor = std::make_shared<StudyActor>(name, &context_);
      }
      slot.last_used = now;
      actor = slot.actor;
    }
    if (((*actor).*post)(message)) return;
    Retired(*actor);
  }
}

void Engine::Retired(const StudyActor& actor) {
  MutexLock lock(mutex_);
  const auto it = studies_.find(actor.name());
  if (it != studies_.end() && it->second.actor.get() == &actor) {
    studies_.erase(it);
  }
}

EngineStats Engine::Stats() const {
  EngineStats stats{.engine_queue = engine_.queued(),
                    .compute_queue = compute_.queued(),
                    .reader_queue = readers_.queued()};
  MutexLock lock(mutex_);
  stats.studies = static_cast<int64_t>(studies_.size());
  for (const auto& [name, slot] : studies_) {
    const StudyStats study = slot.actor->Stats();
    stats.total.requested += study.requested;
    stats.total.active += study.active;
    stats.total.stopping += study.stopping;
    stats.total.succeeded += study.succeeded;
    stats.total.infeasible += study.infeasible;
    stats.total.open_operations += study.open_operations;
    stats.total.workers += study.workers;
  }
  return stats;
}

void Engine::EvictIdle(absl::Time cutoff) {
  std::vector<std::shared_ptr<StudyActor>> idle;
  {
    MutexLock lock(mutex_);
    for (const auto& [name, slot] : studies_) {
      if (slot.last_used < cutoff) idle.push_back(slot.actor);
    }
  }
  for (const std::shared_ptr<StudyActor>& actor : idle) {
    StudyActor::Message message = [](StudyActor& a) { a.Evict(); };
    (void)actor->Post(message);
  }
}

void Engine::EvictIdleLater() {
  timer_.RunAfter(options_.study_idle / 4, [this] {
    EvictIdle(context_.clock->Now() - options_.study_idle);
    EvictIdleLater();
  });
}

bool Engine::IsDraining() {
  MutexLock lock(mutex_);
  return draining_;
}

void Engine::Drain() {
  std::vector<std::shared_ptr<StudyActor>> actors;
  {
    MutexLock lock(mutex_);
    draining_ = true;
    for (const auto& [name, slot] : studies_) actors.push_back(slot.actor);
  }
  for (const std::shared_ptr<StudyActor>& actor : actors) {
    StudyActor::Message message = [](StudyActor& a) {
      a.ReleaseWaiting(Stopping());
    };
    (void)actor->Post(message);
  }
}

template <typename T, typename Step>
void Engine::Run(const StudyName& name, Step step, Done<T> done,
                 bool (StudyActor::*post)(StudyActor::Message&)) {
  Post(
      name,
      [step = std::move(step),
       done = std::move(done)](StudyActor& actor) mutable {
        actor.Run<T>(std::move(step), std::move(done));
      },
      post);
}

template <typename T, typename Step>
void Engine::RunOnStudy(const std::string& study_name, Step step,
                        Done<T> done) {
  absl::StatusOr<StudyName> name = StudyName::Parse(study_name);
  if (!name.ok()) return std::move(done)(name.status());
  Run<T>(*name, std::move(step), std::move(done));
}

template <typename T, typename Step>
void Engine::RunOnTrial(const std::string& trial_name, Step step,
                        Done<T> done) {
  absl::StatusOr<TrialName> name = TrialName::Parse(trial_name);
  if (!name.ok()) return std::move(done)(name.status());
  Run<T>(
      name->study,
      [id = name->id, step = std::move(step)](Study& study, absl::Time now,
                                              Effects& effects) {
        study.RenewLease(id, now);
        return step(study, id, now, effects);
      },
      std::move(done), &StudyActor::PostShort);
}

void Engine::CreateStudy(const vizier::CreateStudyRequest& request,
                         Done<vizier::Study> done) {
  absl::StatusOr<OwnerName> owner = OwnerName::Parse(request.parent());
  if (!owner.ok()) return std::move(done)(owner.status());
  Post({.owner = owner->owner, .study = request.study().display_name()},
       [&request, done = std::move(done)](StudyActor& actor) mutable {
         actor.Create(request, DrawSeed(), std::move(done));
       });
}

void Engine::GetStudy(const vizier::GetStudyRequest& request,
                      Done<vizier::Study> done) {
  RunOnStudy<vizier::Study>(
      request.name(),
      [](Study& study, absl::Time, Effects&) -> absl::StatusOr<vizier::Study> {
        return study.proto();
      },
      std::move(done));
}

void Engine::ListStudies(const vizier::ListStudiesRequest& request,
                         Done<vizier::ListStudiesResponse> done) {
  if (request.parent().empty()) {
    return std::move(done)(absl::InvalidArgumentError(
        "parent is empty; it should be owners/{owner}"));
  }
  absl::StatusOr<ListQuery> query =
      MakeQuery(request.parent(), request.page_token(), request.page_size());
  if (!query.ok()) return std::move(done)(query.status());
  readers_.Run([this, query = *std::move(query),
                done = std::move(done)]() mutable {
    absl::StatusOr<StudyPage> page = context_.store->List(query);
    if (!page.ok()) return std::move(done)(page.status());
    absl::StatusOr<std::vector<vizier::Study>> studies = ParseStudies(*page);
    if (!studies.ok()) return std::move(done)(studies.status());
    vizier::ListStudiesResponse response;
    for (vizier::Study& study : *studies) {
      *response.add_studies() = std::move(study);
    }
    response.set_next_page_token(page->next_page_token);
    std::move(done)(std::move(response));
  });
}

void Engine::DeleteStudy(const vizier::DeleteStudyRequest& request,
                         Done<Empty> done) {
  absl::StatusOr<StudyName> name = StudyName::Parse(request.name());
  if (!name.ok()) return std::move(done)(name.status());
  Post(*name, [done = std::move(done)](StudyActor& actor) mutable {
    actor.Delete(std::move(done));
  });
}

void Engine::SetStudyState(const vizier::SetStudyStateRequest& request,
                           Done<vizier::Study> done) {
  RunOnStudy<vizier::Study>(
      request.parent(),
      [&request](Study& study, absl::Time now, Effects& effects) {
        return study.SetState(request.state(), now, effects);
      },
      std::move(done));
}

void Engine::SuggestTrials(const vizier::SuggestTrialsRequest& request,
                           Done<Operation> done) {
  absl::StatusOr<StudyName> name = StudyName::Parse(request.parent());
  if (!name.ok()) return std::move(done)(name.status());
  Post(
      *name,
      [this, &request, done = std::move(done)](StudyActor& actor) mutable {
        actor.Suggest(request, std::move(done));
        if (IsDraining()) actor.ReleaseWaiting(Stopping());
      },
      request.suggestion_count() <= kFewSuggestions ? &StudyActor::PostShort
                                                    : &StudyActor::Post);
}

void Engine::GetOperation(
    const google::longrunning::GetOperationRequest& request,
    Done<Operation> done) {
  absl::StatusOr<OperationName> name = OperationName::Parse(request.name());
  if (!name.ok()) return std::move(done)(name.status());
  Run<Operation>(
      name->study,
      [client_id = name->client_id, number = name->number](
          Study& study, absl::Time, Effects&) {
        return study.GetOperation(client_id, number);
      },
      std::move(done), &StudyActor::PostShort);
}

void Engine::CreateTrial(const vizier::CreateTrialRequest& request,
                         Done<Encoded<vizier::Trial>> done) {
  RunOnStudy<Encoded<vizier::Trial>>(
      request.parent(),
      [&request](Study& study, absl::Time now, Effects& effects) {
        return study.CreateTrial(request, now, effects);
      },
      std::move(done));
}

void Engine::GetTrial(const vizier::GetTrialRequest& request,
                      Done<Encoded<vizier::Trial>> done) {
  RunOnTrial<Encoded<vizier::Trial>>(
      request.name(),
      [](Study& study, int64_t id, absl::Time, Effects&) {
        return study.GetTrial(id);
      },
      std::move(done));
}

void Engine::ListTrials(const vizier::ListTrialsRequest& request,
                        Done<Encoded<vizier::ListTrialsResponse>> done) {
  RunOnStudy<Encoded<vizier::ListTrialsResponse>>(
      request.parent(),
      [&request](Study& study, absl::Time, Effects&) {
        return study.ListTrials(request);
      },
      std::move(done));
}

void Engine::AddTrialMeasurement(
    const vizier::AddTrialMeasurementRequest& request,
    Done<Encoded<vizier::Trial>> done) {
  RunOnTrial<Encoded<vizier::Trial>>(
      request.trial_name(),
      [&request](Study& study, int64_t id, absl::Time, Effects& effects) {
        return study.AddMeasurement(id, request.measurement(), effects);
      },
      std::move(done));
}

void Engine::CompleteTrial(const vizier::CompleteTrialRequest& request,
                           Done<Encoded<vizier::Trial>> done) {
  RunOnTrial<Encoded<vizier::Trial>>(
      request.name(),
      [&request](Study& study, int64_t id, absl::Time now, Effects& effects) {
        return study.CompleteTrial(id, request, now, effects);
      },
      std::move(done));
}

void Engine::DeleteTrial(const vizier::DeleteTrialRequest& request,
                         Done<Empty> done) {
  RunOnTrial<Empty>(
      request.name(),
      [](Study& study, int64_t id, absl::Time now,
         Effects& effects) -> absl::StatusOr<Empty> {
        RETURN_IF_ERROR(study.DeleteTrial(id, now, effects));
        return Empty();
      },
      std::move(done));
}

void Engine::CheckTrialEarlyStoppingState(
    const vizier::CheckTrialEarlyStoppingStateRequest& request,
    Done<vizier::CheckTrialEarlyStoppingStateResponse> done) {
  absl::StatusOr<TrialName> name = TrialName::Parse(request.trial_name());
  if (!name.ok()) return std::move(done)(name.status());
  Post(name->study, [id = name->id,
                     done = std::move(done)](StudyActor& actor) mutable {
    actor.JudgeStopping(id, [done = std::move(done)](
                                absl::StatusOr<StopDecision> decision) mutable {
      if (!decision.ok()) return std::move(done)(decision.status());
      vizier::CheckTrialEarlyStoppingStateResponse response;
      response.set_should_stop(decision->should_stop);
      std::move(done)(std::move(response));
    });
  });
}

void Engine::StopTrial(const vizier::StopTrialRequest& request,
                       Done<Encoded<vizier::Trial>> done) {
  RunOnTrial<Encoded<vizier::Trial>>(
      request.name(),
      [](Study& study, int64_t id, absl::Time, Effects& effects) {
        return study.StopTrial(id, effects);
      },
      std::move(done));
}

void Engine::ListOptimalTrials(
    const vizier::ListOptimalTrialsRequest& request,
    Done<Encoded<vizier::ListOptimalTrialsResponse>> done) {
  RunOnStudy<Encoded<vizier::ListOptimalTrialsResponse>>(
      request.parent(),
      [&request](Study& study, absl::Time, Effects&) {
        return study.ListOptimalTrials(request);
      },
      std::move(done));
}

void Engine::UpdateMetadata(const vizier::UpdateMetadataRequest& request,
                            Done<vizier::UpdateMetadataResponse> done) {
  RunOnStudy<vizier::UpdateMetadataResponse>(
      request.name(),
      [&request](Study& study, absl::Time now, Effects& effects) {
        for (const vizier::UnitMetadataUpdate& update : request.delta()) {
          int64_t id = 0;
          if (absl::SimpleAtoi(update.trial_id(), &id)) {
            study.RenewLease(id, now);
          }
        }
        return study.UpdateMetadata(request, effects);
      },
      std::move(done));
}

void Engine::GetStudySummary(const apogee::v1::GetStudySummaryRequest& request,
                             Done<apogee::v1::StudySummary> done) {
  RunOnStudy<apogee::v1::StudySummary>(
      request.name(),
      [](Study& study, absl::Time,
         Effects&) -> absl::StatusOr<apogee::v1::StudySummary> {
        return study.Summary();
      },
      std::move(done));
}

void Engine::ListStudySummaries(
    const apogee::v1::ListStudySummariesRequest& request,
    Done<apogee::v1::ListStudySummariesResponse> done) {
  absl::StatusOr<ListQuery> query =
      MakeQuery(request.parent(), request.page_token(), request.page_size());
  if (!query.ok()) return std::move(done)(query.status());
  readers_.Run([this, query = *std::move(query),
                done = std::move(done)]() mutable {
    absl::StatusOr<StudyPage> page = context_.store->List(query);
    if (!page.ok()) return std::move(done)(page.status());
    absl::StatusOr<std::vector<vizier::Study>> studies = ParseStudies(*page);
    if (!studies.ok()) return std::move(done)(studies.status());
    if (studies->empty()) {
      return std::move(done)(apogee::v1::ListStudySummariesResponse());
    }
    auto gatherer = std::make_shared<SummaryGatherer>(
        *std::move(studies), page->next_page_token, std::move(done));
    for (size_t i = 0; i < gatherer->studies().size(); ++i) {
      RunOnStudy<apogee::v1::StudySummary>(
          gatherer->studies()[i].name(),
          [](Study& study, absl::Time,
             Effects&) -> absl::StatusOr<apogee::v1::StudySummary> {
            return study.Summary();
          },
          [gatherer, i](absl::StatusOr<apogee::v1::StudySummary> summary) {
            gatherer->Take(i, std::move(summary));
          });
    }
  });
}

}  // namespace apogee
