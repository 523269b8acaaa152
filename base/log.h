#pragma once

#include <cstdint>
#include <memory>
#include <variant>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "spdlog/common.h"
#include "spdlog/formatter.h"

namespace apogee {

enum class LogFormat { kText, kJson };

// Sends all that is logged by spdlog to stderr. Call it before other threads
// start.
void StartLog(LogFormat format, spdlog::level::level_enum least);

// How a message becomes one line:
//   text  2026-01-02T03:04:05.678+0000 info the message name=value
//   json  {"ts":"2026-01-02T03:04:05.678901Z","level":"info",
//          "msg":"the message","name":"value"}
// All but printable ASCII is escaped, so that no text, whoever sent it, begins
// another line or, in JSON, another member.
std::unique_ptr<spdlog::formatter> MakeLogFormatter(LogFormat format);

// One thing that a message says about its subject.
struct LogField {
  absl::string_view name;
  std::variant<absl::string_view, int64_t, double> value;
};

// Logs a message with fields, by spdlog's default logger.
void LogWithFields(spdlog::level::level_enum level, absl::string_view message,
                   absl::Span<const LogField> fields);

}  // namespace apogee
