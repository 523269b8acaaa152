#include "server/engine/study_actor.h"

#include "absl/strings/str_cat.h"
#include "server/engine/background.h"
#include "server/engine/study_loader.h"

namespace apogee {

using google::longrunning::Operation;

namespace {

// Messages that one turn on the engine pool runs before others get theirs.
constexpr int kMessagesPerTurn = 64;

}  // namespace

StudyActor::StudyActor(StudyName name, const EngineContext* context)
    : name_(std::move(name)), context_(context) {}

bool StudyActor::Post(Message& message) {
  MutexLock lock(mutex_);
  return PostLocked(message);
}

bool StudyActor::PostLocked(Message& message) {
  if (retired_) return false;
  mailbox_.push_back(std::move(message));
  if (!running_) {
    running_ = true;
    context_->engine->Run([self = shared_from_this()] { self->Drain(); });
  }
  return true;
}

bool StudyActor::PostShort(Message& message) {
  {
    MutexLock lock(mutex_);
    // Between turns, `loaded_` is nobody else's.
    if (retired_ || running_ || !loaded_) return PostLocked(message);
    running_ = true;
  }
  RunMessage(std::move(message));
  if (Message next; Next(next)) {
    context_->engine->Run(
        [self = shared_from_this(), next = std::move(next)]() mutable {
          self->RunMessage(std::move(next));
          self->Drain();
        });
  }
  return true;
}

void StudyActor::PostToSelf(Message message) { (void)Post(message); }

void StudyActor::Drain() {
  if (!loaded_) return Load();
  for (int i = 0; i < kMessagesPerTurn; ++i) {
    Message message;
    if (!Next(message)) return;
    RunMessage(std::move(message));
  }
  context_->engine->Run([self = shared_from_this()] { self->Drain(); });
}

bool StudyActor::Next(Message& message) {
  {
    MutexLock lock(mutex_);
    if (!mailbox_.empty()) {
      message = std::move(mailbox_.front());
      mailbox_.pop_front();
      return true;
    }
    running_ = false;
    retired_ = MayRetire();
    if (!retired_) {
      stats_ = CountStudy();
      return false;
    }
  }
  context_->retired(*this);
  return false;
}

void StudyActor::RunMessage(Message message) {
  evicted_ = false;
  std::move(message)(*this);
  WatchLeases();
}

void StudyActor::WatchLeases() {
  if (!study_ || study_->next_expiry() >= watched_) return;
  const absl::Time when = study_->next_expiry();
  watched_ = when;
  context_->timer->RunAfter(
      when - context_->clock->Now(), [weak = weak_from_this(), when] {
        const std::shared_ptr<StudyActor> self = weak.lock();
        if (self == nullptr) return;
        self->PostToSelf([when](StudyActor& actor) {
          // The one that is watched now may be another, after this one.
          if (actor.watched_ == when) actor.watched_ = absl::InfiniteFuture();
          if (!actor.study_) return;
          Effects effects;
          actor.study_->ExpireLeases(actor.context_->clock->Now(), effects);
          actor.Settle(std::move(effects));
          actor.AskIfWanted();
        });
      });
}

void StudyActor::Load() {
  context_->readers->Run([self = shared_from_this()] {
    StudyLoader loader(self->context_->regressors);
    self->no_study_ = self->context_->store->Load(self->name_, loader);
    if (self->no_study_.ok()) {
      self->study_ = loader.Finish();
      self->study_->BeginLeases(self->context_->clock->Now());
    }
    self->loaded_ = true;
    self->context_->engine->Run([self] {
      self->AskIfWanted();
      self->Drain();
    });
  });
}

absl::Status StudyActor::Missing() const {
  // A study of that name that is there now is not the one that was asked about.
  if (study_ || absl::IsNotFound(no_study_)) {
    return absl::NotFoundError(
        absl::StrCat("there is no study ", name_.ToString()));
  }
  return no_study_;
}

bool StudyActor::CommitsAreDone() const {
  if (last_commit_ == nullptr) return true;
  MutexLock lock(last_commit_->mutex);
  return last_commit_->done;
}

bool StudyActor::MayRetire() const {
  // A successor would load from the store what is still on its way there.
  if (!CommitsAreDone() || creations_ > 0) return false;
  if (!study_) return true;
  return evicted_ && waiting_.empty() && !study_->asking() &&
         remote_calls_ == 0;
}

StudyStats StudyActor::CountStudy() const {
  if (!study_) return {};
  const apogee::v1::TrialCounts counts = study_->trials().Counts();
  return {.requested = counts.requested(),
          .active = counts.active(),
          .stopping = counts.stopping(),
          .succeeded = counts.succeeded(),
          .infeasible = counts.infeasible(),
          .open_operations =
              static_cast<int64_t>(study_->operations().open().size()),
          .workers = study_->trials().workers()};
}

StudyStats StudyActor::Stats() const {
  MutexLock lock(mutex_);
  return stats_;
}

void StudyActor::Forget(absl::Status why) {
  ReleaseWaiting(why);
  study_.reset();
  suggester_.reset();
  no_study_ = std::move(why);
  ++generation_;
}

void StudyActor::Settle(Effects effects) {
  if (effects.reissued + effects.given_up > 0) {
    context_->on_lost(effects.reissued, effects.given_up);
  }
  if (!effects.commit.empty()) {
    effects.commit.study = name_;
    auto flight = std::make_shared<InFlight>();
    last_commit_ = flight;
    context_->store->Apply(
        std::move(effects.commit),
        [flight, self = shared_from_this()](const absl::Status& status) {
          std::vector<Answer> waiting;
          {
            MutexLock lock(flight->mutex);
            flight->done = true;
            flight->status = status;
            waiting.swap(flight->waiting);
          }
          for (Answer& answer : waiting) std::move(answer)(status);
          if (!status.ok()) {
            // What is in memory is not what is on disk: load it anew.
            self->PostToSelf([status](StudyActor& actor) {
              actor.Forget(absl::UnavailableError(
                  absl::StrCat("a change of the study could not be written, so "
                               "it is being loaded again; ask again: ",
                               status.message())));
            });
          }
        });
  }
  for (const Operations::Key& key : effects.ended) AnswerWaiting(key);
}

void StudyActor::WhenDurable(Answer answer) {
  absl::Status status;
  if (last_commit_ != nullptr) {
    MutexLock lock(last_commit_->mutex);
    if (!last_commit_->done) {
      last_commit_->waiting.push_back(std::move(answer));
      return;
    }
    status = last_commit_->status;
  }
  std::move(answer)(status);
}

void StudyActor::Create(const vizier::CreateStudyRequest& request,
                        uint64_t seed, Done<vizier::Study> done) {
  const RegisteredAlgorithm* const algorithm =
      FindAlgorithm(request.study().study_spec().algorithm());
  if (!study_ && absl::IsNotFound(no_study_) && algorithm != nullptr &&
      algorithm->info.uses_background) {
    return GatherAndCreate(request, seed, std::move(done));
  }
  EndCreate(request, seed, nullptr, std::move(done));
}

void StudyActor::GatherAndCreate(const vizier::CreateStudyRequest& request,
                                 uint64_t seed, Done<vizier::Study> done) {
  ++creations_;
  context_->readers->Run([self = shared_from_this(), &request, seed,
                          done = std::move(done)]() mutable {
    auto background = MakeBackground(*self->context_->store, self->name_,
                                     request.study().study_spec(),
                                     self->context_->regressors);
    self->PostToSelf([&request, seed, background = std::move(background),
                      done = std::move(done)](StudyActor& actor) mutable {
      --actor.creations_;
      actor.EndCreate(request, seed, std::move(background), std::move(done));
    });
  });
}

void StudyActor::EndCreate(
    const vizier::CreateStudyRequest& request, uint64_t seed,
    absl::StatusOr<std::shared_ptr<const Background>> background,
    Done<vizier::Study> done) {
  if (study_) {
    return Reply<vizier::Study>(std::move(done), study_->proto());
  }
  if (!absl::IsNotFound(no_study_)) {
    return Reply<vizier::Study>(std::move(done), no_study_);
  }
  if (!background.ok()) {
    return Reply<vizier::Study>(std::move(done), background.status());
  }
  Effects effects;
  absl::StatusOr<Study> study =
      Study::Create(request, seed, context_->clock->Now(), effects,
                    {.background = *std::move(background)});
  if (!study.ok()) {
    return Reply<vizier::Study>(std::move(done), study.status());
  }
  study_ = *std::move(study);
  Settle(std::move(effects));
  Reply<vizier::Study>(std::move(done), study_->proto());
}

void StudyActor::Import(const apogee::v1::ImportStudyRequest& request,
                        uint64_t seed, Done<vizier::Study> done) {
  if (study_) {
    return Reply<vizier::Study>(
        std::move(done), absl::AlreadyExistsError(absl::StrCat(
                             "there is a study ", name_.ToString(),
                             " already; delete it, or import under another "
                             "name")));
  }
  if (!absl::IsNotFound(no_study_)) {
    return Reply<vizier::Study>(std::move(done), no_study_);
  }
  Effects effects;
  absl::StatusOr<Study> study =
      Study::Import(request, seed, context_->clock->Now(), effects);
  if (!study.ok()) {
    return Reply<vizier::Study>(std::move(done), study.status());
  }
  const vizier::Study proto = study->proto();
  if (!request.validate_only()) {
    study_ = *std::move(study);
    Settle(std::move(effects));
  }
  Reply<vizier::Study>(std::move(done), proto);
}

void StudyActor::Delete(Done<google::protobuf::Empty> done) {
  // A study that can not be loaded can still be deleted.
  if (!study_ &&
      (absl::IsNotFound(no_study_) || absl::IsUnavailable(no_study_))) {
    return Reply<google::protobuf::Empty>(std::move(done), Missing());
  }
  Effects effects;
  effects.commit.erase_study = true;
  Settle(std::move(effects));
  Forget(absl::NotFoundError("the study was deleted"));
  Reply<google::protobuf::Empty>(std::move(done), google::protobuf::Empty());
  // Once the disk has forgotten it too, there may be nothing left to do.
  WhenDurable([self = shared_from_this()](const absl::Status&) {
    self->PostToSelf([](StudyActor&) {});
  });
}

void StudyActor::Suggest(const vizier::SuggestTrialsRequest& request,
                         Done<Operation> done) {
  if (!study_) return Reply<Operation>(std::move(done), Missing());
  Effects effects;
  absl::StatusOr<Operation> operation =
      study_->Suggest(request, context_->clock->Now(), effects);
  Settle(std::move(effects));
  if (!operation.ok() || operation->done()) {
    return Reply<Operation>(std::move(done), std::move(operation));
  }
  const OperationName name = *OperationName::Parse(operation->name());
  const Operations::Key key(name.client_id, name.number);
  waiting_[key].push_back(std::move(done));
  AskIfWanted();
  if (!waiting_.contains(key)) return;
  context_->timer->RunAfter(
      context_->suggest_wait, [weak = weak_from_this(), key] {
        const std::shared_ptr<StudyActor> self = weak.lock();
        if (self == nullptr) return;
        self->PostToSelf([key](StudyActor& actor) {
          if (!actor.waiting_.contains(key)) return;
          Effects detached;
          actor.study_->Detach(key, detached);
          actor.Settle(std::move(detached));
          actor.AnswerWaiting(key);
        });
      });
}

void StudyActor::AnswerWaiting(const Operations::Key& key) {
  const auto it = waiting_.find(key);
  if (it == waiting_.end()) return;
  std::vector<Done<Operation>> calls = std::move(it->second);
  waiting_.erase(it);
  absl::StatusOr<Operation> operation =
      study_->GetOperation(key.first, key.second);
  // A call that is still there learns at once that its study was closed; the
  // operation says so to everybody else.
  if (operation.ok() && operation->has_error() &&
      operation->error().code() ==
          static_cast<int>(absl::StatusCode::kFailedPrecondition)) {
    operation = absl::FailedPreconditionError(operation->error().message());
  }
  for (Done<Operation>& done : calls) {
    Reply<Operation>(std::move(done), operation);
  }
}

void StudyActor::ReleaseWaiting(const absl::Status& why) {
  for (auto& [key, calls] : waiting_) {
    for (Done<Operation>& done : calls) Reply<Operation>(std::move(done), why);
  }
  waiting_.clear();
}

}  // namespace apogee
