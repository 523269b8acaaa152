#include "server/rpc/grpc_log.h"

#include <string>

#include "google/protobuf/stubs/logging.h"
#include "grpc/support/log.h"
#include "spdlog/spdlog.h"

namespace apogee {
namespace {

void Log(gpr_log_func_args* message) {
  spdlog::log(message->severity == GPR_LOG_SEVERITY_ERROR
                  ? spdlog::level::warn
                  : spdlog::level::debug,
              "gRPC: {}", message->message);
}

// Its errors are about what clients send.
void LogProtobuf(google::protobuf::LogLevel level, const char* /*file*/,
                 int /*line*/, const std::string& message) {
  spdlog::log(level == google::protobuf::LOGLEVEL_FATAL
                  ? spdlog::level::critical
                  : spdlog::level::debug,
              "protobuf: {}", message);
}

}  // namespace

void LogGrpc() {
  gpr_set_log_function(Log);
  google::protobuf::SetLogHandler(LogProtobuf);
}

}  // namespace apogee
