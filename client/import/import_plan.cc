#include "client/import/import_plan.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/nearest.h"
#include "base/status_macros.h"
#include "proto/print.h"
#include "proto/validate.h"

namespace apogee {
namespace {

using apogee::v1::StudyRecord;
using apogee::v1::TrialRecord;

bool IsFinished(const vizier::Trial& trial) {
  return trial.state() == vizier::Trial::SUCCEEDED ||
         trial.state() == vizier::Trial::INFEASIBLE;
}

}  // namespace

absl::StatusOr<StudyName> ImportPlanner::Target(
    const vizier::Study& study) const {
  StudyName target{.owner = choices_.owner, .study = study.display_name()};
  if (!study.name().empty()) {
    ASSIGN_OR_RETURN(target, StudyName::Parse(study.name()));
  }
  if (!choices_.into.empty()) target.owner = choices_.into;
  const auto renamed = choices_.renames.find(target.study);
  if (renamed != choices_.renames.end()) target.study = renamed->second;
  if (absl::Status valid = ValidateComponent(target.study, "its name");
      !valid.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(valid.message(), "; rename it: --rename ",
                     Quoted(study.display_name() + "=NAME")));
  }
  for (const std::optional<PlannedStudy>& other : studies_) {
    if (other && other->name == target) {
      return absl::InvalidArgumentError(
          absl::StrCat("another one becomes ", Quoted(target.ToString()),
                       ", too; rename one: --rename OLD=NEW"));
    }
  }
  return target;
}

absl::Status ImportPlanner::TakeStudy(StudyRecord record) {
  EndStudy();
  vizier::Study& study = *record.mutable_study();
  const std::string name = study.display_name();
  names_.push_back(name);
  if (!choices_.only.empty() &&
      std::find(choices_.only.begin(), choices_.only.end(), name) ==
          choices_.only.end()) {
    studies_.emplace_back();
    return absl::OkStatus();
  }
  PlannedStudy planned;
  ASSIGN_OR_RETURN(planned.name, Target(study));
  study.clear_name();
  study.set_display_name(planned.name.study);
  if (study.state() == vizier::Study::STATE_UNSPECIFIED) {
    study.set_state(vizier::Study::ACTIVE);
  }
  if (!choices_.algorithm.empty()) {
    study.mutable_study_spec()->set_algorithm(choices_.algorithm);
    record.clear_algorithm();
  }
  next_finished_ = record.next_finished();
  planned.request.set_parent(OwnerName{.owner = planned.name.owner}.ToString());
  *planned.request.mutable_record() = std::move(record);
  RETURN_IF_ERROR(ValidateRequest(planned.request));
  studies_.emplace_back(std::move(planned));
  return absl::OkStatus();
}

absl::Status ImportPlanner::TakeTrial(TrialRecord record) {
  if (!studies_.back()) return absl::OkStatus();
  PlannedStudy& study = *studies_.back();
  apogee::v1::ImportTrialsRequest request;
  request.set_parent(study.name.ToString());
  TrialRecord& taken = *request.add_trials() = std::move(record);
  RETURN_IF_ERROR(ValidateRequest(request));
  int64_t id = 0;
  (void)absl::SimpleAtoi(taken.trial().id(), &id);
  if (id <= last_id_) {
    return absl::InvalidArgumentError(
        absl::StrCat("trial ", id, " comes after trial ", last_id_));
  }
  last_id_ = id;
  ++study.trials;
  if (taken.has_finished()) {
    next_finished_ = std::max(next_finished_, taken.finished() + 1);
  } else if (IsFinished(taken.trial())) {
    const google::protobuf::Timestamp& end = taken.trial().end_time();
    ends_.push_back({{end.seconds(), end.nanos()}, id});
  }
  return absl::OkStatus();
}

void ImportPlanner::TakeNote(std::string note) {
  if (studies_.back()) studies_.back()->notes.push_back(std::move(note));
}

void ImportPlanner::EndStudy() {
  std::sort(ends_.begin(), ends_.end());
  for (const auto& [end, id] : ends_) {
    studies_.back()->finished.emplace(id, next_finished_++);
  }
  ends_.clear();
  last_id_ = 0;
  next_finished_ = 0;
}

absl::StatusOr<std::vector<std::optional<PlannedStudy>>>
ImportPlanner::Finish() {
  EndStudy();
  std::vector<std::string> chosen = choices_.only;
  for (const auto& [old_name, new_name] : choices_.renames) {
    chosen.push_back(old_name);
  }
  for (const std::string& name : chosen) {
    if (std::find(names_.begin(), names_.end(), name) == names_.end()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "the file has no study ", Quoted(name), DidYouMean(name, names_)));
    }
  }
  return std::move(studies_);
}

}  // namespace apogee
