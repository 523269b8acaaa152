#include "proto/lease_history.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"
#include "proto/options.h"
#include "proto/print.h"

namespace apogee {

using apogee::v1::LeaseHistory;

bool IsLeaseHistory(const vizier::KeyValue& entry) {
  return entry.key() == kLeasesKey && entry.ns() == kOptionsNamespace;
}

LeaseHistory ReadLeaseHistory(const vizier::Trial& trial) {
  LeaseHistory history;
  const auto entry = std::find_if(trial.metadata().begin(),
                                  trial.metadata().end(), IsLeaseHistory);
  if (entry == trial.metadata().end()) return history;
  if (!google::protobuf::util::JsonStringToMessage(entry->value(), &history)
           .ok()) {
    history.Clear();
  }
  return history;
}

void WriteLeaseHistory(const LeaseHistory& history, vizier::Trial& trial) {
  auto& metadata = *trial.mutable_metadata();
  auto entry = std::find_if(metadata.begin(), metadata.end(), IsLeaseHistory);
  if (history.lost().empty()) {
    if (entry != metadata.end()) metadata.erase(entry);
    return;
  }
  std::string json;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  // The history holds valid UTF-8 only, so this does not fail.
  (void)google::protobuf::util::MessageToJsonString(history, &json, options);
  if (entry == metadata.end()) {
    vizier::KeyValue& added = *metadata.Add();
    added.set_ns(kOptionsNamespace);
    added.set_key(kLeasesKey);
    added.set_value(std::move(json));
  } else {
    entry->set_value(std::move(json));
  }
}

std::string DescribeLoss(const LeaseHistory& history) {
  if (history.lost().empty()) return "";
  const LeaseHistory::Lost& last = *history.lost().rbegin();
  return absl::StrCat("lost ", history.lost_size(),
                      history.lost_size() == 1 ? " time" : " times",
                      "; its last worker, ", Quoted(last.worker()), ", ",
                      last.why());
}

bool IsGivenUp(const vizier::Trial& trial) {
  return trial.state() == vizier::Trial::INFEASIBLE &&
         ReadLeaseHistory(trial).given_up();
}

}  // namespace apogee
