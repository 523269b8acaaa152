#include "tests/bench/workload.h"

#include <memory>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/bench/example.h"

namespace apogee {
namespace {

const std::string& StudyOf(const std::vector<std::string>& studies,
                           int worker) {
  return studies[static_cast<size_t>(worker) % studies.size()];
}

vizier::SuggestTrialsRequest SuggestRequest(const std::string& study,
                                            const std::string& client_id,
                                            int count) {
  vizier::SuggestTrialsRequest request;
  request.set_parent(study);
  request.set_client_id(client_id);
  request.set_suggestion_count(count);
  return request;
}

vizier::SuggestTrialsResponse Answer(
    const google::longrunning::Operation& operation, int count) {
  vizier::SuggestTrialsResponse response;
  // The reference server leaves the type's name out, so UnpackTo would refuse.
  if (!response.ParseFromString(operation.response().value()) ||
      response.trials_size() != count) {
    Die(absl::StrCat("a suggestion of ", count, " trials ended with ",
                     operation.ShortDebugString()));
  }
  return response;
}

vizier::CompleteTrialRequest CompleteRequest(const std::string& trial) {
  vizier::CompleteTrialRequest request;
  request.set_name(trial);
  *request.mutable_final_measurement() = ExampleMeasurement(/*metrics=*/1);
  return request;
}

// Suggest, then complete; `latency` makes one of the two calls' latencies.
template <typename Latency>
Step SuggestAndComplete(Caller& caller, const std::vector<std::string>& studies,
                        Latency latency) {
  return [&caller, studies, latency](int worker, Done done) {
    const auto suggest = SuggestRequest(StudyOf(studies, worker),
                                        absl::StrCat("worker ", worker), 1);
    caller.Start(&Stub::AsyncSuggestTrials, suggest,
                 [&caller, latency, done = std::move(done)](
                     const google::longrunning::Operation& operation,
                     absl::Duration suggested) mutable {
                   caller.Start(
                       &Stub::AsyncCompleteTrial,
                       CompleteRequest(Answer(operation, 1).trials(0).name()),
                       [latency, suggested, done = std::move(done)](
                           const vizier::Trial&, absl::Duration completed) {
                         done(latency(suggested, completed));
                       });
                 });
  };
}

}  // namespace

std::vector<std::string> CreateStudies(Caller& caller,
                                       const std::string& prefix, int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) {
    const std::string study = absl::StrCat(prefix, i);
    caller.Call(&Stub::AsyncCreateStudy,
                ExampleStudyRequest(study, /*metrics=*/1));
    names.push_back(ExampleStudyName(study));
  }
  return names;
}

Step Rounds(Caller& caller, const std::vector<std::string>& studies) {
  return SuggestAndComplete(
      caller, studies, [](absl::Duration suggested, absl::Duration completed) {
        return suggested + completed;
      });
}

Step Suggestions(Caller& caller, const std::vector<std::string>& studies) {
  return SuggestAndComplete(
      caller, studies,
      [](absl::Duration suggested, absl::Duration) { return suggested; });
}

Step BatchSuggestions(Caller& caller, const std::vector<std::string>& studies) {
  return [&caller, studies, client = 0](int worker, Done done) mutable {
    const auto suggest = SuggestRequest(
        StudyOf(studies, worker), absl::StrCat("batch ", client++), kBatch);
    caller.Start(&Stub::AsyncSuggestTrials, suggest,
                 [done = std::move(done)](
                     const google::longrunning::Operation& operation,
                     absl::Duration latency) {
                   Answer(operation, kBatch);
                   done(latency);
                 });
  };
}

Step Gets(Caller& caller, const std::vector<std::string>& studies, int trials) {
  return [&caller, studies, trials, random = std::mt19937_64(1)](
             int worker, Done done) mutable {
    vizier::GetTrialRequest request;
    request.set_name(
        absl::StrCat(StudyOf(studies, worker), "/trials/",
                     1 + random() % static_cast<uint64_t>(trials)));
    caller.Start(
        &Stub::AsyncGetTrial, request,
        [done = std::move(done)](const vizier::Trial&, absl::Duration latency) {
          done(latency);
        });
  };
}

void Complete(Caller& caller, const std::string& trial, Done done) {
  caller.Start(
      &Stub::AsyncCompleteTrial, CompleteRequest(trial),
      [done = std::move(done)](const vizier::Trial&, absl::Duration latency) {
        done(latency);
      });
}

void TrialPool::Fill(size_t trials) {
  for (size_t study = 0; study < studies_.size(); ++study) {
    FillStudy(study, trials);
  }
  caller_.RunUntilIdle();
}

void TrialPool::FillStudy(size_t study, size_t trials) {
  constexpr int kAtOnce = 1000;
  if (names_[study].size() >= trials) return;
  // A worker of its own each time: one that asks again is given its own trials.
  const auto suggest = SuggestRequest(
      studies_[study], absl::StrCat("pool ", clients_++), kAtOnce);
  caller_.Start(
      &Stub::AsyncSuggestTrials, suggest,
      [this, study, trials](const google::longrunning::Operation& operation,
                            absl::Duration) {
        const auto answer = Answer(operation, kAtOnce);
        for (const vizier::Trial& trial : answer.trials()) {
          names_[study].push_back(trial.name());
        }
        FillStudy(study, trials);
      });
}

Step TrialPool::Completes() {
  return [this](int worker, Done done) {
    std::deque<std::string>& names =
        names_[static_cast<size_t>(worker) % names_.size()];
    if (names.empty()) return;
    const std::string trial = std::move(names.front());
    names.pop_front();
    Complete(caller_, trial, std::move(done));
  };
}

}  // namespace apogee
