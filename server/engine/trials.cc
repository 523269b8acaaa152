#include "server/engine/trials.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "server/engine/rows.h"

namespace apogee {
namespace {

using vizier::Trial;

// Appends a measurement to a serialized trial: repeated fields of a message are
// the concatenation of their pieces.
void AppendMeasurement(absl::string_view measurement, std::string& trial) {
  constexpr uint32_t kTag = vizier::Trial::kMeasurementsFieldNumber << 3 | 2;
  google::protobuf::io::StringOutputStream stream(&trial);
  google::protobuf::io::CodedOutputStream out(&stream);
  out.WriteVarint32(kTag);
  out.WriteVarint64(measurement.size());
  out.WriteRaw(measurement.data(), static_cast<int>(measurement.size()));
}

}  // namespace

bool IsFinished(Trial::State state) {
  return state == Trial::SUCCEEDED || state == Trial::INFEASIBLE;
}

Trials::Trials(StudyName study, const StudyProblem* problem)
    : study_(std::move(study)), problem_(problem) {}

absl::Status Trials::Load(StudyImage& image) {
  next_id_ = image.study.next_trial_id;
  next_ordinal_ = image.study.next_ordinal;
  next_finished_ = image.study.next_finished;
  started_ = started_and_erased_ = image.study.started_trials;
  std::vector<std::pair<int64_t, int64_t>> finished;  // position, id
  for (TrialRow& row : image.trials) {
    Trial trial;
    if (!trial.ParseFromString(row.proto)) {
      return absl::DataLossError(absl::StrCat(
          "trial ", row.id, " of ", study_.ToString(), " does not parse"));
    }
    Entry& entry = entries_[row.id];
    entry.bytes = std::move(row.proto);
    entry.started = row.started;
    entry.origin = {.ordinal = row.ordinal, .memo = std::move(row.memo)};
    if (row.finished) {
      entry.finished = *row.finished;
      finished.emplace_back(*row.finished, row.id);
      next_finished_ = std::max(next_finished_, *row.finished + 1);
    }
    if (row.started) ++started_;
    if (row.ordinal) next_ordinal_ = std::max(next_ordinal_, *row.ordinal + 1);
    next_id_ = std::max(next_id_, row.id + 1);
    Index(row.id, trial, entry);
  }
  std::sort(finished.begin(), finished.end());
  finished_.reserve(finished.size());
  for (const auto& [position, id] : finished) finished_.push_back(id);
  for (const MeasurementRow& row : image.measurements) {
    const auto it = entries_.find(row.trial_id);
    if (it == entries_.end()) {
      return absl::DataLossError(absl::StrCat("measurement of missing trial ",
                                              row.trial_id, " of ",
                                              study_.ToString()));
    }
    AppendMeasurement(row.proto, it->second.bytes);
    ++it->second.measurements;
  }
  return absl::OkStatus();
}

absl::StatusOr<Trial> Trials::Get(int64_t id) const {
  const auto it = entries_.find(id);
  if (it == entries_.end()) {
    return absl::NotFoundError(
        absl::StrCat("there is no trial ", id, " in ", study_.ToString()));
  }
  Trial trial;
  trial.ParseFromString(it->second.bytes);
  return trial;
}

std::vector<Trial> Trials::List(int64_t from, size_t most) const {
  std::vector<Trial> trials;
  for (auto it = entries_.lower_bound(from);
       it != entries_.end() && trials.size() < most; ++it) {
    trials.emplace_back().ParseFromString(it->second.bytes);
  }
  return trials;
}

int64_t Trials::max_id() const {
  return entries_.empty() ? 0 : std::prev(entries_.end())->first;
}

apogee::v1::TrialCounts Trials::Counts() const {
  apogee::v1::TrialCounts counts;
  counts.set_requested(static_cast<int64_t>(requested_.size()));
  for (const int64_t id : running_) {
    if (entry(id).state == Trial::ACTIVE) {
      counts.set_active(counts.active() + 1);
    } else {
      counts.set_stopping(counts.stopping() + 1);
    }
  }
  counts.set_succeeded(succeeded_);
  counts.set_infeasible(static_cast<int64_t>(finished_.size()) - succeeded_);
  return counts;
}

std::vector<int64_t> Trials::ActiveOf(absl::string_view client_id) const {
  const auto it = active_of_.find(client_id);
  if (it == active_of_.end()) return {};
  return {it->second.begin(), it->second.end()};
}

const std::vector<double>& Trials::SignedValues(int64_t id) const {
  return entry(id).signed_values;
}

const Trials::Origin& Trials::origin(int64_t id) const {
  return entry(id).origin;
}

void Trials::Index(int64_t id, const Trial& trial, Entry& entry) {
  entry.state = trial.state();
  switch (trial.state()) {
    case Trial::REQUESTED:
      requested_.insert(id);
      break;
    case Trial::ACTIVE:
      active_of_[trial.client_id()].insert(id);
      running_.insert(id);
      break;
    case Trial::STOPPING:
      running_.insert(id);
      break;
    case Trial::SUCCEEDED:
      ++succeeded_;
      entry.signed_values = problem_->SignedValues(trial.final_measurement());
      break;
    default:
      break;
  }
}

void Trials::Unindex(int64_t id, const Entry& entry) {
  requested_.erase(id);
  running_.erase(id);
  if (entry.state == Trial::ACTIVE) {
    Trial trial;
    trial.ParseFromString(entry.bytes);
    const auto it = active_of_.find(trial.client_id());
    it->second.erase(id);
    if (it->second.empty()) active_of_.erase(it);
  }
  if (entry.state == Trial::SUCCEEDED) --succeeded_;
}

TrialRow Trials::Store(int64_t id, Trial trial, Entry& entry) {
  google::protobuf::RepeatedPtrField<vizier::Measurement> measurements;
  trial.mutable_measurements()->Swap(&measurements);
  if (IsFinished(trial.state()) && entry.finished < 0) {
    entry.finished = next_finished_++;
    finished_.push_back(id);
  }
  if (trial.state() == Trial::ACTIVE && !entry.started) {
    entry.started = true;
    ++started_;
  }
  Index(id, trial, entry);

  TrialRow row = MakeTrialRow(id, trial);
  row.ordinal = entry.origin.ordinal;
  if (entry.finished >= 0) row.finished = entry.finished;
  row.started = entry.started;
  row.memo = entry.origin.memo;

  entry.bytes = row.proto;
  entry.measurements = measurements.size();
  for (const vizier::Measurement& measurement : measurements) {
    AppendMeasurement(measurement.SerializeAsString(), entry.bytes);
  }
  return row;
}

Trial Trials::Add(Trial trial, Origin origin, Commit& commit) {
  const int64_t id = next_id_++;
  if (origin.ordinal) {
    next_ordinal_ = std::max(next_ordinal_, *origin.ordinal + 1);
  }
  trial.set_id(absl::StrCat(id));
  trial.set_name(TrialName{.study = study_, .id = id}.ToString());
  Entry& entry = entries_[id];
  entry.origin = std::move(origin);
  commit.trials.push_back(Store(id, trial, entry));
  for (int i = 0; i < trial.measurements_size(); ++i) {
    commit.measurements.push_back(
        MakeMeasurementRow(id, i, trial.measurements(i)));
  }
  return trial;
}

void Trials::Replace(int64_t id, const Trial& trial, Commit& commit) {
  Entry& entry = entries_.find(id)->second;
  Unindex(id, entry);
  commit.trials.push_back(Store(id, trial, entry));
}

void Trials::AddMeasurement(int64_t id, const vizier::Measurement& measurement,
                            Commit& commit) {
  Entry& entry = entries_.find(id)->second;
  MeasurementRow row = MakeMeasurementRow(id, entry.measurements, measurement);
  AppendMeasurement(row.proto, entry.bytes);
  ++entry.measurements;
  commit.measurements.push_back(std::move(row));
}

void Trials::Erase(int64_t id, Commit& commit) {
  const auto it = entries_.find(id);
  Unindex(id, it->second);
  if (it->second.started) ++started_and_erased_;
  if (it->second.finished >= 0) {
    finished_.erase(std::find(finished_.begin(), finished_.end(), id));
    ++erasures_;
  }
  entries_.erase(it);
  commit.erased_trials.push_back(id);
}

}  // namespace apogee
