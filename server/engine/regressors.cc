#include "server/engine/regressors.h"

#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "algorithms/regressor/context_regressor.h"
#include "algorithms/regressor/text_regressor.h"
#include "apogee/v1/regressor.pb.h"
#include "base/status_macros.h"

namespace apogee {
namespace {

template <typename T>
absl::StatusOr<std::shared_ptr<const TrainedRegressor>> ParseOne(
    const std::string& bytes) {
  absl::StatusOr<T> regressor = T::Load(bytes);
  if (!regressor.ok()) {
    return absl::DataLossError(absl::StrCat("a trained regressor is damaged: ",
                                            regressor.status().message()));
  }
  return std::make_shared<const T>(*std::move(regressor));
}

}  // namespace

std::string SerializeRegressors(const TrainedRegressors& regressors) {
  apogee::v1::RegressorWeights weights;
  weights.set_text(regressors.text->Serialize());
  weights.set_context(regressors.context->Serialize());
  return weights.SerializeAsString();
}

absl::StatusOr<TrainedRegressors> ParseRegressors(const std::string& weights) {
  apogee::v1::RegressorWeights proto;
  if (!proto.ParseFromString(weights)) {
    return absl::DataLossError(
        "a trained regressor is damaged: its bytes do not parse");
  }
  TrainedRegressors regressors;
  ASSIGN_OR_RETURN(regressors.text, ParseOne<TextRegressor>(proto.text()));
  ASSIGN_OR_RETURN(regressors.context,
                   ParseOne<ContextRegressor>(proto.context()));
  return regressors;
}

absl::StatusOr<int64_t> PickRegressor(StudyReader& reader,
                                      const std::string& owner,
                                      const RegressorChoice& choice) {
  using Kind = RegressorChoice::Kind;
  if (choice.kind == Kind::kNone) return 0;
  ASSIGN_OR_RETURN(const std::vector<RegressorRow> rows,
                   reader.ListRegressors());
  const RegressorRow* best = nullptr;
  const auto rank = [](const RegressorRow& row) {
    return std::tuple(!row.owner.empty(), *row.chosen_time, row.version);
  };
  for (const RegressorRow& row : rows) {
    if (!row.owner.empty() && row.owner != owner) continue;
    if (choice.kind == Kind::kNumbered) {
      if (row.version == choice.version) return row.version;
      continue;
    }
    if (!row.chosen_time) continue;
    if (best == nullptr || rank(row) > rank(*best)) best = &row;
  }
  if (choice.kind == Kind::kNumbered) {
    return absl::NotFoundError(absl::StrCat(
        "option \"transfer.regressor\": there is no regressor of version ",
        choice.version,
        " for this owner; \"apogee regressor list\" has those there are"));
  }
  return best == nullptr ? 0 : best->version;
}

absl::StatusOr<TrainedRegressors> Regressors::Load(int64_t version) {
  {
    MutexLock lock(mutex_);
    if (const auto known = known_.find(version); known != known_.end()) {
      TrainedRegressors regressors{.text = known->second.text.lock(),
                                   .context = known->second.context.lock()};
      if (regressors.text != nullptr && regressors.context != nullptr) {
        return regressors;
      }
    }
  }
  ASSIGN_OR_RETURN(const RegressorRow row, reader_->LoadRegressor(version));
  ASSIGN_OR_RETURN(TrainedRegressors regressors, ParseRegressors(row.weights));
  MutexLock lock(mutex_);
  known_[version] = {.text = regressors.text, .context = regressors.context};
  return regressors;
}

}  // namespace apogee
