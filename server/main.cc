// apogeed: wires the store, the engine and the gRPC front, and runs until
// SIGTERM or SIGINT.

#include <csignal>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/clock.h"
#include "base/version.h"
#include "server/config.h"
#include "server/engine/engine.h"
#include "server/rpc/pythia_client.h"
#include "server/rpc/server.h"
#include "spdlog/sinks/stdout_color_sinks.h"
#include "spdlog/spdlog.h"
#include "storage/open.h"
#include "storage/schema_version.h"

namespace apogee {
namespace {

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

// Returns when a stop signal comes. Meanwhile watches the store: a server that
// can not keep what it acknowledges must not be sent work.
void WaitForStop(const Datastore& store, RpcServer& server) {
  const sigset_t signals = StopSignals();
  const timespec interval{.tv_sec = 0, .tv_nsec = 200'000'000};
  bool healthy = true;
  while (true) {
    const int signal = sigtimedwait(&signals, nullptr, &interval);
    if (signal > 0) {
      spdlog::info("{}: stopping", strsignal(signal));
      return;
    }
    const absl::Status health = store.Health();
    if (healthy && !health.ok()) {
      healthy = false;
      server.SetServing(false);
      spdlog::critical(
          "the store takes no more writes, so this server serves no more: {}; "
          "cure the cause and start it again",
          std::string(health.message()));
    }
  }
}

absl::Status WritePortFile(const std::string& path,
                           const std::string& address) {
  // Whoever waits for the file must not read half of it.
  const std::string partial = path + ".partial";
  std::ofstream file(partial);
  file << address << "\n";
  file.close();
  if (!file || std::rename(partial.c_str(), path.c_str()) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("can not write --port-file ", path));
  }
  return absl::OkStatus();
}

absl::Status Serve(const Config& config) {
  absl::StatusOr<std::unique_ptr<Datastore>> store =
      OpenDatastore(config.store);
  if (!store.ok()) return store.status();
  const SystemClock clock;
  auto pythia = std::make_unique<PythiaClient>(PythiaClient::Options{
      .call_timeout = absl::Seconds(config.pythia_timeout_seconds)});
  Engine engine({.suggest_wait = absl::Seconds(config.suggest_wait_seconds)},
                store->get(), &clock, pythia.get());

  apogee::v1::ServerInfo info;
  info.set_version(kVersion);
  info.set_schema_version(kSchemaVersion);
  info.set_store(config.store);
  absl::StatusOr<std::unique_ptr<RpcServer>> server =
      RpcServer::Start({.listen = config.listen,
                        .max_receive_bytes = config.max_receive_mib << 20},
                       &engine, info);
  if (!server.ok()) return server.status();
  (*server)->SetServing(true);
  spdlog::info("apogeed {} listens on {}, store {}", kVersion,
               absl::StrJoin((*server)->addresses(), ", "), config.store);
  absl::Status result;
  if (!config.port_file.empty()) {
    result = WritePortFile(config.port_file, (*server)->addresses().front());
  }
  if (result.ok()) WaitForStop(**store, **server);

  // Whoever waits is let go first, so that the calls can end; the store goes
  // when nobody can commit any more, and the engine after all that call it
  // back.
  (*server)->SetServing(false);
  engine.Drain();
  pythia->Stop();
  (*server)->Stop(absl::Seconds(config.drain_seconds));
  engine.Shutdown();
  pythia.reset();
  store->reset();
  spdlog::info("stopped");
  return result;
}

}  // namespace
}  // namespace apogee

int main(int argc, char** argv) {
  const apogee::Config config = apogee::ParseCommandLine(argc, argv);
  spdlog::set_default_logger(spdlog::stderr_color_mt("apogeed"));
  spdlog::set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
  spdlog::set_level(spdlog::level::from_str(config.log_level));
  // Before any thread starts, so that all of them leave the signals to main.
  const sigset_t signals = apogee::StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  const absl::Status served = apogee::Serve(config);
  if (!served.ok()) {
    spdlog::critical("{}", std::string(served.message()));
    return 1;
  }
  return 0;
}
