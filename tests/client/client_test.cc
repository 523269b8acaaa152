#include "client/cpp/client.h"

#include <thread>

#include "absl/time/clock.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using absl::StatusCode;

// Nobody listens there.
constexpr char kNowhere[] = "127.0.0.1:1";

TEST(IsIdempotent, OnlyWhatTheServerMakesSo) {
  for (const char* const method :
       {"GetStudy", "ListTrials", "SuggestTrials", "CompleteTrial", "StopTrial",
        "CreateStudy"}) {
    EXPECT_TRUE(IsIdempotent(method)) << method;
  }
  for (const char* const method :
       {"CreateTrial", "AddTrialMeasurement", "DeleteTrial", "DeleteStudy",
        "NoSuchMethod"}) {
    EXPECT_FALSE(IsIdempotent(method)) << method;
  }
}

TEST(Client, WithoutPatienceAMissingServerIsToldAtOnce) {
  const Client client(Connect(kNowhere), {.timeout = absl::Seconds(10)});
  const absl::Time start = absl::Now();
  EXPECT_THAT(client.GetStudy("owners/o/studies/s"),
              StatusIs(StatusCode::kUnavailable));
  EXPECT_LT(absl::Now() - start, absl::Seconds(5));
}

TEST(Client, PatienceHasAnEnd) {
  const Client client(Connect(kNowhere), {.timeout = absl::Seconds(10),
                                          .patience = absl::Milliseconds(300)});
  const absl::Time start = absl::Now();
  EXPECT_THAT(client.GetStudy("owners/o/studies/s"),
              StatusIs(StatusCode::kUnavailable));
  EXPECT_THAT(client.CreateTrial({}), StatusIs(StatusCode::kUnavailable));
  EXPECT_GT(absl::Now() - start, absl::Milliseconds(300));
}

TEST(Client, StopEndsThePatience) {
  std::stop_source stop;
  const Client client(Connect(kNowhere),
                      {.patience = absl::Hours(1), .stop = stop.get_token()});
  std::thread stopper([&stop] {
    absl::SleepFor(absl::Milliseconds(50));
    stop.request_stop();
  });
  EXPECT_THAT(client.GetStudy("owners/o/studies/s"),
              StatusIs(StatusCode::kCancelled));
  EXPECT_THAT(client.CreateTrial({}), StatusIs(StatusCode::kCancelled));
  stopper.join();
}

}  // namespace
}  // namespace apogee
