// The part of Study that judges running trials.

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "nlohmann/json.hpp"
#include "proto/options.h"
#include "server/engine/rows.h"
#include "server/engine/study.h"

namespace apogee {
namespace {

using vizier::Trial;

// What the trial was told before.
std::optional<StopDecision> FindDecision(const Trial& trial) {
  for (const vizier::KeyValue& entry : trial.metadata()) {
    if (entry.ns() != kOptionsNamespace || entry.key() != kStoppingKey) {
      continue;
    }
    const auto json = nlohmann::json::parse(entry.value(), nullptr,
                                            /*allow_exceptions=*/false);
    if (!json.is_object()) return std::nullopt;
    const auto reason = json.find("reason");
    if (reason == json.end() || !reason->is_string()) return std::nullopt;
    return StopDecision{.should_stop = true,
                        .reason = reason->get<std::string>()};
  }
  return std::nullopt;
}

}  // namespace

absl::Status Study::CanJudgeStopping(int64_t id) const {
  RETURN_IF_ERROR(trials_->CheckExists(id));
  const Trial::State state = trials_->state(id);
  if (state == Trial::ACTIVE || state == Trial::STOPPING) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      absl::StrCat("trial ", id, " is ", StateName(state),
                   "; only a running trial can be told to stop"));
}

StopDecision Study::JudgeStopping(int64_t id, Effects& effects) {
  {
    Scratch scratch;
    const Trial& trial = trials_->Get(id, scratch);
    if (auto told = FindDecision(trial)) return *std::move(told);
    if (trial.state() == Trial::STOPPING) {
      return {.should_stop = true, .reason = "the trial was told to stop"};
    }
  }
  curves_.Update(*problem_, *trials_);
  const TrialCurves& curves = curves_.Of(id);
  StopDecision decision =
      JudgeTrial(problem_->stopper(), problem_->stopping_metrics(), curves,
                 curves_.Others(id), problem_->stopper_options());
  if (decision.should_stop) StoreDecision(id, curves, decision, effects);
  return decision;
}

void Study::StoreDecision(int64_t id, const TrialCurves& curves,
                          const StopDecision& decision, Effects& effects) {
  int64_t step = 0;
  for (const Curve& curve : curves.metrics) {
    if (!curve.steps.empty()) step = std::max(step, curve.steps.back());
  }
  const nlohmann::ordered_json json = {{"rule", problem_->stopper_name()},
                                       {"step", step},
                                       {"reason", decision.reason}};
  google::protobuf::RepeatedPtrField<vizier::UnitMetadataUpdate> updates;
  vizier::UnitMetadataUpdate& update = *updates.Add();
  update.set_trial_id(absl::StrCat(id));
  update.mutable_metadatum()->set_ns(std::string(kOptionsNamespace));
  update.mutable_metadatum()->set_key(std::string(kStoppingKey));
  update.mutable_metadatum()->set_value(json.dump(
      -1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  // A trial whose metadata is full is judged again the next time.
  (void)MergeMetadata(updates, effects.commit);
}

}  // namespace apogee
