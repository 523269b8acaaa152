#include "server/config.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "CLI/CLI.hpp"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/version.h"
#include "storage/schema_version.h"

namespace apogee {
namespace {

// What is wrong with an address to connect to; nothing if it is right.
std::string CheckHostPort(const std::string& text) {
  const size_t colon = text.rfind(':');
  uint32_t port = 0;
  if (colon != std::string::npos && colon > 0 &&
      absl::SimpleAtoi(text.substr(colon + 1), &port) && port >= 1 &&
      port <= 65535) {
    return "";
  }
  return absl::StrCat("\"", text, "\" is not HOST:PORT, as in gpu1:8500");
}

}  // namespace

Config ParseCommandLine(int argc, char** argv) {
  Config config;
  CLI::App app(
      "apogeed keeps studies and trials and hands out suggestions.\n"
      "It speaks the OSS Vizier protocol: any Vizier client can use it.\n",
      "apogeed");
  app.option_defaults()->always_capture_default();
  app.set_version_flag(
      "--version",
      absl::StrCat("apogeed ", kVersion, " (schema ", kSchemaVersion, ")"));
  app.add_option("--listen", config.listen,
                 "Addresses to listen on: HOST:PORT, [::]:PORT for every "
                 "interface, unix:PATH; port 0 takes a free one")
      ->envname("APOGEE_LISTEN")
      ->delimiter(',');
  app.add_option("--store", config.store,
                 "Where studies are kept: sqlite:FILE[?synchronous=normal] or "
                 "memory:")
      ->envname("APOGEE_STORE");
  app.add_option("--port-file", config.port_file,
                 "Write the first address listened on to this file");
  app.add_option("--http", config.http,
                 "Serve /metrics, /healthz and /readyz by HTTP on HOST:PORT; "
                 "not served unless given")
      ->envname("APOGEE_HTTP");
  app.add_option("--http-port-file", config.http_port_file,
                 "Write the HTTP address to this file")
      ->needs("--http");
  app.add_option("--log-level", config.log_level,
                 "How much to log to stderr; debug has a line for each call")
      ->envname("APOGEE_LOG_LEVEL")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}));
  app.add_option("--log-format", config.log_format,
                 "Lines of text, or one JSON object a line")
      ->envname("APOGEE_LOG_FORMAT")
      ->check(CLI::IsMember({"text", "json"}));
  app.add_option(
         "--suggest-wait", config.suggest_wait_seconds,
         "Seconds a SuggestTrials call waits before it is answered with "
         "an operation to poll")
      ->check(CLI::Range(0.0, 3600.0));
  app.add_option("--study-idle", config.study_idle_seconds,
                 "Seconds after which a study that nobody asks about leaves "
                 "memory; the next call loads it again")
      ->check(CLI::Range(1.0, 1e7));
  app.add_option("--pythia-timeout", config.pythia_timeout_seconds,
                 "Seconds a policy in another process may think")
      ->check(CLI::Range(0.1, 86400.0));
  app.add_option("--remote-regressor", config.remote_regressor,
                 "HOST:PORT of a model that predicts trials for "
                 "REGRESSION_GUIDED studies (apogee.v1.PredictionService)")
      ->envname("APOGEE_REMOTE_REGRESSOR")
      ->check(CheckHostPort);
  app.add_option("--remote-regressor-deadline",
                 config.remote_regressor_deadline_seconds,
                 "Seconds that one call of it may take; what comes later is "
                 "done without")
      ->needs("--remote-regressor")
      ->check(CLI::Range(0.01, 600.0));
  app.add_option("--drain", config.drain_seconds,
                 "Seconds that calls under way get after SIGTERM")
      ->check(CLI::Range(0.0, 3600.0));
  app.add_option("--max-request-mib", config.max_receive_mib,
                 "The largest request, in MiB")
      ->check(CLI::Range(1, 2047));
  app.add_option("--train-minutes", config.train_minutes,
                 "CPU minutes of a training of regressors, at the lowest "
                 "priority, on the studies whose share_for_training allows "
                 "it; 0: only when asked")
      ->envname("APOGEE_TRAIN_MINUTES")
      ->check(CLI::Range(0.0, 10080.0));
  app.add_option("--train-check", config.train_check_seconds,
                 "Seconds between two looks whether a training is due")
      ->check(CLI::Range(0.1, 1e7));
  app.footer(
      "Examples:\n"
      "  apogeed --store sqlite:/var/lib/apogee/apogee.db\n"
      "  apogeed --listen '[::]:28080'       # reachable from other machines\n"
      "  apogeed --listen 127.0.0.1:0 --store memory:\n"
      "  apogeed --http localhost:28081 --log-format json\n");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // CLI11 has codes of its own; ours are 0 and, for a wrong line, 2.
    std::exit(app.exit(error) == 0 ? 0 : 2);
  }
  return config;
}

}  // namespace apogee
