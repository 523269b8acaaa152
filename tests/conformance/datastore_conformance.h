#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <ostream>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "storage/datastore.h"
#include "tests/testing/temp_dir.h"

namespace apogee {

// The laws of storage/datastore.h, for any engine:
//
//   INSTANTIATE_TEST_SUITE_P(Memory, DatastoreConformance,
//                            testing::Values(DatastoreEngine{...}));

struct DatastoreEngine {
  std::string name;
  // Opens the store that lives in `folder`.
  std::function<absl::StatusOr<std::unique_ptr<Datastore>>(
      const std::string& folder)>
      open;
  bool survives_restart = false;

  friend void PrintTo(const DatastoreEngine& engine, std::ostream* out) {
    *out << engine.name;
  }
};

class DatastoreConformance : public testing::TestWithParam<DatastoreEngine> {
 protected:
  void SetUp() override { Reopen(); }
  // Closes the store and opens it again.
  void Reopen();
  Datastore& store() { return *store_; }

  TempDir folder_;
  std::unique_ptr<Datastore> store_;
};

// Rows with every field set, told apart by their arguments.
StudyRow SomeStudy(const StudyName& name, uint64_t seed = 1);
TrialRow SomeTrial(int64_t id);
MeasurementRow SomeMeasurement(int64_t trial_id, int64_t number);
OperationRow SomeOperation(const std::string& client_id, int64_t number);
RegressorRow SomeRegressor(const std::string& owner);

// A commit that puts the study's row.
Commit CreateStudy(const StudyName& name, uint64_t seed = 1);

// Applies and waits until it is done.
absl::Status ApplyNow(Datastore& store, Commit commit);

// Applies; the future is ready once the commit is done.
std::future<absl::Status> ApplyLater(Datastore& store, Commit commit);

// Keeps the store's thread busy, so that what is applied meanwhile queues up.
// Puts a study of its own: owners/hold/studies/hold.
class StoreHold {
 public:
  explicit StoreHold(Datastore& store);
  ~StoreHold() { Release(); }
  StoreHold(const StoreHold&) = delete;
  StoreHold& operator=(const StoreHold&) = delete;

  void Release();

 private:
  std::promise<void> released_;
  bool holding_ = true;
};

}  // namespace apogee
