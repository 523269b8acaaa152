#include "base/log.h"

#include <algorithm>
#include <memory>
#include <sstream>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"
#include "spdlog/sinks/ostream_sink.h"
#include "spdlog/spdlog.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::MatchesRegex;

// What a log of some format says of what is logged while it lives.
class LogTo {
 public:
  explicit LogTo(LogFormat format) {
    auto logger = std::make_shared<spdlog::logger>(
        "test", std::make_shared<spdlog::sinks::ostream_sink_mt>(lines_));
    logger->set_formatter(MakeLogFormatter(format));
    logger->set_level(spdlog::level::debug);
    spdlog::set_default_logger(std::move(logger));
  }
  ~LogTo() { spdlog::set_default_logger(before_); }
  LogTo(const LogTo&) = delete;
  LogTo& operator=(const LogTo&) = delete;

  std::string text() const { return lines_.str(); }
  nlohmann::json json() const { return nlohmann::json::parse(lines_.str()); }

 private:
  const std::shared_ptr<spdlog::logger> before_ = spdlog::default_logger();
  std::ostringstream lines_;
};

// Begins a line in one way or another: for a terminal, for Python, for JSON.
const std::string kForgery =
    "a\nb\r\x1b[2K\x85\xc2\x85\xe2\x80\xa8\", \"level\": \"x";

TEST(TextLog, IsALineWithTimeAndLevel) {
  const LogTo log(LogFormat::kText);
  spdlog::info("parameter \"lr\" is odd");
  EXPECT_THAT(log.text(),
              MatchesRegex("[0-9]+-[0-9]+-[0-9]+T[0-9]+:[0-9]+:[0-9]+\\.[0-9]+"
                           "[+-][0-9:]+ info parameter \"lr\" is odd\n"));
}

TEST(TextLog, ShowsFieldsBehindTheMessage) {
  const LogTo log(LogFormat::kText);
  LogWithFields(spdlog::level::warn, "call",
                {{{"peer", "ipv4:1.2.3.4:5"},
                  {"n", int64_t{7}},
                  {"s", 0.5},
                  {"e", "x y"},
                  {"f", "a=b"},
                  {"g", ""}}});
  EXPECT_THAT(log.text(), EndsWith(" warning call peer=ipv4:1.2.3.4:5 n=7 "
                                   "s=0.5 e=\"x y\" f=\"a=b\" g=\"\"\n"));
  spdlog::info("next");
  EXPECT_THAT(log.text(), EndsWith(" info next\n"));
}

TEST(TextLog, KeepsEveryMessageOnItsLine) {
  const LogTo log(LogFormat::kText);
  LogWithFields(spdlog::level::info, kForgery, {{{"field", kForgery}}});
  const std::string text = log.text();
  EXPECT_TRUE(std::all_of(text.begin(), text.end() - 1, [](char c) {
    return absl::ascii_isprint(static_cast<unsigned char>(c));
  })) << text;
  EXPECT_THAT(text, HasSubstr("a\\x0ab\\x0d\\x1b[2K"));
  EXPECT_EQ(text.back(), '\n');
}

TEST(JsonLog, IsAnObjectALine) {
  const LogTo log(LogFormat::kJson);
  LogWithFields(spdlog::level::debug, "call",
                {{{"peer", "here"}, {"n", int64_t{7}}, {"s", 0.5}}});
  const nlohmann::json json = log.json();
  EXPECT_EQ(json["level"], "debug");
  EXPECT_EQ(json["msg"], "call");
  EXPECT_EQ(json["peer"], "here");
  EXPECT_EQ(json["n"], 7);
  EXPECT_EQ(json["s"], 0.5);
  const std::string ts = json["ts"];
  EXPECT_TRUE(absl::EndsWith(ts, "Z"));
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, ts, &time, &error)) << error;
  EXPECT_THAT(log.text(), testing::StartsWith("{\"ts\":\""));
}

TEST(JsonLog, KeepsEveryMessageOnItsLineAndInItsMember) {
  const LogTo log(LogFormat::kJson);
  LogWithFields(spdlog::level::info, kForgery, {{{"field", kForgery}}});
  const std::string text = log.text();
  EXPECT_TRUE(std::all_of(text.begin(), text.end() - 1, [](char c) {
    return absl::ascii_isprint(static_cast<unsigned char>(c));
  })) << text;
  const nlohmann::json json = log.json();
  EXPECT_EQ(json.size(), 4);
  EXPECT_EQ(json["level"], "info");
  EXPECT_EQ(json["msg"], json["field"]);
}

}  // namespace
}  // namespace apogee
