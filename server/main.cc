// apogeed: wires the store, the engine, the gRPC front and the HTTP port, and
// runs until SIGTERM or SIGINT.

#include <sys/resource.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "base/version.h"
#include "server/config.h"
#include "server/engine/engine.h"
#include "server/http/http_server.h"
#include "server/metrics.h"
#include "server/rpc/grpc_log.h"
#include "server/rpc/pythia_client.h"
#include "server/rpc/remote_regressor.h"
#include "server/rpc/server.h"
#include "server/training/trainer_process.h"
#include "server/training/training_service.h"
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

// Each connection takes a file, and gRPC stops listening for good when there is
// none left for the next: takes as many as the system grants.
void RaiseFileLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

// What the HTTP port shows. All arguments outlive it.
std::map<std::string, HttpServer::Page> Pages(const std::atomic<bool>& serving,
                                              const Datastore& store,
                                              const Engine& engine,
                                              const Metrics& metrics) {
  return {
      {"/",
       [] {
         return HttpAnswer{.body =
                               "apogeed\n"
                               "/metrics  numbers, for Prometheus\n"
                               "/healthz  200: the process lives\n"
                               "/readyz   200: it serves; else 503\n"};
       }},
      {"/metrics",
       [&] {
         return HttpAnswer{
             .body = metrics.Render(engine.Stats(), store.Stats()),
             .content_type = "text/plain; version=0.0.4; charset=utf-8"};
       }},
      {"/healthz", [] { return HttpAnswer{.body = "ok\n"}; }},
      {"/readyz",
       [&] {
         if (const absl::Status health = store.Health(); !health.ok()) {
           return HttpAnswer{
               .status = 503,
               .body = absl::StrCat(
                   "the store takes no more writes: ", health.message(), "\n")};
         }
         if (!serving) {
           return HttpAnswer{.status = 503, .body = "starting or stopping\n"};
         }
         return HttpAnswer{.body = "ok\n"};
       }},
  };
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

// Does nothing without a path.
absl::Status WritePortFile(const std::string& path,
                           const std::string& address) {
  if (path.empty()) return absl::OkStatus();
  // Whoever waits for the file must not read half of it.
  const std::string partial = path + ".partial";
  std::ofstream file(partial);
  file << address << "\n";
  file.close();
  if (!file || std::rename(partial.c_str(), path.c_str()) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("can not write the port file ", path));
  }
  return absl::OkStatus();
}

// Does nothing unless the configuration has an address for HTTP; then `server`
// serves `pages`.
absl::Status StartHttp(const Config& config,
                       std::map<std::string, HttpServer::Page> pages,
                       std::unique_ptr<HttpServer>& server) {
  if (config.http.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(
      server, HttpServer::Start({.listen = config.http}, std::move(pages)));
  spdlog::info("HTTP on {}", server->address());
  return WritePortFile(config.http_port_file, server->address());
}

TrainingOptions MakeTrainingOptions(const Config& config, Metrics& metrics) {
  TrainingOptions options{.store = config.store};
  options.on_end = [&metrics](const apogee::v1::Training& training) {
    metrics.CountTraining(training);
  };
  // A store in memory can not be read by the process that trains.
  if (config.train_minutes > 0 && config.store != "memory:") {
    options.cpu_time = absl::Minutes(config.train_minutes);
    options.check_every = absl::Seconds(config.train_check_seconds);
  }
  return options;
}

// Null unless the configuration has its address. The arguments outlive it.
std::shared_ptr<RemoteRegressor> MakeRemoteRegressor(const Config& config,
                                                     Metrics& metrics,
                                                     const Clock& clock) {
  if (config.remote_regressor.empty()) return nullptr;
  RemoteRegressor::Options options{
      .address = config.remote_regressor,
      .deadline = absl::Seconds(config.remote_regressor_deadline_seconds)};
  options.on_end = [&metrics](absl::string_view result,
                              absl::Duration elapsed) {
    metrics.CountPrediction(result, elapsed);
  };
  return std::make_shared<RemoteRegressor>(std::move(options), &clock);
}

absl::Status Serve(const Config& config) {
  Metrics metrics;
  absl::StatusOr<std::unique_ptr<Datastore>> store =
      OpenDatastore(config.store, {.on_batch = [&](const BatchReport& batch) {
                      metrics.CountBatch(batch);
                    }});
  if (!store.ok()) return store.status();
  const SystemClock clock;
  auto pythia = std::make_unique<PythiaClient>(PythiaClient::Options{
      .call_timeout = absl::Seconds(config.pythia_timeout_seconds)});
  const auto remote_regressor = MakeRemoteRegressor(config, metrics, clock);
  Engine engine(
      {.suggest_wait = absl::Seconds(config.suggest_wait_seconds),
       .study_idle = absl::Seconds(config.study_idle_seconds),
       .remote_regressor = remote_regressor,
       .on_suggest =
           [&](absl::string_view algorithm, absl::Duration elapsed) {
             metrics.CountSuggest(algorithm, elapsed);
           },
       .on_lost = [&](int reissued,
                      int given_up) { metrics.CountLost(reissued, given_up); }},
      store->get(), &clock, pythia.get());

  std::atomic<bool> serving = false;
  std::unique_ptr<HttpServer> http;
  RETURN_IF_ERROR(
      StartHttp(config, Pages(serving, **store, engine, metrics), http));

  TrainingService training(MakeTrainingOptions(config, metrics), store->get(),
                           &clock);
  apogee::v1::ServerInfo info;
  info.set_version(kVersion);
  info.set_schema_version(kSchemaVersion);
  info.set_store(config.store);
  absl::StatusOr<std::unique_ptr<RpcServer>> server =
      RpcServer::Start({.listen = config.listen,
                        .max_receive_bytes = config.max_receive_mib << 20,
                        .registry = &metrics.registry()},
                       &engine, info, &training);
  if (!server.ok()) return server.status();
  (*server)->SetServing(true);
  serving = true;
  spdlog::info("apogeed {} listens on {}, store {}", kVersion,
               absl::StrJoin((*server)->addresses(), ", "), config.store);
  absl::Status result =
      WritePortFile(config.port_file, (*server)->addresses().front());
  if (result.ok()) WaitForStop(**store, **server);

  // Whoever waits is let go first, so that the calls can end; the store goes
  // when nobody can commit any more, and the engine after all that call it
  // back.
  serving = false;
  (*server)->SetServing(false);
  engine.Drain();
  pythia->Stop();
  if (remote_regressor != nullptr) remote_regressor->Stop();
  (*server)->Stop(absl::Seconds(config.drain_seconds));
  http.reset();
  training.Stop();
  engine.Shutdown();
  pythia.reset();
  store->reset();
  spdlog::info("stopped");
  return result;
}

}  // namespace
}  // namespace apogee

int main(int argc, char** argv) {
  if (argc > 1 && std::string(argv[1]) == apogee::kTrainerArgument) {
    return apogee::TrainerMain(argc, argv);
  }
  const apogee::Config config = apogee::ParseCommandLine(argc, argv);
  apogee::StartLog(config.log_format == "json" ? apogee::LogFormat::kJson
                                               : apogee::LogFormat::kText,
                   spdlog::level::from_str(config.log_level));
  apogee::LogGrpc();
  apogee::RaiseFileLimit();
  // gRPC's locks look for deadlocks as Debian builds them, in each call.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  // Before any thread starts, so that all of them leave the signals to main.
  const sigset_t signals = apogee::StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  // A limit on the size of files is an error of a write like a full disk is.
  std::signal(SIGXFSZ, SIG_IGN);
  const absl::Status served = apogee::Serve(config);
  if (!served.ok()) {
    spdlog::critical("{}", std::string(served.message()));
    return 1;
  }
  return 0;
}
