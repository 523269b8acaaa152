// A study whose server is killed without warning, again and again, gets the
// trials that it would have got from a server that never stopped.

#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/crash/calls.h"
#include "tests/testing/apogeed_process.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using vizier::Trial;

constexpr int kTrials = 300;
constexpr uint64_t kCallsPerKill = 20;

vizier::CreateStudyRequest CreateRequest(const std::string& algorithm) {
  auto request = ParseProto<vizier::CreateStudyRequest>(R"pb(
    parent: "owners/crash"
    study {
      display_name: "s"
      study_spec {
        metrics { metric_id: "y" goal: MAXIMIZE }
        parameters {
          parameter_id: "kind"
          categorical_value_spec { values: "a" values: "b" values: "c" }
          conditional_parameter_specs {
            parent_categorical_values { values: "b" }
            parameter_spec {
              parameter_id: "only b"
              double_value_spec { max_value: 1 }
            }
          }
        }
        parameters {
          parameter_id: "count"
          integer_value_spec { min_value: 1 max_value: 1000 }
        }
        apogee_options { seed: 3 }
      }
    }
  )pb");
  vizier::StudySpec& spec = *request.mutable_study()->mutable_study_spec();
  spec.set_algorithm(algorithm);
  for (int i = 0; i < 6; ++i) {
    auto& parameter = *spec.add_parameters();
    parameter.set_parameter_id(absl::StrCat("x", i));
    parameter.mutable_double_value_spec()->set_max_value(1);
  }
  return request;
}

// What a worker reports; one in seven trials fails.
vizier::CompleteTrialRequest Report(const Trial& trial, int number) {
  vizier::CompleteTrialRequest request;
  request.set_name(trial.name());
  if (number % 7 == 0) {
    request.set_trial_infeasible(true);
    request.set_infeasible_reason("no memory");
    return request;
  }
  double y = 0;
  for (const Trial::Parameter& parameter : trial.parameters()) {
    const auto& value = parameter.value();
    y -= value.has_number_value()
             ? std::abs(std::log1p(value.number_value()) - 0.3)
             : static_cast<double>(value.string_value() != "b");
  }
  auto& metric = *request.mutable_final_measurement()->add_metrics();
  metric.set_metric_id("y");
  metric.set_value(y);
  return request;
}

class Worker {
 public:
  // Kills the server now and then, or never.
  Worker(ApogeedProcess& server, bool kills)
      : server_(server), kills_(kills), stub_(Connect(server.address())) {}

  // The trials of a new study, as they were handed out.
  std::vector<Trial> Run(const std::string& algorithm) {
    vizier::Study study;
    EXPECT_TRUE(
        Once(*stub_, &Stub::CreateStudy, CreateRequest(algorithm), study));
    vizier::SuggestTrialsRequest suggest;
    suggest.set_parent(study.name());
    suggest.set_client_id("w");
    suggest.set_suggestion_count(1);
    std::vector<Trial> trials;
    for (int number = 1; number <= kTrials; ++number) {
      google::longrunning::Operation operation;
      Ask(&Stub::SuggestTrials, suggest, operation);
      vizier::SuggestTrialsResponse response;
      EXPECT_TRUE(operation.response().UnpackTo(&response));
      if (response.trials_size() != 1) {
        ADD_FAILURE() << "trial " << number << ": " << operation.DebugString();
        break;
      }
      trials.push_back(response.trials(0));
      Trial completed;
      Ask(&Stub::CompleteTrial, Report(trials.back(), number), completed);
    }
    return trials;
  }

 private:
  // The server may die before, during or just after its answer.
  template <typename Request, typename Response>
  void Ask(Method<Request, Response> method, const Request& request,
           Response& response) {
    if (kills_ && random_() % kCallsPerKill == 0) {
      Response lost;
      (void)Once(*stub_, method, request, lost,
                 std::chrono::microseconds(random_() % 3000));
      server_.Kill();
      server_.Start();
    }
    // The first call to a new server finds out that the connection is dead.
    while (!Once(*stub_, method, request, response)) continue;
  }

  ApogeedProcess& server_;
  const bool kills_;
  const std::unique_ptr<Stub> stub_;
  std::mt19937_64 random_{11};
};

class SameTrials : public testing::TestWithParam<std::string> {};

TEST_P(SameTrials, AreHandedOutByAServerThatIsKilledAgainAndAgain) {
  TempDir directory;
  ApogeedProcess mortal({"--store",
                         absl::StrCat("sqlite:", directory.File("apogee.db")),
                         "--log-level", "error"});
  ApogeedProcess immortal({"--store", "memory:", "--log-level", "error"});
  const std::vector<Trial> trials = Worker(mortal, true).Run(GetParam());
  const std::vector<Trial> expected = Worker(immortal, false).Run(GetParam());
  ASSERT_EQ(trials.size(), expected.size());
  for (size_t i = 0; i < trials.size(); ++i) {
    ASSERT_EQ(trials[i].id(), expected[i].id());
    ASSERT_EQ(trials[i].parameters_size(), expected[i].parameters_size())
        << "trial " << trials[i].id();
    for (int k = 0; k < trials[i].parameters_size(); ++k) {
      ASSERT_THAT(trials[i].parameters(k),
                  EqualsProto(expected[i].parameters(k)))
          << "trial " << trials[i].id();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Learning, SameTrials,
                         testing::Values("ES_ENAS", "CMA_ES",
                                         "REGULARIZED_EVOLUTION"),
                         [](const auto& each) { return each.param; });

}  // namespace
}  // namespace apogee
