#include "server/engine/rows.h"

#include "tests/testing/matchers.h"

namespace apogee {
namespace {

TEST(MakeTrialRow, WritesParametersAsPeopleExpectThem) {
  const auto trial = ParseProto<vizier::Trial>(R"pb(
    parameters {
      parameter_id: "layers"
      value { number_value: 3 }
    }
    parameters {
      parameter_id: "lr"
      value { number_value: 1e-4 }
    }
    parameters {
      parameter_id: "huge"
      value { number_value: 1e300 }
    }
    parameters {
      parameter_id: "opt \"x\""
      value { string_value: "sgd" }
    }
    parameters {
      parameter_id: "on"
      value { bool_value: true }
    }
    parameters {
      parameter_id: "odd"
      value { number_value: nan }
    }
  )pb");
  EXPECT_EQ(MakeTrialRow(1, trial).parameters_json,
            R"({"layers":3,"lr":0.0001,"huge":1e+300,"opt \"x\"":"sgd",)"
            R"("on":true,"odd":"NaN"})");
}

TEST(MakeTrialRow, FillsTheColumnsThatDashboardsRead) {
  const auto trial = ParseProto<vizier::Trial>(R"pb(
    state: INFEASIBLE
    client_id: "w"
    start_time { seconds: 10 nanos: 500000000 }
    end_time { seconds: 12 }
    infeasible_reason: "out of memory"
    metadata { ns: ":a" key: "k" value: "v" }
    metadata {
      key: "p"
      proto { type_url: "t" }
    }
  )pb");
  const TrialRow row = MakeTrialRow(7, trial);
  EXPECT_EQ(row.id, 7);
  EXPECT_EQ(row.state, "INFEASIBLE");
  EXPECT_EQ(row.client_id, "w");
  EXPECT_EQ(row.start_time, absl::FromUnixMillis(10'500));
  EXPECT_EQ(row.end_time, absl::FromUnixSeconds(12));
  EXPECT_EQ(row.infeasible_reason, "out of memory");
  EXPECT_EQ(row.final_metrics_json, "");
  EXPECT_EQ(row.metadata_json, R"([{"ns":":a","key":"k","value":"v"},)"
                               R"({"ns":"","key":"p","value":null}])");
}

TEST(MakeMeasurementRow, SpellsOutValuesThatAreNotFinite) {
  const auto measurement = ParseProto<vizier::Measurement>(R"pb(
    elapsed_duration { seconds: 1 nanos: 500000000 }
    step_count: 4
    metrics { metric_id: "a" value: inf }
    metrics { metric_id: "b" value: -inf }
    metrics { metric_id: "c" value: nan }
    metrics { metric_id: "d" value: 0.5 }
  )pb");
  const MeasurementRow row = MakeMeasurementRow(7, 2, measurement);
  EXPECT_EQ(row.number, 2);
  EXPECT_EQ(row.step, 4);
  EXPECT_EQ(row.elapsed, absl::Milliseconds(1500));
  EXPECT_EQ(row.metrics_json,
            R"({"a":"Infinity","b":"-Infinity","c":"NaN","d":0.5})");
}

TEST(MakeStudyRow, ListsMetricsInTheirOrder) {
  const auto study = ParseProto<vizier::Study>(R"pb(
    state: ACTIVE
    study_spec {
      metrics { metric_id: "y" goal: MAXIMIZE }
      metrics {
        metric_id: "cost"
        goal: MINIMIZE
        safety_config { safety_threshold: 5 }
      }
    }
  )pb");
  EXPECT_EQ(MakeStudyRow(study).metrics_json,
            R"([{"metric":"y","goal":"MAXIMIZE"},)"
            R"({"metric":"cost","goal":"MINIMIZE","safety_threshold":5.0}])");
}

}  // namespace
}  // namespace apogee
