#pragma once

#include <list>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "absl/time/time.h"
#include "base/mutex.h"
#include "grpcpp/channel.h"
#include "server/engine/policy.h"

namespace apogee {

// Calls policies in other processes by the Pythia protocol.
// Thread-safe. The destructor cancels what is under way and waits for it.
class PythiaClient final : public RemotePolicy {
 public:
  struct Options {
    // A policy that does not answer a ping in this time is not there.
    absl::Duration connect_timeout = absl::Seconds(2);
    // The most that a policy may think about one answer.
    absl::Duration call_timeout = absl::Minutes(10);
    // Calls under way at once; more are refused with UNAVAILABLE.
    size_t most_calls = 1000;
  };

  explicit PythiaClient(Options options);
  ~PythiaClient() override;

  // Cancels what is under way; calls from now on end with UNAVAILABLE.
  void Stop();

  void Suggest(const std::string& endpoint,
               const vizier::SuggestRequest& request,
               Done<vizier::SuggestDecision> done) override;
  void EarlyStop(const std::string& endpoint,
                 const vizier::EarlyStopRequest& request,
                 Done<vizier::EarlyStopDecisions> done) override;

 private:
  class CallBase;
  template <typename Request, typename Response>
  class Call;

  struct Endpoint {
    std::string address;
    std::shared_ptr<grpc::Channel> channel;
  };

  template <typename Request, typename Response>
  void Start(const std::string& endpoint, const Request& request,
             Done<Response> done);
  std::shared_ptr<grpc::Channel> FindChannel(const std::string& address)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Ended(CallBase* call);

  const Options options_;
  Mutex mutex_;
  CondVar all_ended_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  // Most recently used first.
  std::list<Endpoint> endpoints_ ABSL_GUARDED_BY(mutex_);
  std::unordered_set<CallBase*> calls_ ABSL_GUARDED_BY(mutex_);
  // Channels of ended calls: gRPC does not bear it when the last reference to a
  // channel goes in one of its own callbacks.
  std::vector<std::shared_ptr<grpc::Channel>> used_channels_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace apogee
