#include "server/training/training_service.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "google/protobuf/util/json_util.h"
#include "nlohmann/json.hpp"
#include "proto/names.h"
#include "proto/validate.h"
#include "server/engine/rows.h"
#include "server/training/shared_studies.h"
#include "server/training/trainer_process.h"
#include "spdlog/spdlog.h"
#include "storage/open.h"

namespace apogee {
namespace {

using apogee::v1::RegressorInfo;
using apogee::v1::Training;
using apogee::v1::TrainingReport;
using google::protobuf::util::JsonStringToMessage;
using google::protobuf::util::MessageToJsonString;

// What a training without anybody's asking takes.
constexpr size_t kEnoughStudies = 20;
constexpr int64_t kGrowthPercent = 10;

std::string ParentOf(const std::string& owner) {
  return owner.empty() ? "" : OwnerName{.owner = owner}.ToString();
}

TrainingReport ReadReport(const RegressorRow& row) {
  TrainingReport report;
  // One that does not parse has nothing to say.
  (void)JsonStringToMessage(row.report_json, &report);
  return report;
}

RegressorInfo MakeInfo(const RegressorRow& row,
                       const std::vector<RegressorRow>& rows) {
  RegressorInfo info;
  info.set_version(row.version);
  info.set_parent(ParentOf(row.owner));
  const RegressorRow* const in_use = InUse(rows, row.owner);
  if (!row.chosen_time) {
    info.set_state(RegressorInfo::REJECTED);
  } else if (in_use != nullptr && in_use->version == row.version) {
    info.set_state(RegressorInfo::IN_USE);
  } else {
    info.set_state(RegressorInfo::ACCEPTED);
  }
  *info.mutable_create_time() = ToProto(row.create_time);
  *info.mutable_report() = ReadReport(row);
  return info;
}

// The last one of the owner, whatever became of it; null for none.
const RegressorRow* Latest(const std::vector<RegressorRow>& rows,
                           const std::string& owner) {
  const RegressorRow* latest = nullptr;
  for (const RegressorRow& row : rows) {
    if (row.owner == owner) latest = &row;
  }
  return latest;
}

}  // namespace

TrainingService::TrainingService(TrainingOptions options, Datastore* store,
                                 const Clock* clock)
    : options_(std::move(options)),
      store_(store),
      clock_(clock),
      tasks_({.threads = 1, .name = "regressors", .background = true}),
      trainer_({.threads = 1, .name = "trainer"}) {
  if (options_.check_every > absl::ZeroDuration()) {
    watcher_ = std::thread([this] { Watch(); });
  }
}

TrainingService::~TrainingService() { Stop(); }

void TrainingService::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    if (pid_ > 0) kill(pid_, SIGKILL);
    changed_.NotifyAll();
  }
  if (watcher_.joinable()) watcher_.join();
  trainer_.Stop();
  tasks_.Stop();
}

void TrainingService::Watch() {
  while (true) {
    const auto next = std::chrono::steady_clock::now() +
                      absl::ToChronoNanoseconds(options_.check_every);
    {
      MutexLock lock(mutex_);
      while (!stopping_ && std::chrono::steady_clock::now() < next) {
        changed_.WaitUntil(mutex_, next);
      }
      if (stopping_) return;
    }
    if (const absl::Status status = TrainIfDue(); !status.ok()) {
      spdlog::warn("can not see whether a training is due: {}",
                   std::string(status.message()));
    }
  }
}

absl::StatusOr<bool> TrainingService::IsDue(
    const std::vector<RegressorRow>& rows,
    const std::optional<std::string>& owner) {
  ASSIGN_OR_RETURN(const SharedCount count, CountSharedStudies(*store_, owner));
  if (count.hashes.size() < kEnoughStudies) return false;
  const RegressorRow* const latest = Latest(rows, owner.value_or(""));
  if (latest == nullptr) return true;
  return 100 * count.trials >=
             (100 + kGrowthPercent) * ReadReport(*latest).trials() ||
         KnowsOthers(*latest, count.hashes);
}

absl::Status TrainingService::TrainIfDue() {
  ASSIGN_OR_RETURN(const std::vector<RegressorRow> rows,
                   store_->ListRegressors());
  ASSIGN_OR_RETURN(const std::vector<std::string> owners,
                   store_->ListSharingOwners());
  std::vector<std::optional<std::string>> scopes = {std::nullopt};
  scopes.insert(scopes.end(), owners.begin(), owners.end());
  for (const std::optional<std::string>& owner : scopes) {
    ASSIGN_OR_RETURN(const bool is_due, IsDue(rows, owner));
    if (!is_due) continue;
    const absl::Status begun =
        Begin(ParentOf(owner.value_or("")), options_.cpu_time).status();
    return absl::IsFailedPrecondition(begun) ? absl::OkStatus() : begun;
  }
  return absl::OkStatus();
}

void TrainingService::TrainRegressor(
    const apogee::v1::TrainRegressorRequest& request, Done<Training> done) {
  absl::Duration cpu_time = options_.cpu_time;
  if (request.cpu_seconds() != 0) {
    cpu_time = absl::Seconds(request.cpu_seconds());
  }
  tasks_.Run([this, parent = request.parent(), cpu_time,
              done = std::move(done)]() mutable {
    std::move(done)(Begin(parent, cpu_time));
  });
}

absl::StatusOr<Training> TrainingService::Begin(const std::string& parent,
                                                absl::Duration cpu_time) {
  std::optional<std::string> owner;
  if (!parent.empty()) {
    ASSIGN_OR_RETURN(OwnerName name, OwnerName::Parse(parent));
    owner = std::move(name.owner);
  }
  if (!(cpu_time > absl::ZeroDuration() && cpu_time <= absl::Hours(24 * 7))) {
    return FieldError("cpu_seconds",
                      "cpu_seconds must be above 0 and at most a week");
  }
  RETURN_IF_ERROR(OpenStudyReader(options_.store).status());
  MutexLock lock(mutex_);
  if (stopping_) return absl::UnavailableError("the server is stopping");
  if (training_ && training_->state() == Training::RUNNING) {
    return absl::FailedPreconditionError(
        "a training is running; wait for it (\"apogee regressor list\")");
  }
  training_.emplace();
  training_->set_state(Training::RUNNING);
  training_->set_parent(parent);
  *training_->mutable_start_time() = ToProto(clock_->Now());
  trainer_.Run(
      [this, owner = std::move(owner), cpu_time] { Train(owner, cpu_time); });
  return *training_;
}

void TrainingService::Train(std::optional<std::string> owner,
                            absl::Duration cpu_time) {
  spdlog::info("training regressors for {}", owner ? *owner : "all owners");
  const TrainOptions options{
      .owner = owner,
      .cpu_time = cpu_time,
      .seed = static_cast<uint64_t>(absl::ToUnixMicros(clock_->Now()))};
  absl::StatusOr<apogee::v1::TrainedModels> models = RunTrainer(
      options_.store, options,
      [this](int pid) {
        MutexLock lock(mutex_);
        pid_ = pid;
        if (stopping_ && pid > 0) kill(pid, SIGKILL);
      },
      [this](const Training& progress) {
        MutexLock lock(mutex_);
        training_->set_progress(progress.progress());
        *training_->mutable_report() = progress.report();
      });
  End(models.ok() ? Keep(owner, *std::move(models)) : models.status());
}

absl::StatusOr<int64_t> TrainingService::Keep(
    const std::optional<std::string>& owner, apogee::v1::TrainedModels models) {
  RegressorRow row;
  row.owner = owner.value_or("");
  row.create_time = clock_->Now();
  if (models.is_accepted()) row.chosen_time = row.create_time;
  row.studies_json =
      nlohmann::json(std::vector<std::string>(models.studies().begin(),
                                              models.studies().end()))
          .dump();
  const auto written = MessageToJsonString(models.report(), &row.report_json);
  if (!written.ok()) return absl::InternalError(written.ToString());
  row.weights = std::move(*models.mutable_weights());
  {
    MutexLock lock(mutex_);
    *training_->mutable_report() = models.report();
  }
  const std::string scope = row.owner;
  ASSIGN_OR_RETURN(const int64_t version, store_->AddRegressor(std::move(row)));
  RETURN_IF_ERROR(EraseOldRejects(*store_, scope));
  return version;
}

void TrainingService::End(const absl::StatusOr<int64_t>& version) {
  Training training;
  {
    MutexLock lock(mutex_);
    *training_->mutable_end_time() = ToProto(clock_->Now());
    if (version.ok()) {
      training_->set_state(Training::SUCCEEDED);
      training_->set_progress(1);
      training_->set_version(*version);
    } else {
      training_->set_state(Training::FAILED);
      training_->set_error(std::string(version.status().message()));
    }
    training = *training_;
  }
  if (version.ok()) {
    spdlog::info("regressor version {}: {}", *version,
                 training.report().verdict());
  } else {
    spdlog::warn("a training of regressors failed: {}", training.error());
  }
  options_.on_end(training);
}

void TrainingService::ListRegressors(
    const apogee::v1::ListRegressorsRequest&,
    Done<apogee::v1::ListRegressorsResponse> done) {
  tasks_.Run([this, done = std::move(done)]() mutable {
    const absl::StatusOr<std::vector<RegressorRow>> rows =
        store_->ListRegressors();
    if (!rows.ok()) return std::move(done)(rows.status());
    apogee::v1::ListRegressorsResponse response;
    for (const RegressorRow& row : *rows) {
      *response.add_regressors() = MakeInfo(row, *rows);
    }
    {
      MutexLock lock(mutex_);
      if (training_) *response.mutable_training() = *training_;
    }
    std::move(done)(std::move(response));
  });
}

absl::StatusOr<RegressorInfo> TrainingService::Get(int64_t version) {
  ASSIGN_OR_RETURN(const std::vector<RegressorRow> rows,
                   store_->ListRegressors());
  for (const RegressorRow& row : rows) {
    if (row.version == version) return MakeInfo(row, rows);
  }
  return absl::NotFoundError(
      absl::StrCat("there is no regressor of version ", version,
                   "; \"apogee regressor list\" has those there are"));
}

void TrainingService::GetRegressor(
    const apogee::v1::GetRegressorRequest& request, Done<RegressorInfo> done) {
  tasks_.Run(
      [this, version = request.version(), done = std::move(done)]() mutable {
        std::move(done)(Get(version));
      });
}

void TrainingService::EvaluateRegressor(
    const apogee::v1::EvaluateRegressorRequest& request,
    Done<apogee::v1::RegressorScores> done) {
  tasks_.Run(
      [this, version = request.version(), done = std::move(done)]() mutable {
        const absl::Status known = Get(version).status();
        if (!known.ok()) return std::move(done)(known);
        std::move(done)(EvaluateModels(*store_, version));
      });
}

void TrainingService::UseRegressor(
    const apogee::v1::UseRegressorRequest& request, Done<RegressorInfo> done) {
  tasks_.Run(
      [this, version = request.version(), done = std::move(done)]() mutable {
        absl::Status status = Get(version).status();
        if (status.ok()) {
          status = store_->ChooseRegressor(version, clock_->Now());
        }
        if (!status.ok()) return std::move(done)(status);
        std::move(done)(Get(version));
      });
}

void TrainingService::ForgetRegressor(
    const apogee::v1::ForgetRegressorRequest& request,
    Done<apogee::v1::ForgetRegressorResponse> done) {
  tasks_.Run(
      [this, version = request.version(), done = std::move(done)]() mutable {
        absl::Status status = Get(version).status();
        if (status.ok()) status = store_->EraseRegressor(version);
        if (!status.ok()) return std::move(done)(status);
        std::move(done)(apogee::v1::ForgetRegressorResponse());
      });
}

}  // namespace apogee
