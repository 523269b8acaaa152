#include "server/engine/trials.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "proto/lease_history.h"
#include "server/engine/rows.h"

namespace apogee {
namespace {

using vizier::Trial;

void AppendMeasurement(absl::string_view measurement, std::string& trial) {
  AppendField(Trial::kMeasurementsFieldNumber, measurement, trial);
}

// Whether a stored number is one that we can count on from.
bool IsCount(int64_t number) {
  return number >= 0 && number <= std::numeric_limits<int64_t>::max() / 4 * 3;
}

}  // namespace

bool IsFinished(Trial::State state) {
  return state == Trial::SUCCEEDED || state == Trial::INFEASIBLE;
}

Trials::Trials(StudyName study, const StudyProblem* problem)
    : study_(std::move(study)), problem_(problem) {}

absl::Status Trials::Load(const StudyRow& row) {
  if (row.next_trial_id < 1 || !IsCount(row.next_trial_id) ||
      !IsCount(row.next_ordinal) || !IsCount(row.next_finished) ||
      !IsCount(row.started_trials)) {
    return absl::DataLossError(absl::StrCat(
        "the counters of ", study_.ToString(), " are not as stored here"));
  }
  next_id_ = row.next_trial_id;
  next_ordinal_ = row.next_ordinal;
  next_finished_ = row.next_finished;
  started_ = started_and_erased_ = row.started_trials;
  return absl::OkStatus();
}

absl::Status Trials::Load(TrialRow row) {
  Scratch scratch;
  Trial& trial = scratch.New<Trial>();
  const bool counts = row.id >= 1 && IsCount(row.id) &&
                      IsCount(row.ordinal.value_or(0)) &&
                      IsCount(row.finished.value_or(0));
  if (!counts || !trial.ParseFromString(row.proto) ||
      IsFinished(trial.state()) != row.finished.has_value() ||
      entries_.contains(row.id)) {
    return absl::DataLossError(absl::StrCat("trial ", row.id, " of ",
                                            study_.ToString(),
                                            " is not one as stored here"));
  }
  Entry& entry = entries_.try_emplace(entries_.end(), row.id)->second;
  entry.bytes = std::move(row.proto);
  entry.memo = std::move(row.memo);
  entry.started = row.started;
  if (row.started) ++started_;
  if (row.ordinal) {
    entry.ordinal = *row.ordinal;
    next_ordinal_ = std::max(next_ordinal_, *row.ordinal + 1);
  }
  if (row.finished) {
    entry.finished = *row.finished;
    next_finished_ = std::max(next_finished_, *row.finished + 1);
    AddFinished(row.id, trial);
  }
  next_id_ = std::max(next_id_, row.id + 1);
  Index(row.id, trial, entry);
  return absl::OkStatus();
}

absl::Status Trials::Load(const MeasurementRow& row) {
  const auto it = entries_.find(row.trial_id);
  if (it == entries_.end() || row.number < 0 ||
      row.number > std::numeric_limits<int32_t>::max() / 2 ||
      !vizier::Measurement().ParseFromString(row.proto)) {
    return absl::DataLossError(
        absl::StrCat("measurement ", row.number, " of trial ", row.trial_id,
                     " of ", study_.ToString(), " is not one as stored here"));
  }
  AppendMeasurement(row.proto, it->second.bytes);
  it->second.measurements = static_cast<int32_t>(row.number) + 1;
  return absl::OkStatus();
}

void Trials::EndLoad() { SortFinished(0); }

void Trials::SortFinished(size_t from) {
  std::vector<size_t> order(finished_.size() - from);
  std::iota(order.begin(), order.end(), from);
  std::sort(order.begin(), order.end(), [this](size_t a, size_t b) {
    return entry(finished_[a]).finished < entry(finished_[b]).finished;
  });
  std::vector<int64_t> finished;
  std::vector<double> values;
  const size_t metrics = problem_->metrics().size();
  finished.reserve(order.size());
  values.reserve(order.size() * metrics);
  for (const size_t i : order) {
    finished.push_back(finished_[i]);
    const auto begin =
        finished_values_.begin() + static_cast<std::ptrdiff_t>(i * metrics);
    values.insert(values.end(), begin,
                  begin + static_cast<std::ptrdiff_t>(metrics));
  }
  std::copy(finished.begin(), finished.end(),
            finished_.begin() + static_cast<std::ptrdiff_t>(from));
  std::copy(
      values.begin(), values.end(),
      finished_values_.begin() + static_cast<std::ptrdiff_t>(from * metrics));
}

absl::Status Trials::CheckExists(int64_t id) const {
  if (contains(id)) return absl::OkStatus();
  return absl::NotFoundError(
      absl::StrCat("there is no trial ", id, " in ", study_.ToString()));
}

Trial& Trials::Get(int64_t id, Scratch& scratch) const {
  Trial& trial = scratch.New<Trial>();
  trial.ParseFromString(entry(id).bytes);
  return trial;
}

int64_t Trials::Next(int64_t from) const {
  const auto it = entries_.lower_bound(from);
  return it == entries_.end() ? 0 : it->first;
}

int64_t Trials::max_id() const {
  return entries_.empty() ? 0 : std::prev(entries_.end())->first;
}

apogee::v1::TrialCounts Trials::Counts() const {
  apogee::v1::TrialCounts counts;
  counts.set_requested(static_cast<int64_t>(requested_.size()));
  counts.set_active(static_cast<int64_t>(running_.size()) - stopping_);
  counts.set_stopping(stopping_);
  counts.set_succeeded(succeeded_);
  counts.set_infeasible(static_cast<int64_t>(finished_.size()) - succeeded_);
  counts.set_given_up(given_up_);
  return counts;
}

std::vector<int64_t> Trials::RunningOf(absl::string_view client_id) const {
  const auto it = running_of_.find(client_id);
  if (it == running_of_.end()) return {};
  return {it->second.begin(), it->second.end()};
}

absl::Span<const double> Trials::SignedValues(size_t position) const {
  const size_t metrics = problem_->metrics().size();
  if (metrics == 0) return {};
  const absl::Span<const double> values =
      absl::MakeConstSpan(finished_values_)
          .subspan(position * metrics, metrics);
  if (std::isnan(values.front())) return {};
  return values;
}

const std::string& Trials::memo(int64_t id) const { return entry(id).memo; }

void Trials::AddFinished(int64_t id, const Trial& trial) {
  std::vector<double> values;
  if (trial.state() == Trial::SUCCEEDED) {
    values = problem_->SignedValues(trial.final_measurement());
  }
  values.resize(problem_->metrics().size(),
                std::numeric_limits<double>::quiet_NaN());
  finished_.push_back(id);
  finished_values_.insert(finished_values_.end(), values.begin(), values.end());
}

void Trials::RemoveFinished(Entry& entry) {
  const auto place =
      static_cast<std::ptrdiff_t>(FindPlace(entry.finished, finished_.size()));
  const auto metrics = static_cast<std::ptrdiff_t>(problem_->metrics().size());
  const auto values = finished_values_.begin() + place * metrics;
  finished_values_.erase(values, values + metrics);
  finished_.erase(finished_.begin() + place);
  entry.finished = -1;
  ++erasures_;
}

void Trials::Index(int64_t id, const Trial& trial, Entry& entry) {
  entry.state = trial.state();
  entry.given_up = IsGivenUp(trial);
  if (entry.given_up) ++given_up_;
  switch (trial.state()) {
    case Trial::REQUESTED:
      requested_.insert(id);
      if (entry.started) lost_.insert(id);
      break;
    case Trial::STOPPING:
      ++stopping_;
      [[fallthrough]];
    case Trial::ACTIVE:
      running_of_[trial.client_id()].insert(id);
      running_.emplace(id, trial.client_id());
      break;
    case Trial::SUCCEEDED:
      ++succeeded_;
      break;
    default:
      break;
  }
}

void Trials::Unindex(int64_t id, const Entry& entry) {
  requested_.erase(id);
  lost_.erase(id);
  const auto running = running_.find(id);
  if (running != running_.end()) {
    const auto it = running_of_.find(running->second);
    it->second.erase(id);
    if (it->second.empty()) running_of_.erase(it);
    running_.erase(running);
  }
  if (entry.given_up) --given_up_;
  if (entry.state == Trial::STOPPING) --stopping_;
  if (entry.state == Trial::SUCCEEDED) --succeeded_;
}

TrialRow Trials::Store(int64_t id, Trial& trial, Entry& entry) {
  using Measurements = google::protobuf::RepeatedPtrField<vizier::Measurement>;
  // Of the same memory, so that they are swapped and not copied.
  auto& measurements =
      *google::protobuf::Arena::CreateMessage<Measurements>(trial.GetArena());
  trial.mutable_measurements()->Swap(&measurements);
  if (IsFinished(trial.state()) && entry.finished < 0) {
    entry.finished = next_finished_++;
    AddFinished(id, trial);
  }
  if (trial.state() == Trial::ACTIVE && !entry.started) {
    entry.started = true;
    ++started_;
  }
  Index(id, trial, entry);

  TrialRow row = MakeTrialRow(id, trial);
  if (entry.ordinal >= 0) row.ordinal = entry.ordinal;
  if (entry.finished >= 0) row.finished = entry.finished;
  row.started = entry.started;
  row.memo = entry.memo;

  // A fresh string, for an old one's memory would only grow.
  entry.bytes = std::string(row.proto);
  entry.measurements = measurements.size();
  for (const vizier::Measurement& measurement : measurements) {
    AppendMeasurement(measurement.SerializeAsString(), entry.bytes);
  }
  trial.mutable_measurements()->Swap(&measurements);
  return row;
}

int64_t Trials::Add(Trial& trial, Origin origin, Commit& commit) {
  const int64_t id = next_id_++;
  trial.set_id(absl::StrCat(id));
  trial.set_name(TrialName{.study = study_, .id = id}.ToString());
  Entry& entry = entries_.try_emplace(entries_.end(), id)->second;
  entry.memo = std::move(origin.memo);
  if (origin.ordinal) {
    entry.ordinal = *origin.ordinal;
    next_ordinal_ = std::max(next_ordinal_, *origin.ordinal + 1);
  }
  commit.trials.push_back(Store(id, trial, entry));
  for (int i = 0; i < trial.measurements_size(); ++i) {
    commit.measurements.push_back(
        MakeMeasurementRow(id, i, trial.measurements(i)));
  }
  return id;
}

void Trials::Replace(int64_t id, Trial& trial, Commit& commit) {
  Entry& entry = entries_.find(id)->second;
  Unindex(id, entry);
  if (entry.given_up && !IsGivenUp(trial)) RemoveFinished(entry);
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
  if (it->second.finished >= 0) RemoveFinished(it->second);
  entries_.erase(it);
  commit.erased_trials.push_back(id);
}

}  // namespace apogee
