#include "tests/storage/kept_study.h"

#include "absl/time/time.h"

namespace apogee {
namespace {

absl::Time At(int64_t seconds) {
  return absl::FromUnixSeconds(1714564800 + seconds);
}

StudyRow Study(const std::string& proto, uint64_t seed) {
  StudyRow row;
  row.proto = proto;
  row.state = "ACTIVE";
  row.algorithm = "QUASI_RANDOM_SEARCH";
  row.create_time = At(0);
  row.seed = seed;
  row.metrics_json = R"([{"metric": "accuracy", "goal": "MAXIMIZE"}])";
  row.metadata_json = R"([{"ns": "team", "key": "owner", "value": "vision"}])";
  row.next_trial_id = 4;
  row.next_ordinal = 3;
  row.next_finished = 2;
  row.started_trials = 1;
  return row;
}

TrialRow Trial(int64_t id, const std::string& state) {
  TrialRow row;
  row.id = id;
  row.proto = "trial proto " + std::to_string(id);
  row.state = state;
  row.client_id = "worker";
  row.start_time = At(10 * id);
  row.parameters_json = R"({"lr": 0.001, "optimizer": "adam"})";
  row.ordinal = id - 1;
  row.started = true;
  row.memo = "memo";
  return row;
}

MeasurementRow Measurement(int64_t trial_id, int64_t number) {
  MeasurementRow row;
  row.trial_id = trial_id;
  row.number = number;
  row.proto = "measurement proto";
  row.step = 100 * (number + 1);
  row.elapsed = absl::Milliseconds(2500) * (number + 1);
  row.metrics_json = R"({"accuracy": 0.25})";
  return row;
}

}  // namespace

std::vector<Commit> KeptCommits() {
  Commit digits;
  digits.study = {"me", "digits"};
  digits.study_row = Study("digits proto", ~uint64_t{0} - 1);
  digits.trials = {Trial(1, "SUCCEEDED"), Trial(2, "INFEASIBLE"),
                   Trial(3, "ACTIVE")};
  digits.trials[0].end_time = At(20);
  digits.trials[0].finished = 0;
  digits.trials[0].final_metrics_json = R"({"accuracy": 0.97})";
  digits.trials[0].metadata_json = R"([{"ns": "", "key": "k", "value": null}])";
  digits.trials[1].end_time = At(30);
  digits.trials[1].finished = 1;
  digits.trials[1].infeasible_reason = "diverged";
  digits.measurements = {Measurement(1, 0), Measurement(1, 1)};
  OperationRow operation;
  operation.client_id = "worker";
  operation.number = 1;
  operation.proto = "operation proto";
  operation.done = true;
  operation.count = 2;
  operation.trial_ids = {1, 2};
  digits.operations = {operation};

  Commit empty;
  empty.study = {"you", "empty"};
  empty.study_row = Study("empty proto", 5);
  return {digits, empty};
}

}  // namespace apogee
