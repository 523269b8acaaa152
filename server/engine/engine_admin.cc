// The part of Engine for those who look after the server.

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "server/engine/engine.h"
#include "server/engine/study_loader.h"

namespace apogee {
namespace {

// Studies whose names are fetched at a time.
constexpr int kPageSize = 1000;

// Loads every study as if it were needed, and says which ones can not be.
absl::Status CheckStudies(Datastore& store, Regressors& regressors,
                          apogee::v1::CheckResponse& response) {
  ListQuery query{.page_size = kPageSize};
  do {
    ASSIGN_OR_RETURN(const StudyPage page, store.List(query));
    for (const StudyRow& row : page.studies) {
      vizier::Study proto;
      absl::StatusOr<StudyName> name =
          proto.ParseFromString(row.proto)
              ? StudyName::Parse(proto.name())
              : absl::InvalidArgumentError("it does not parse");
      if (!name.ok()) {
        response.add_problems(
            absl::StrCat("a study can not be read: ", name.status().message()));
        continue;
      }
      StudyLoader loader(&regressors);
      absl::Status loaded = store.Load(*name, loader);
      // Somebody may have deleted it meanwhile.
      if (loaded.ok() || absl::IsNotFound(loaded)) continue;
      if (!absl::IsDataLoss(loaded)) return loaded;
      response.add_problems(
          absl::StrCat(name->ToString(), ": ", loaded.message()));
    }
    query.page_token = page.next_page_token;
  } while (!query.page_token.empty());
  return absl::OkStatus();
}

absl::StatusOr<apogee::v1::CheckResponse> CheckStore(Datastore& store,
                                                     Regressors& regressors) {
  apogee::v1::CheckResponse response;
  ASSIGN_OR_RETURN(const std::vector<std::string> problems, store.Check());
  for (const std::string& problem : problems) response.add_problems(problem);
  RETURN_IF_ERROR(CheckStudies(store, regressors, response));
  return response;
}

}  // namespace

void Engine::Backup(const apogee::v1::BackupRequest& request,
                    Done<apogee::v1::BackupResponse> done) {
  admin_.Run([this, path = request.path(), done = std::move(done)]() mutable {
    const absl::Status written = context_.store->Backup(path);
    if (!written.ok()) return std::move(done)(written);
    std::move(done)(apogee::v1::BackupResponse());
  });
}

void Engine::Check(const apogee::v1::CheckRequest&,
                   Done<apogee::v1::CheckResponse> done) {
  admin_.Run([this, done = std::move(done)]() mutable {
    std::move(done)(CheckStore(*context_.store, regressors_));
  });
}

void Engine::Vacuum(const apogee::v1::VacuumRequest&,
                    Done<apogee::v1::VacuumResponse> done) {
  admin_.Run([this, done = std::move(done)]() mutable {
    const absl::Status vacuumed = context_.store->Vacuum();
    if (!vacuumed.ok()) return std::move(done)(vacuumed);
    std::move(done)(apogee::v1::VacuumResponse());
  });
}

void Engine::ExportStudy(const apogee::v1::ExportStudyRequest& request,
                         Done<apogee::v1::StudyRecord> done) {
  absl::StatusOr<StudyName> name = StudyName::Parse(request.name());
  if (!name.ok()) return std::move(done)(name.status());
  Post(*name, [done = std::move(done)](StudyActor& actor) mutable {
    actor.Run<apogee::v1::StudyRecord>(
        [](Study& study, absl::Time,
           Effects&) -> absl::StatusOr<apogee::v1::StudyRecord> {
          return study.Export();
        },
        std::move(done));
  });
}

void Engine::ExportTrials(const apogee::v1::ExportTrialsRequest& request,
                          Done<apogee::v1::ExportTrialsResponse> done) {
  absl::StatusOr<StudyName> name = StudyName::Parse(request.parent());
  if (!name.ok()) return std::move(done)(name.status());
  Post(*name, [&request, done = std::move(done)](StudyActor& actor) mutable {
    actor.Run<apogee::v1::ExportTrialsResponse>(
        [&request](Study& study, absl::Time, Effects&) {
          return study.ExportTrials(request);
        },
        std::move(done));
  });
}

void Engine::ImportStudy(const apogee::v1::ImportStudyRequest& request,
                         Done<vizier::Study> done) {
  absl::StatusOr<OwnerName> owner = OwnerName::Parse(request.parent());
  if (!owner.ok()) return std::move(done)(owner.status());
  Post(
      {.owner = owner->owner, .study = request.record().study().display_name()},
      [&request, done = std::move(done)](StudyActor& actor) mutable {
        actor.Import(request, DrawSeed(), std::move(done));
      });
}

void Engine::ImportTrials(const apogee::v1::ImportTrialsRequest& request,
                          Done<apogee::v1::ImportTrialsResponse> done) {
  absl::StatusOr<StudyName> name = StudyName::Parse(request.parent());
  if (!name.ok()) return std::move(done)(name.status());
  Post(*name, [&request, done = std::move(done)](StudyActor& actor) mutable {
    actor.Run<apogee::v1::ImportTrialsResponse>(
        [&request](Study& study, absl::Time, Effects& effects) {
          return study.ImportTrials(request, effects);
        },
        std::move(done));
  });
}

}  // namespace apogee
