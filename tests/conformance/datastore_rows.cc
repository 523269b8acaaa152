#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/conformance/datastore_conformance.h"

namespace apogee {
namespace {

absl::Time At(int64_t seconds) {
  return absl::FromUnixSeconds(1700000000 + seconds);
}

}  // namespace

StudyRow SomeStudy(const StudyName& name, uint64_t seed) {
  StudyRow row;
  row.proto = absl::StrCat("study ", name.ToString(), std::string(3, '\0'));
  row.state = "ACTIVE";
  row.algorithm = "RANDOM_SEARCH";
  row.create_time = At(0) + absl::Microseconds(123456);
  row.seed = seed;
  row.metrics_json = R"([{"metric": "accuracy", "goal": "MAXIMIZE"}])";
  row.metadata_json = R"([{"ns": "", "key": "k", "value": "v"}])";
  row.next_trial_id = 11;
  row.next_ordinal = 12;
  row.next_finished = 13;
  row.started_trials = 14;
  row.sharing = "OWNER";
  row.background = std::string("background\0", 11);
  return row;
}

TrialRow SomeTrial(int64_t id) {
  TrialRow row;
  row.id = id;
  row.proto = absl::StrCat(std::string(1, '\0'), "trial ", id);
  row.state = "SUCCEEDED";
  row.client_id = absl::StrCat("worker ", id % 3);
  row.start_time = At(id);
  row.end_time = At(id + 1) + absl::Microseconds(7);
  row.infeasible_reason = "none";
  row.parameters_json = R"({"lr": 0.1})";
  row.final_metrics_json = R"({"accuracy": 0.5})";
  row.metadata_json = R"([{"ns": "a", "key": "k", "value": null}])";
  row.ordinal = id * 2;
  row.finished = id * 3;
  row.started = true;
  row.memo = std::string("memo\0", 5);
  return row;
}

MeasurementRow SomeMeasurement(int64_t trial_id, int64_t number) {
  MeasurementRow row;
  row.trial_id = trial_id;
  row.number = number;
  row.proto = absl::StrCat("measurement ", trial_id, " ", number);
  row.step = number * 10;
  row.elapsed = absl::Milliseconds(1500) * (number + 1);
  row.metrics_json = R"({"accuracy": "NaN"})";
  return row;
}

OperationRow SomeOperation(const std::string& client_id, int64_t number) {
  OperationRow row;
  row.client_id = client_id;
  row.number = number;
  row.proto = absl::StrCat("operation ", client_id, " ", number);
  row.done = number % 2 == 0;
  row.count = 3;
  row.trial_ids = {number, number + 1, number + 2};
  return row;
}

RegressorRow SomeRegressor(const std::string& owner) {
  RegressorRow row;
  row.owner = owner;
  row.create_time = At(5);
  row.chosen_time = At(6);
  row.report_json = R"({"seconds": 7})";
  row.studies_json = R"(["0123456789abcdef"])";
  row.weights = std::string("weights\0", 8);
  return row;
}

Commit CreateStudy(const StudyName& name, uint64_t seed) {
  Commit commit;
  commit.study = name;
  commit.study_row = SomeStudy(name, seed);
  return commit;
}

std::future<absl::Status> ApplyLater(Datastore& store, Commit commit) {
  std::promise<absl::Status> promise;
  std::future<absl::Status> future = promise.get_future();
  store.Apply(std::move(commit),
              [promise = std::move(promise)](absl::Status status) mutable {
                promise.set_value(std::move(status));
              });
  return future;
}

absl::Status ApplyNow(Datastore& store, Commit commit) {
  return ApplyLater(store, std::move(commit)).get();
}

StoreHold::StoreHold(Datastore& store) {
  std::promise<void> entered;
  std::future<void> inside = entered.get_future();
  store.Apply(CreateStudy({"hold", "hold"}),
              [entered = std::move(entered),
               released = released_.get_future()](const absl::Status&) mutable {
                entered.set_value();
                released.wait();
              });
  inside.wait();
}

void StoreHold::Release() {
  if (std::exchange(holding_, false)) {
    released_.set_value();
  }
}

}  // namespace apogee
