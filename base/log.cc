#include "base/log.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"
#include "spdlog/pattern_formatter.h"
#include "spdlog/sinks/stdout_color_sinks.h"
#include "spdlog/spdlog.h"

namespace apogee {
namespace {

using Json = nlohmann::ordered_json;

// The fields of the message that this thread is logging: spdlog's messages have
// no place for them, and its formatter runs on the thread that logs.
thread_local absl::Span<const LogField> fields_of_message;

void Append(absl::string_view text, spdlog::memory_buf_t& line) {
  line.append(text.data(), text.data() + text.size());
}

std::string ToJson(const Json& json) {
  return json.dump(/*indent=*/-1, /*indent_char=*/' ', /*ensure_ascii=*/true,
                   Json::error_handler_t::replace);
}

Json ToJsonValue(const LogField& field) {
  return std::visit(
      [](const auto& value) -> Json {
        if constexpr (std::is_same_v<decltype(value),
                                     const absl::string_view&>) {
          return std::string(value);
        } else {
          return value;
        }
      },
      field.value);
}

// Readable as it is, and clearly one value.
bool IsPlain(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isgraph(static_cast<unsigned char>(c)) && c != '"' &&
           c != '\\' && c != '=';
  });
}

// The message and its fields as text, where the pattern says %*.
class TextFlag final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm& /*time*/,
              spdlog::memory_buf_t& line) override {
    for (const char c : message.payload) {
      if (absl::ascii_isprint(static_cast<unsigned char>(c))) {
        line.push_back(c);
      } else {
        Append(absl::StrFormat("\\x%02x", static_cast<unsigned char>(c)), line);
      }
    }
    for (const LogField& field : fields_of_message) {
      const auto* text = std::get_if<absl::string_view>(&field.value);
      Append(absl::StrCat(" ", field.name, "="), line);
      Append(text != nullptr && IsPlain(*text) ? std::string(*text)
                                               : ToJson(ToJsonValue(field)),
             line);
    }
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<TextFlag>();
  }
};

class JsonFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message,
              spdlog::memory_buf_t& line) override {
    const spdlog::string_view_t level =
        spdlog::level::to_string_view(message.level);
    Json json = {
        {"ts",
         absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ",
                          absl::FromChrono(message.time), absl::UTCTimeZone())},
        {"level", std::string(level.data(), level.size())},
        {"msg", std::string(message.payload.data(), message.payload.size())}};
    for (const LogField& field : fields_of_message) {
      json[std::string(field.name)] = ToJsonValue(field);
    }
    Append(ToJson(json), line);
    line.push_back('\n');
  }
  std::unique_ptr<formatter> clone() const override {
    return std::make_unique<JsonFormatter>();
  }
};

}  // namespace

std::unique_ptr<spdlog::formatter> MakeLogFormatter(LogFormat format) {
  if (format == LogFormat::kJson) return std::make_unique<JsonFormatter>();
  auto text = std::make_unique<spdlog::pattern_formatter>();
  text->add_flag<TextFlag>('*').set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %*");
  return text;
}

void StartLog(LogFormat format, spdlog::level::level_enum least) {
  auto logger = spdlog::stderr_color_mt("apogeed");
  logger->set_formatter(MakeLogFormatter(format));
  logger->set_level(least);
  spdlog::set_default_logger(std::move(logger));
}

void LogWithFields(spdlog::level::level_enum level, absl::string_view message,
                   absl::Span<const LogField> fields) {
  fields_of_message = fields;
  spdlog::default_logger_raw()->log(
      level, spdlog::string_view_t(message.data(), message.size()));
  fields_of_message = {};
}

}  // namespace apogee
