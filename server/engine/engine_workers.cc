// The part of Engine for workers and those who watch them.

#include <algorithm>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "proto/names.h"
#include "server/engine/engine.h"

namespace apogee {
namespace {

using apogee::v1::ListWorkersResponse;

// Collects the workers of several studies; answers when it is let go.
class WorkerGatherer {
 public:
  explicit WorkerGatherer(Engine::Done<ListWorkersResponse> done)
      : done_(std::move(done)) {}
  ~WorkerGatherer() {
    std::sort(workers_.begin(), workers_.end(),
              [](const apogee::v1::Worker& a, const apogee::v1::Worker& b) {
                return std::tie(a.study(), a.client_id()) <
                       std::tie(b.study(), b.client_id());
              });
    ListWorkersResponse response;
    for (apogee::v1::Worker& worker : workers_) {
      *response.add_workers() = std::move(worker);
    }
    std::move(done_)(std::move(response));
  }
  WorkerGatherer(const WorkerGatherer&) = delete;
  WorkerGatherer& operator=(const WorkerGatherer&) = delete;

  void Take(const ListWorkersResponse& response) {
    MutexLock lock(mutex_);
    workers_.insert(workers_.end(), response.workers().begin(),
                    response.workers().end());
  }

 private:
  Mutex mutex_;
  std::vector<apogee::v1::Worker> workers_;
  Engine::Done<ListWorkersResponse> done_;
};

absl::StatusOr<ListWorkersResponse> WorkersOf(Study& study, absl::Time,
                                              Effects&) {
  return study.ListWorkers();
}

}  // namespace

void Engine::Heartbeat(const apogee::v1::HeartbeatRequest& request,
                       Done<apogee::v1::HeartbeatResponse> done) {
  absl::StatusOr<StudyName> name = StudyName::Parse(request.parent());
  if (!name.ok()) return std::move(done)(name.status());
  Post(
      *name,
      [&request, done = std::move(done)](StudyActor& actor) mutable {
        actor.Run<apogee::v1::HeartbeatResponse>(
            [&request](Study& study, absl::Time now, Effects&)
                -> absl::StatusOr<apogee::v1::HeartbeatResponse> {
              return study.Heartbeat(request, now);
            },
            std::move(done));
      },
      &StudyActor::PostShort);
}

void Engine::ReleaseTrial(const apogee::v1::ReleaseTrialRequest& request,
                          Done<Encoded<vizier::Trial>> done) {
  absl::StatusOr<TrialName> name = TrialName::Parse(request.name());
  if (!name.ok()) return std::move(done)(name.status());
  Post(
      name->study,
      [&request, id = name->id,
       done = std::move(done)](StudyActor& actor) mutable {
        actor.Run<Encoded<vizier::Trial>>(
            [&request, id](Study& study, absl::Time now, Effects& effects) {
              return study.ReleaseTrial(id, request, now, effects);
            },
            std::move(done));
      },
      &StudyActor::PostShort);
}

void Engine::ListWorkers(const apogee::v1::ListWorkersRequest& request,
                         Done<ListWorkersResponse> done) {
  if (absl::StatusOr<StudyName> name = StudyName::Parse(request.parent());
      name.ok()) {
    return Post(*name, [done = std::move(done)](StudyActor& actor) mutable {
      actor.Run<ListWorkersResponse>(WorkersOf, std::move(done));
    });
  }
  std::vector<std::shared_ptr<StudyActor>> actors;
  {
    MutexLock lock(mutex_);
    for (const auto& [name, slot] : studies_) {
      if (request.parent().empty() ||
          request.parent() == OwnerName{.owner = name.owner}.ToString()) {
        actors.push_back(slot.actor);
      }
    }
  }
  const auto gatherer = std::make_shared<WorkerGatherer>(std::move(done));
  for (const std::shared_ptr<StudyActor>& actor : actors) {
    StudyActor::Message message = [gatherer](StudyActor& a) {
      a.Run<ListWorkersResponse>(
          WorkersOf,
          [gatherer](const absl::StatusOr<ListWorkersResponse>& workers) {
            if (workers.ok()) gatherer->Take(*workers);
          });
    };
    // One that has left memory meanwhile has nobody at work.
    (void)actor->Post(message);
  }
}

}  // namespace apogee
