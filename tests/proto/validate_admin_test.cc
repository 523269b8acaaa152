#include <string>

#include "gmock/gmock.h"
#include "proto/validate.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using absl::StatusCode;
using testing::HasSubstr;

template <typename Request>
absl::Status Validate(const std::string& request) {
  return ValidateRequest(ParseProto<Request>(request));
}

TEST(ValidateBackup, ThePathIsAbsolute) {
  using Request = apogee::v1::BackupRequest;
  EXPECT_OK(Validate<Request>("path: '/var/backups/a.db'"));
  for (const char* path : {"", "a.db", "./a.db", "/a\\000b"}) {
    EXPECT_THAT(Validate<Request>("path: '" + std::string(path) + "'"),
                StatusIs(StatusCode::kInvalidArgument, HasSubstr("path")))
        << path;
  }
}

TEST(ValidateImportStudy, ChecksTheStudyAndItsCounters) {
  using Request = apogee::v1::ImportStudyRequest;
  const auto with = [](const std::string& study, const std::string& record) {
    return Validate<Request>("parent: 'owners/me' record { study { " + study +
                             "} " + record + "}");
  };
  EXPECT_OK(with("display_name: 's'", ""));
  EXPECT_OK(
      with("name: 'owners/other/studies/old' display_name: 's' "
           "state: COMPLETED",
           "seed: 7 next_trial_id: 10 next_ordinal: 4611686018427387904"));
  const auto refused = [&](const std::string& study, const std::string& record,
                           const std::string& message) {
    EXPECT_THAT(with(study, record),
                StatusIs(StatusCode::kInvalidArgument, HasSubstr(message)))
        << study << record;
  };
  const std::string good = "display_name: 's'";
  refused(good, "next_trial_id: -1", "record.next_trial_id is -1");
  refused(good, "next_ordinal: 4611686018427387905", "from 0 to 2^62");
  refused(good, "next_finished: -5", "record.next_finished is -5");
  refused(good, "started_and_deleted: -5", "record.started_and_deleted is -5");
  refused(good + " state: 9", "", "state 9 is not one of a study");
  refused(good + " create_time { nanos: -1 }", "", "is malformed");
  refused(good + " study_spec { metrics {} }", "", "a metric has no id");
  refused("display_name: 'a/b'", "", "must not contain \"/\"");
  EXPECT_THAT(Validate<Request>("parent: 'me'"),
              StatusIs(StatusCode::kInvalidArgument));
}

TEST(ValidateImportTrials, ATrialSaysAllThatIsNeeded) {
  using Request = apogee::v1::ImportTrialsRequest;
  const auto with = [](const std::string& trials) {
    return Validate<Request>("parent: 'owners/me/studies/s' " + trials);
  };
  EXPECT_OK(with(""));
  EXPECT_OK(
      with("trials { trial { id: '1' state: REQUESTED } } "
           "trials { trial { id: '2' state: ACTIVE client_id: 'w' } } "
           "trials { trial { id: '3' state: SUCCEEDED } finished: 0 }"));
  const auto refused = [&](const std::string& trials,
                           const std::string& message) {
    EXPECT_THAT(with(trials),
                StatusIs(StatusCode::kInvalidArgument, HasSubstr(message)))
        << trials;
  };
  refused("trials { trial { state: ACTIVE } }", "trial id \"\" is not a whole");
  refused("trials { trial { id: '4611686018427387905' state: REQUESTED } }",
          "from 0 to 2^62");
  refused("trials { trial { id: '1' } }", "trial 1 has no state");
  refused("trials { trial { id: '1' state: 9 } }", "trial 1 has no state");
  refused("trials { trial { id: '1' state: ACTIVE } }",
          "client_id of ACTIVE trial 1 is empty");
  refused("trials { trial { id: '1' state: REQUESTED } finished: 3 }",
          "but it has not finished");
  refused("trials { trial { id: '1' state: SUCCEEDED } finished: -1 }",
          "trials[0].finished is -1");
  refused("trials { trial { id: '1' state: REQUESTED } ordinal: -1 }",
          "trials[0].ordinal is -1");
  refused("trials { trial { id: '1' state: REQUESTED parameters {} } }",
          "a parameter of the trial has no id");
  refused(
      "trials { trial { id: '1' state: REQUESTED } } "
      "trials { trial { id: '1' state: REQUESTED } }",
      "trial 1 is there twice");
  EXPECT_THAT(Validate<Request>("parent: 'me'"),
              StatusIs(StatusCode::kInvalidArgument));
}

TEST(ValidateWorkers, NamesAndSizesAreChecked) {
  using apogee::v1::HeartbeatRequest;
  using apogee::v1::ListWorkersRequest;
  using apogee::v1::ReleaseTrialRequest;
  const std::string study = "owners/o/studies/s";
  const auto refused = [](const std::string& message) {
    return StatusIs(StatusCode::kInvalidArgument, HasSubstr(message));
  };
  EXPECT_OK(Validate<HeartbeatRequest>("parent: '" + study +
                                       "' client_id: 'w' trial_ids: [ 1, 2 ]"));
  EXPECT_THAT(Validate<HeartbeatRequest>("parent: 's' client_id: 'w'"),
              refused("owners/{owner}/studies/{study}"));
  EXPECT_THAT(Validate<HeartbeatRequest>("parent: '" + study + "'"),
              refused("client_id"));
  const std::string trial = "name: '" + study + "/trials/1' ";
  EXPECT_OK(Validate<ReleaseTrialRequest>(trial + "client_id: 'w'"));
  EXPECT_THAT(Validate<ReleaseTrialRequest>(trial), refused("client_id"));
  EXPECT_THAT(Validate<ReleaseTrialRequest>(trial + "client_id: 'w' reason: '" +
                                            std::string(1025, 'x') + "'"),
              refused("a reason of 1025 bytes; at most 1024 are allowed"));
  for (const std::string& parent :
       {std::string(), study, std::string("owners/o")}) {
    EXPECT_OK(Validate<ListWorkersRequest>("parent: '" + parent + "'"));
  }
  EXPECT_THAT(Validate<ListWorkersRequest>("parent: 'o'"),
              refused("parent \"o\" is neither"));
}

}  // namespace
}  // namespace apogee
