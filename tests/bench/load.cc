#include "tests/bench/load.h"

#include <time.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"

namespace apogee {
namespace {

using SteadyClock = std::chrono::steady_clock;

absl::Duration OwnCpuTime() {
  timespec time = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return absl::DurationFromTimespec(time);
}

// Workers in a closed loop, and what they saw while they were counted.
class ClosedLoop {
 public:
  ClosedLoop(Caller& caller, const Step& step) : caller_(caller), step_(step) {}

  void Begin(int worker) {
    step_(worker, [this, worker](absl::Duration latency) {
      if (counting_) latencies_.push_back(latency);
      if (!ending_) Begin(worker);
    });
  }

  void WarmUp(absl::Duration length) {
    const auto end = SteadyClock::now() + absl::ToChronoNanoseconds(length);
    while (SteadyClock::now() < end) RunOne();
  }

  // Counts units, at least one.
  void Count(absl::Duration length) {
    const auto end = SteadyClock::now() + absl::ToChronoNanoseconds(length);
    counting_ = true;
    while (SteadyClock::now() < end || latencies_.empty()) RunOne();
    counting_ = false;
  }

  void End() {
    ending_ = true;
    caller_.RunUntilIdle();
  }

  std::vector<absl::Duration>& latencies() { return latencies_; }

 private:
  void RunOne() {
    if (caller_.idle()) Die("the workers have run out of work");
    caller_.RunOne();
  }

  Caller& caller_;
  const Step& step_;
  bool counting_ = false;
  bool ending_ = false;
  std::vector<absl::Duration> latencies_;
};

double QuantileMs(std::vector<absl::Duration>& values, double q) {
  const auto place =
      values.begin() +
      static_cast<ptrdiff_t>(q * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), place, values.end());
  return absl::ToDoubleMilliseconds(*place);
}

}  // namespace

Caller::Caller(const std::string& address) {
  grpc::ChannelArguments arguments;
  // Channels to one address would else share a connection.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(-1);
  stub_ = vizier::VizierService::NewStub(grpc::CreateCustomChannel(
      address, grpc::InsecureChannelCredentials(), arguments));
}

Caller::~Caller() {
  RunUntilIdle();
  queue_.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (queue_.Next(&tag, &ok)) {
  }
}

void Caller::RunOne() {
  void* tag = nullptr;
  bool ok = false;
  queue_.Next(&tag, &ok);
  --under_way_;
  const std::unique_ptr<Pending> call(static_cast<Pending*>(tag));
  call->Finish();
}

void Caller::RunUntilIdle() {
  while (!idle()) RunOne();
}

Load Measure(Caller& caller, const Process& server, int workers,
             const Window& window, const Step& step) {
  ClosedLoop loop(caller, step);
  for (int worker = 0; worker < workers; ++worker) loop.Begin(worker);
  loop.WarmUp(window.warm_up);

  const absl::Duration server_cpu = server.CpuTime();
  const absl::Duration client_cpu = OwnCpuTime();
  const auto start = SteadyClock::now();
  loop.Count(window.length);
  const absl::Duration length = absl::FromChrono(SteadyClock::now() - start);
  const absl::Duration server_used = server.CpuTime() - server_cpu;
  const absl::Duration client_used = OwnCpuTime() - client_cpu;
  loop.End();

  std::vector<absl::Duration>& latencies = loop.latencies();
  const auto units = static_cast<double>(latencies.size());
  return {.units = static_cast<int64_t>(latencies.size()),
          .per_second = units / absl::ToDoubleSeconds(length),
          .p50_ms = QuantileMs(latencies, 0.5),
          .p99_ms = QuantileMs(latencies, 0.99),
          .server_cpu_us = absl::ToDoubleMicroseconds(server_used) / units,
          .client_cpu_us = absl::ToDoubleMicroseconds(client_used) / units};
}

}  // namespace apogee
