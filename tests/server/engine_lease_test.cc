// Leases at work: the timer, the calls, several studies at once.

#include <atomic>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/clock.h"
#include "google/protobuf/util/time_util.h"
#include "proto/lease_history.h"
#include "storage/open.h"
#include "tests/server/engine_harness.h"
#include "tests/server/study_harness.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using google::longrunning::Operation;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kStudy[] = "owners/o/studies/s";

class EngineLeaseTest : public testing::Test {
 protected:
  void Create(absl::string_view spec_text) {
    ASSERT_OK(
        Call(*engine_, &Engine::CreateStudy, MakeCreateRequest(spec_text)));
  }
  static vizier::SuggestTrialsRequest Wanting(const std::string& client_id) {
    vizier::SuggestTrialsRequest request;
    request.set_parent(kStudy);
    request.set_client_id(client_id);
    request.set_suggestion_count(1);
    return request;
  }
  vizier::Trial Take(const std::string& client_id) {
    const absl::StatusOr<Operation> operation =
        Call(*engine_, &Engine::SuggestTrials, Wanting(client_id));
    EXPECT_OK(operation);
    return ResponseOf(*operation).trials(0);
  }
  apogee::v1::ListWorkersResponse Workers(const std::string& parent) {
    apogee::v1::ListWorkersRequest request;
    request.set_parent(parent);
    const auto response = Call(*engine_, &Engine::ListWorkers, request);
    EXPECT_OK(response);
    return *response;
  }
  void StartEngine() {
    engine_.reset();
    engine_ = std::make_unique<Engine>(
        EngineOptions{.on_lost =
                          [this](int reissued, int given_up) {
                            reissued_ += reissued;
                            given_up_ += given_up;
                          }},
        store_.get(), &clock_, &policy_);
  }

  std::unique_ptr<Datastore> store_ = *OpenDatastore("memory:");
  SystemClock clock_;
  FakePolicy policy_;
  std::atomic<int> reissued_ = 0;
  std::atomic<int> given_up_ = 0;
  std::unique_ptr<Engine> engine_;
};

TEST_F(EngineLeaseTest, AWaitingCallGetsWhatASilentWorkerLoses) {
  StartEngine();
  Create("apogee_options { budget { trials: 1 } lease { seconds: 1 } }");
  EXPECT_EQ(Take("w").id(), "1");
  const vizier::Trial again = Take("v");
  EXPECT_EQ(again.id(), "1");
  EXPECT_EQ(again.client_id(), "v");
  EXPECT_EQ(reissued_, 1);
  EXPECT_EQ(given_up_, 0);
}

TEST_F(EngineLeaseTest, ASilentWorkerLosesItsTrialAfterARestart) {
  StartEngine();
  Create(
      "apogee_options { budget { trials: 1 } lease { seconds: 1 reissues: 1 } "
      "}");
  Take("w");
  StartEngine();
  EXPECT_EQ(Take("v").id(), "1");
  StartEngine();
  // It is lost again, for the last time; whoever waits goes home.
  const absl::StatusOr<Operation> operation =
      Call(*engine_, &Engine::SuggestTrials, Wanting("u"));
  ASSERT_OK(operation);
  EXPECT_THAT(ResponseOf(*operation).trials(), IsEmpty());
  EXPECT_EQ(given_up_, 1);
  vizier::GetTrialRequest request;
  request.set_name(absl::StrCat(kStudy, "/trials/1"));
  const auto trial = Call(*engine_, &Engine::GetTrial, request);
  ASSERT_OK(trial);
  EXPECT_TRUE(IsGivenUp(*trial));
  EXPECT_THAT(ReadLeaseHistory(*trial).lost(), SizeIs(2));
}

TEST_F(EngineLeaseTest, ListsWorkersOfStudiesInMemory) {
  StartEngine();
  Create("apogee_options { lease { seconds: 600 } }");
  vizier::CreateStudyRequest other = MakeCreateRequest();
  other.set_parent("owners/p");
  ASSERT_OK(Call(*engine_, &Engine::CreateStudy, other));
  Take("w");
  ASSERT_THAT(Workers(kStudy).workers(), SizeIs(1));
  ASSERT_THAT(Workers("owners/o").workers(), SizeIs(1));
  EXPECT_EQ(Workers("owners/o").workers(0).client_id(), "w");
  EXPECT_THAT(Workers("owners/p").workers(), IsEmpty());
  EXPECT_THAT(Workers("").workers(), SizeIs(1));
  StartEngine();
  EXPECT_THAT(Workers("").workers(), IsEmpty()) << "nobody has come back";
  EXPECT_THAT(Workers(kStudy).workers(), SizeIs(1));
}

TEST_F(EngineLeaseTest, CallsAboutATrialRenewItsLease) {
  StartEngine();
  Create("apogee_options { lease { seconds: 600 } }");
  const vizier::Trial trial = Take("w");
  const auto heard = [&] {
    return absl::FromUnixNanos(
        google::protobuf::util::TimeUtil::TimestampToNanoseconds(
            Workers(kStudy).workers(0).trials(0).last_heard()));
  };
  absl::Time before = heard();
  const auto expect_renewed = [&](const char* what) {
    EXPECT_GT(heard(), before) << what;
    before = heard();
  };
  vizier::GetTrialRequest get;
  get.set_name(trial.name());
  EXPECT_OK(Call(*engine_, &Engine::GetTrial, get));
  expect_renewed("GetTrial");
  vizier::AddTrialMeasurementRequest measure;
  measure.set_trial_name(trial.name());
  EXPECT_OK(Call(*engine_, &Engine::AddTrialMeasurement, measure));
  expect_renewed("AddTrialMeasurement");
  vizier::CheckTrialEarlyStoppingStateRequest check;
  check.set_trial_name(trial.name());
  EXPECT_OK(Call(*engine_, &Engine::CheckTrialEarlyStoppingState, check));
  expect_renewed("CheckTrialEarlyStoppingState");
  vizier::UpdateMetadataRequest update;
  update.set_name(kStudy);
  update.add_delta()->set_trial_id("1");
  EXPECT_OK(Call(*engine_, &Engine::UpdateMetadata, update));
  expect_renewed("UpdateMetadata");
  Take("w");
  expect_renewed("SuggestTrials");
  apogee::v1::HeartbeatRequest beat;
  beat.set_parent(kStudy);
  beat.set_client_id("w");
  EXPECT_OK(Call(*engine_, &Engine::Heartbeat, beat));
  expect_renewed("Heartbeat");
  vizier::ListTrialsRequest list;
  list.set_parent(kStudy);
  EXPECT_OK(Call(*engine_, &Engine::ListTrials, list));
  EXPECT_EQ(heard(), before) << "a list is nobody's word";
}

}  // namespace
}  // namespace apogee
