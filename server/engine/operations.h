#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "storage/datastore.h"

namespace apogee {

// One SuggestTrials call of a worker, from the question to its end.
struct SuggestOperation {
  std::string client_id;
  int64_t number = 0;
  int64_t count = 0;               // trials asked for
  std::vector<int64_t> trial_ids;  // trials given so far
  absl::Time start;
  absl::Time end;  // when done
  bool done = false;
  absl::Status error;  // when done; OK means it has its trials

  int64_t missing() const {
    return done ? 0 : count - static_cast<int64_t>(trial_ids.size());
  }
};

// The suggest operations of one study: of each worker the last kOperationsKept,
// at most one of them open. Not thread-safe.
class Operations {
 public:
  // Take in what the store holds: first its rows, in order, then EndLoad.
  // DATA_LOSS  the row is of an open operation and does not parse
  absl::Status Load(const OperationRow& row);
  void EndLoad();

  // Null when the worker never had it or has had kOperationsKept since.
  const SuggestOperation* Find(absl::string_view client_id,
                               int64_t number) const;
  // The worker's open operation, or null.
  const SuggestOperation* FindOpen(absl::string_view client_id) const;
  // Open operations, oldest first, as (client id, number).
  using Key = std::pair<std::string, int64_t>;
  const std::deque<Key>& open() const { return open_; }

  // A new open operation of the worker, which has none open. Valid until the
  // worker's next one.
  SuggestOperation& Add(absl::string_view client_id, int64_t count,
                        absl::Time now);
  SuggestOperation& Get(const Key& key);
  // Ends it, well or with an error.
  void End(SuggestOperation& operation, absl::Status error, absl::Time now);

 private:
  absl::flat_hash_map<std::string, std::vector<SuggestOperation>> by_client_;
  std::deque<Key> open_;
};

// The row that keeps the operation.
OperationRow MakeOperationRow(const StudyName& study,
                              const SuggestOperation& operation);

}  // namespace apogee
