// The parts of Study and Trials that take a study to another server.

#include <algorithm>
#include <cstdint>
#include <limits>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "proto/validate.h"
#include "server/engine/background.h"
#include "server/engine/rows.h"
#include "server/engine/study.h"

namespace apogee {

using apogee::v1::ExportTrialsResponse;
using apogee::v1::ImportTrialsResponse;
using apogee::v1::TrialRecord;
using vizier::Trial;

namespace {

// What a page of an export holds at most, roughly.
constexpr int kPageTrials = 1000;
constexpr size_t kPageBytes = size_t{4} << 20;

constexpr char kImporting[] = "its import has not ended";

int64_t IdOf(const Trial& trial) {
  int64_t id = 0;
  (void)absl::SimpleAtoi(trial.id(), &id);
  return id;
}

// The row of a trial without its measurements, which go to `measurements`.
TrialRow MakeRow(const StudyName& study, TrialRecord record,
                 std::vector<MeasurementRow>& measurements) {
  Trial trial = std::move(*record.mutable_trial());
  const int64_t id = IdOf(trial);
  trial.set_name(TrialName{.study = study, .id = id}.ToString());
  for (int i = 0; i < trial.measurements_size(); ++i) {
    measurements.push_back(MakeMeasurementRow(id, i, trial.measurements(i)));
  }
  trial.clear_measurements();
  TrialRow row = MakeTrialRow(id, trial);
  row.memo = record.memo();
  if (record.has_ordinal()) row.ordinal = record.ordinal();
  if (record.has_finished()) row.finished = record.finished();
  row.started = record.started() || trial.state() == Trial::ACTIVE ||
                trial.state() == Trial::STOPPING;
  return row;
}

}  // namespace

absl::StatusOr<Study> Study::Import(
    const apogee::v1::ImportStudyRequest& request, uint64_t seed,
    absl::Time now, Effects& effects) {
  const apogee::v1::StudyRecord& record = request.record();
  vizier::CreateStudyRequest creation;
  creation.set_parent(request.parent());
  *creation.mutable_study() = record.study();
  StudyGivens given{.algorithm = record.algorithm(),
                    .trials = std::max<int64_t>(0, record.next_trial_id() - 1)};
  if (record.has_background()) {
    apogee::v1::StudyBackground background = record.background();
    background.clear_regressor_version();
    background.clear_remote_regressor();
    ASSIGN_OR_RETURN(given.background, ReadBackground(background, nullptr));
  }
  ASSIGN_OR_RETURN(Study study, Create(creation, seed, now, effects, given));
  if (record.has_seed()) study.seed_ = record.seed();
  if (record.study().has_create_time()) {
    *study.proto_.mutable_create_time() = record.study().create_time();
  }
  switch (record.study().state()) {
    case vizier::Study::INACTIVE:
    case vizier::Study::COMPLETED:
      study.proto_.set_state(record.study().state());
      study.proto_.set_inactive_reason(record.study().inactive_reason());
      break;
    default:
      // Workers must not be given trials before the old ones are there.
      study.proto_.set_state(vizier::Study::INACTIVE);
      study.proto_.set_inactive_reason(kImporting);
  }
  StudyRow counters;
  counters.next_trial_id = std::max<int64_t>(1, record.next_trial_id());
  counters.next_ordinal = record.next_ordinal();
  counters.next_finished = record.next_finished();
  counters.started_trials = record.started_and_deleted();
  RETURN_IF_ERROR(study.trials_->Load(counters));
  study.StoreStudy(effects.commit);
  study.StoreBackground(*effects.commit.study_row);
  return study;
}

apogee::v1::StudyRecord Study::Export() const {
  apogee::v1::StudyRecord record;
  *record.mutable_study() = proto_;
  record.set_algorithm(problem_->algorithm_name());
  record.set_seed(seed_);
  record.set_next_trial_id(trials_->next_id());
  record.set_next_ordinal(trials_->next_ordinal());
  record.set_next_finished(trials_->next_finished());
  record.set_started_and_deleted(trials_->started_and_erased());
  if (problem_->background() != nullptr) {
    *record.mutable_background() =
        apogee::ToProto(name_, *problem_->background());
    record.mutable_background()->clear_regressor_version();
    record.mutable_background()->clear_remote_regressor();
  }
  return record;
}

absl::StatusOr<ExportTrialsResponse> Study::ExportTrials(
    const apogee::v1::ExportTrialsRequest& request) const {
  int64_t from = 1;
  if (!request.page_token().empty() &&
      (!absl::SimpleAtoi(request.page_token(), &from) || from < 1)) {
    return FieldError("page_token",
                      "page_token is not one that this server gave");
  }
  return trials_->Export(from);
}

absl::StatusOr<ImportTrialsResponse> Study::ImportTrials(
    const apogee::v1::ImportTrialsRequest& request, Effects& effects) {
  if (CheckActive("").ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat(name_.ToString(),
                     " is ACTIVE; importing trials needs it paused, so that "
                     "no worker is given the same ids"));
  }
  std::set<int64_t> places;
  for (const TrialRecord& record : request.trials()) {
    const int64_t id = IdOf(record.trial());
    if (trials_->contains(id)) {
      return absl::AlreadyExistsError(absl::StrCat(
          "there is a trial ", id, " in ", name_.ToString(), " already"));
    }
    if (record.has_finished() && (trials_->IsPlaceTaken(record.finished()) ||
                                  !places.insert(record.finished()).second)) {
      return absl::InvalidArgumentError(
          absl::StrCat("trial ", id, " has place ", record.finished(),
                       " in the order of finishing, which another trial has"));
    }
  }
  int64_t next_place = trials_->next_finished();
  if (!places.empty()) next_place = std::max(next_place, *places.rbegin() + 1);
  std::vector<TrialRow> rows;
  std::vector<MeasurementRow> measurements;
  for (const TrialRecord& record : request.trials()) {
    TrialRow row = MakeRow(name_, record, measurements);
    if (IsFinished(record.trial().state()) && !row.finished) {
      row.finished = next_place++;
    }
    rows.push_back(std::move(row));
  }
  trials_->Import(std::move(rows), std::move(measurements), effects.commit);
  return ImportTrialsResponse();
}

bool Trials::IsPlaceTaken(int64_t place) const {
  const auto found = FindPlace(place, finished_.size());
  return found != finished_.size() && entry(finished_[found]).finished == place;
}

size_t Trials::FindPlace(int64_t place, size_t end) const {
  return static_cast<size_t>(
      std::lower_bound(
          finished_.begin(),
          finished_.begin() + static_cast<std::ptrdiff_t>(end), place,
          [this](int64_t id, int64_t at) { return entry(id).finished < at; }) -
      finished_.begin());
}

void Trials::Import(std::vector<TrialRow> rows,
                    std::vector<MeasurementRow> measurements, Commit& commit) {
  const size_t before = finished_.size();
  int64_t lowest = std::numeric_limits<int64_t>::max();
  for (const TrialRow& row : rows) {
    if (row.finished) lowest = std::min(lowest, *row.finished);
    APOGEE_CHECK(Load(row).ok());
  }
  for (const MeasurementRow& row : measurements) {
    APOGEE_CHECK(Load(row).ok());
  }
  const size_t place = FindPlace(lowest, before);
  // Whoever has seen the first ones in their order must look again.
  if (place < before) ++erasures_;
  SortFinished(place);
  commit.trials = std::move(rows);
  commit.measurements = std::move(measurements);
}

ExportTrialsResponse Trials::Export(int64_t from) const {
  ExportTrialsResponse response;
  size_t bytes = 0;
  for (auto it = entries_.lower_bound(from); it != entries_.end(); ++it) {
    if (response.trials_size() == kPageTrials || bytes > kPageBytes) {
      response.set_next_page_token(absl::StrCat(it->first));
      break;
    }
    const Entry& entry = it->second;
    TrialRecord& record = *response.add_trials();
    record.mutable_trial()->ParseFromString(entry.bytes);
    record.set_memo(entry.memo);
    if (entry.ordinal >= 0) record.set_ordinal(entry.ordinal);
    if (entry.finished >= 0) record.set_finished(entry.finished);
    record.set_started(entry.started);
    bytes += entry.bytes.size();
  }
  return response;
}

}  // namespace apogee
