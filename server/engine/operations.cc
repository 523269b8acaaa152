#include "server/engine/operations.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "google/longrunning/operations.pb.h"
#include "proto/validate.h"
#include "server/engine/rows.h"
#include "vizier/vizier_service.pb.h"

namespace apogee {

absl::Status Operations::Load(const OperationRow& row) {
  google::longrunning::Operation message;
  vizier::SuggestTrialsResponse times;
  const auto earlier = by_client_.find(row.client_id);
  // A worker's numbers rise, and only its last operation may be open.
  const bool is_next = row.number >= 1 &&
                       row.number <= std::numeric_limits<int64_t>::max() / 2 &&
                       (earlier == by_client_.end() ||
                        (earlier->second.back().done &&
                         earlier->second.back().number < row.number));
  const bool is_possible = is_next && row.count >= 0 &&
                           row.count <= kMaxSuggestionCount &&
                           std::ssize(row.trial_ids) <= row.count;
  if (!is_possible || !message.ParseFromString(row.proto) ||
      !times.ParseFromString(message.response().value())) {
    if (is_possible && row.done) return absl::OkStatus();  // only history
    return absl::DataLossError(absl::StrCat("operation ", row.number,
                                            " of worker \"", row.client_id,
                                            "\" is not one as stored here"));
  }
  SuggestOperation operation;
  operation.client_id = row.client_id;
  operation.number = row.number;
  operation.count = row.count;
  operation.trial_ids = row.trial_ids;
  operation.done = row.done;
  operation.start = FromProto(times.start_time());
  operation.end = FromProto(times.end_time());
  if (message.has_error()) {
    operation.error =
        absl::Status(static_cast<absl::StatusCode>(message.error().code()),
                     message.error().message());
  }
  if (!operation.done) open_.emplace_back(row.client_id, row.number);
  by_client_[row.client_id].push_back(std::move(operation));
  return absl::OkStatus();
}

void Operations::EndLoad() {
  std::sort(open_.begin(), open_.end(), [this](const Key& a, const Key& b) {
    return std::make_pair(Get(a).start, a) < std::make_pair(Get(b).start, b);
  });
}

const SuggestOperation* Operations::Find(absl::string_view client_id,
                                         int64_t number) const {
  const auto it = by_client_.find(client_id);
  if (it == by_client_.end()) return nullptr;
  for (const SuggestOperation& operation : it->second) {
    if (operation.number == number) return &operation;
  }
  return nullptr;
}

const SuggestOperation* Operations::FindOpen(
    absl::string_view client_id) const {
  const auto it = by_client_.find(client_id);
  if (it == by_client_.end() || it->second.back().done) return nullptr;
  return &it->second.back();
}

SuggestOperation& Operations::Add(absl::string_view client_id, int64_t count,
                                  absl::Time now) {
  std::vector<SuggestOperation>& operations = by_client_[client_id];
  SuggestOperation operation;
  operation.client_id = std::string(client_id);
  operation.number = operations.empty() ? 1 : operations.back().number + 1;
  operation.count = count;
  operation.start = now;
  operations.push_back(std::move(operation));
  if (operations.size() > kOperationsKept) operations.erase(operations.begin());
  open_.emplace_back(std::string(client_id), operations.back().number);
  return operations.back();
}

SuggestOperation& Operations::Get(const Key& key) {
  for (SuggestOperation& operation : by_client_.find(key.first)->second) {
    if (operation.number == key.second) return operation;
  }
  APOGEE_CHECK(false);
}

void Operations::End(SuggestOperation& operation, absl::Status error,
                     absl::Time now) {
  operation.done = true;
  operation.error = std::move(error);
  operation.end = now;
  open_.erase(std::find(open_.begin(), open_.end(),
                        Key(operation.client_id, operation.number)));
}

OperationRow MakeOperationRow(const StudyName& study,
                              const SuggestOperation& operation) {
  google::longrunning::Operation message;
  message.set_name(OperationName{.study = study,
                                 .client_id = operation.client_id,
                                 .number = operation.number}
                       .ToString());
  message.set_done(operation.done);
  // The trials are found again by their ids, so only the times are kept.
  vizier::SuggestTrialsResponse times;
  *times.mutable_start_time() = ToProto(operation.start);
  if (operation.done) *times.mutable_end_time() = ToProto(operation.end);
  if (operation.error.ok()) {
    message.mutable_response()->PackFrom(times);
  } else {
    message.mutable_error()->set_code(
        static_cast<int32_t>(operation.error.code()));
    message.mutable_error()->set_message(
        std::string(operation.error.message()));
  }
  OperationRow row;
  row.client_id = operation.client_id;
  row.number = operation.number;
  row.proto = message.SerializeAsString();
  row.done = operation.done;
  row.count = operation.count;
  row.trial_ids = operation.trial_ids;
  return row;
}

}  // namespace apogee
