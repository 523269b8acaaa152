#include "proto/validate.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using absl::StatusCode;

// The field a status blames; it must say the same as its message.
std::string FieldOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload =
      status.GetPayload("type.googleapis.com/google.rpc.BadRequest");
  google::rpc::BadRequest details;
  if (!payload.has_value() || !details.ParseFromString(std::string(*payload)) ||
      details.field_violations_size() != 1) {
    return "(no details)";
  }
  EXPECT_EQ(details.field_violations(0).description(), status.message());
  return details.field_violations(0).field();
}

// The request is refused for `field` with this message.
template <typename Request>
void ExpectRefused(const char* request, const char* field,
                   const char* message) {
  const absl::Status status = ValidateRequest(ParseProto<Request>(request));
  EXPECT_THAT(status, StatusIs(StatusCode::kInvalidArgument, message));
  EXPECT_EQ(FieldOf(status), field);
}

template <typename Request>
absl::Status Validate(const char* request) {
  return ValidateRequest(ParseProto<Request>(request));
}

TEST(ValidateCreateStudy, TakesWhatTheVizierClientSends) {
  EXPECT_OK(Validate<vizier::CreateStudyRequest>(R"pb(
    parent: "owners/me"
    study {
      display_name: "__main__.T.test (<S.ACTIVE: \'ACTIVE\'>)"
      study_spec { algorithm: "RANDOM_SEARCH" }
    }
  )pb"));
}

TEST(ValidateCreateStudy, NamesWhatIsWrong) {
  using Request = vizier::CreateStudyRequest;
  ExpectRefused<Request>("parent: 'me'", "parent",
                         R"(name "me" is not of the form owners/{owner})");
  ExpectRefused<Request>("parent: 'owners/me' study { name: 'x' }",
                         "study.name",
                         "study.name is given by the server; leave it empty "
                         "and set display_name");
  ExpectRefused<Request>("parent: 'owners/me'", "study.display_name",
                         "display_name is empty");
  ExpectRefused<Request>("parent: 'owners/me' study { display_name: 'a/b' }",
                         "study.display_name",
                         R"(display_name "a/b" must not contain "/")");
}

TEST(ValidateCreateStudy, PathsStartAtTheRequest) {
  ExpectRefused<vizier::CreateStudyRequest>(
      R"pb(
        parent: "owners/me"
        study {
          display_name: "s"
          study_spec {
            parameters {
              parameter_id: "lr"
              double_value_spec { min_value: 1 max_value: 0.1 }
            }
          }
        }
      )pb",
      "study.study_spec.parameters[0].double_value_spec.max_value",
      R"(parameter "lr": max 0.1 is below min 1)");
}

TEST(ValidateSuggestTrials, ChecksParentClientAndCount) {
  using Request = vizier::SuggestTrialsRequest;
  EXPECT_OK(
      Validate<Request>("parent: 'owners/o/studies/s' client_id: '140@host' "
                        "suggestion_count: 0"));
  EXPECT_OK(Validate<Request>(
      "parent: 'owners/o/studies/s' client_id: 'c' suggestion_count: 10000"));
  ExpectRefused<Request>("parent: 'owners/o' client_id: 'c'", "parent",
                         "name \"owners/o\" is not of the form "
                         "owners/{owner}/studies/{study}");
  ExpectRefused<Request>("parent: 'owners/o/studies/s'", "client_id",
                         "client_id is empty");
  ExpectRefused<Request>(
      "parent: 'owners/o/studies/s' client_id: 'c' suggestion_count: -1",
      "suggestion_count", "suggestion_count is -1; it must be from 0 to 10000");
  ExpectRefused<Request>(
      "parent: 'owners/o/studies/s' client_id: 'c' suggestion_count: 10001",
      "suggestion_count",
      "suggestion_count is 10001; it must be from 0 to 10000");
}

TEST(ValidateCreateTrial, HasLimits) {
  vizier::CreateTrialRequest request;
  request.set_parent("owners/o/studies/s");
  vizier::Trial& trial = *request.mutable_trial();
  const auto add_parameter = [&](std::string id) {
    vizier::Trial::Parameter& added = *trial.add_parameters();
    added.set_parameter_id(std::move(id));
    added.mutable_value()->set_bool_value(true);
  };
  const auto refused = [&](const char* field, const char* message) {
    const absl::Status status = ValidateRequest(request);
    EXPECT_THAT(status, StatusIs(StatusCode::kInvalidArgument,
                                 testing::HasSubstr(message)));
    EXPECT_EQ(FieldOf(status), field);
    trial.Clear();
  };
  for (int i = 1; i < kMaxParameters; ++i) add_parameter(absl::StrCat(i));
  add_parameter(std::string(kMaxIdBytes, 'p'));
  for (int i = 0; i < kMaxMeasurements; ++i) trial.add_measurements();
  for (int i = 0; i < kMaxMetrics; ++i) {
    trial.mutable_final_measurement()->add_metrics()->set_metric_id(
        absl::StrCat(i));
  }
  trial.add_metadata()->set_value(std::string(kMaxMetadataBytes - 10, 'v'));
  EXPECT_OK(ValidateRequest(request));
  add_parameter("one more");
  refused("trial.parameters", "a trial of 10001 parameters");
  add_parameter(std::string(kMaxIdBytes + 1, 'p'));
  refused("trial.parameters[0].parameter_id", "has 4097 bytes; at most 4096");
  for (int i = 0; i <= kMaxMeasurements; ++i) trial.add_measurements();
  refused("trial.measurements", "a trial of 100001 measurements");
  for (int i = 0; i <= kMaxMetrics; ++i) {
    trial.add_measurements();
    trial.mutable_measurements(0)->add_metrics()->set_metric_id(
        absl::StrCat(i));
  }
  refused("trial.measurements[0].metrics", "a measurement of 1001 metrics");
  trial.add_metadata()->set_value(std::string(kMaxMetadataBytes, 'v'));
  refused("trial.metadata", "at most 16777216 are allowed");
}

// The study is not asked: PyGlove stores parameters that it does not declare.
TEST(ValidateCreateTrial, TakesAnyParameterWithAValue) {
  EXPECT_OK(Validate<vizier::CreateTrialRequest>(R"pb(
    parent: "owners/o/studies/s"
    trial {
      id: "0"
      state: REQUESTED
      parameters {
        parameter_id: "x[=0/3].y"
        value { number_value: nan }
      }
      parameters {
        parameter_id: "$"
        value { string_value: "" }
      }
      parameters {
        parameter_id: "b"
        value { bool_value: false }
      }
      final_measurement {
        elapsed_duration { seconds: -1 nanos: -5 }
        metrics { metric_id: "reward" value: nan }
      }
      measurements { step_count: -3 }
      start_time { seconds: 1700000000 nanos: 999999999 }
      metadata {
        key: "k"
        proto { type_url: "unknown" value: "\377" }
      }
    }
  )pb"));
}

TEST(ValidateCreateTrial, NamesWhatIsWrong) {
  const auto refused = [](const std::string& trial, const char* field,
                          const char* message) {
    ExpectRefused<vizier::CreateTrialRequest>(
        ("parent: 'owners/o/studies/s' trial {" + trial + "}").c_str(), field,
        message);
  };
  refused("parameters { value { number_value: 1 } }",
          "trial.parameters[0].parameter_id",
          "a parameter of the trial has no id");
  refused("parameters { parameter_id: 'x' }", "trial.parameters[0].value",
          "parameter \"x\" has no value; give a number, a string or a bool");
  refused("parameters { parameter_id: 'x' value { null_value: NULL_VALUE } }",
          "trial.parameters[0].value",
          "parameter \"x\" has no value; give a number, a string or a bool");
  refused(
      "parameters { parameter_id: 'x' value { number_value: 1 } } "
      "parameters { parameter_id: 'x' value { number_value: 2 } }",
      "trial.parameters[1].parameter_id",
      "parameter \"x\" has two values; keep one");
  refused("measurements {} measurements { metrics { value: 1 } }",
          "trial.measurements[1].metrics[0].metric_id",
          "a metric of the measurement has no id");
  refused("start_time { nanos: 1000000000 }", "trial.start_time",
          "time of 0 s and 1000000000 ns is malformed: years 1 to 9999, "
          "nanoseconds from 0 to 999999999");
  refused("end_time { seconds: 253402300800 }", "trial.end_time",
          "time of 253402300800 s and 0 ns is malformed: years 1 to 9999, "
          "nanoseconds from 0 to 999999999");
}

TEST(ValidateMeasurement, NamesWhatIsWrong) {
  const auto refused = [](const std::string& measurement, const char* field,
                          const char* message) {
    ExpectRefused<vizier::AddTrialMeasurementRequest>(
        ("trial_name: 'owners/o/studies/s/trials/1' measurement {" +
         measurement + "}")
            .c_str(),
        field, message);
  };
  EXPECT_OK(Validate<vizier::AddTrialMeasurementRequest>(
      "trial_name: 'owners/o/studies/s/trials/1'"));
  refused("metrics { metric_id: 'a' } metrics { metric_id: 'a' }",
          "measurement.metrics[1].metric_id",
          "metric \"a\" is measured twice; keep one");
  refused("elapsed_duration { seconds: 1 nanos: -1 }",
          "measurement.elapsed_duration",
          "duration of 1 s and -1 ns is malformed: at most 10000 years, less "
          "than 1e9 ns, both of one sign");
  refused("elapsed_duration { nanos: 1000000000 }",
          "measurement.elapsed_duration",
          "duration of 0 s and 1000000000 ns is malformed: at most 10000 "
          "years, less than 1e9 ns, both of one sign");
  refused("elapsed_duration { seconds: 315576000001 }",
          "measurement.elapsed_duration",
          "duration of 315576000001 s and 0 ns is malformed: at most 10000 "
          "years, less than 1e9 ns, both of one sign");
  ExpectRefused<vizier::AddTrialMeasurementRequest>(
      "trial_name: 'owners/o/studies/s/trials/0'", "trial_name",
      "name \"owners/o/studies/s/trials/0\" is not of the form "
      "owners/{owner}/studies/{study}/trials/{id}");
}

TEST(ValidateCompleteTrial, ChecksNameAndMeasurement) {
  using Request = vizier::CompleteTrialRequest;
  EXPECT_OK(Validate<Request>(
      "name: 'owners/o/studies/s/trials/1' trial_infeasible: true"));
  ExpectRefused<Request>(
      "name: 'owners/o/studies/s/trials/1' final_measurement { metrics {} }",
      "final_measurement.metrics[0].metric_id",
      "a metric of the measurement has no id");
  ExpectRefused<Request>("name: ''", "name",
                         "name \"\" is not of the form "
                         "owners/{owner}/studies/{study}/trials/{id}");
}

TEST(ValidateUpdateMetadata, ATrialIdIsAWholeNumberFromOne) {
  using Request = vizier::UpdateMetadataRequest;
  EXPECT_OK(Validate<Request>(
      "name: 'owners/o/studies/s' delta { metadatum { ns: ':x' } } "
      "delta { trial_id: '12' metadatum { key: 'k' value: 'v' } }"));
  for (const char* const id : {"", "0", "-1", "1.5", "x", "01"}) {
    ExpectRefused<Request>(
        (std::string(
             "name: 'owners/o/studies/s' delta {} delta { trial_id: '") +
         id + "' }")
            .c_str(),
        "delta[1].trial_id",
        (std::string("trial id \"") + id +
         "\" is not a whole number, 1 or more")
            .c_str());
  }
  ExpectRefused<Request>("name: 'x'", "name",
                         "name \"x\" is not of the form "
                         "owners/{owner}/studies/{study}");
}

}  // namespace
}  // namespace apogee
