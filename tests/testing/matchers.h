#pragma once

#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/base/config.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "google/protobuf/message.h"
#include "gtest/gtest.h"

namespace apogee {

namespace internal {

inline const absl::Status& GetStatus(const absl::Status& status) {
  return status;
}
template <typename T>
const absl::Status& GetStatus(const absl::StatusOr<T>& result) {
  return result.status();
}

// Fills `message` from proto text format; a mistake fails the test.
void ParseText(absl::string_view text, google::protobuf::Message& message);
// What differs, in words; empty when the messages are equal.
std::string Difference(const google::protobuf::Message& actual,
                       const google::protobuf::Message& expected);

}  // namespace internal

// A Status or StatusOr that is OK.
MATCHER(IsOk, "is OK") {
  *result_listener << internal::GetStatus(arg).ToString();
  return internal::GetStatus(arg).ok();
}

// A Status or StatusOr with this code and a message that matches.
MATCHER_P2(StatusIs, code, message, "") {
  const absl::Status& status = internal::GetStatus(arg);
  *result_listener << status.ToString();
  return status.code() == code &&
         testing::ExplainMatchResult(message, std::string(status.message()),
                                     result_listener);
}
MATCHER_P(StatusIs, code, "") {
  *result_listener << internal::GetStatus(arg).ToString();
  return internal::GetStatus(arg).code() == code;
}

// A StatusOr that is OK and holds a value that matches.
MATCHER_P(IsOkAndHolds, matcher, "") {
  if (!arg.ok()) {
    *result_listener << arg.status().ToString();
    return false;
  }
  return testing::ExplainMatchResult(matcher, *arg, result_listener);
}

// A message equal to `expected`: a message, or proto text format.
MATCHER_P(EqualsProto, expected, "") {
  std::string difference;
  if constexpr (std::is_base_of_v<google::protobuf::Message,
                                  std::decay_t<decltype(expected)>>) {
    difference = internal::Difference(arg, expected);
  } else {
    std::decay_t<decltype(arg)> message;
    internal::ParseText(expected, message);
    difference = internal::Difference(arg, message);
  }
  *result_listener << difference;
  return difference.empty();
}

// A message from proto text format.
template <typename T>
T ParseProto(absl::string_view text) {
  T message;
  internal::ParseText(text, message);
  return message;
}

}  // namespace apogee

namespace absl {
ABSL_NAMESPACE_BEGIN

// So that a failed expectation shows what a StatusOr holds, not its bytes.
template <typename T>
void PrintTo(const StatusOr<T>& result, std::ostream* out) {
  if (result.ok()) {
    *out << "OK: " << testing::PrintToString(*result);
  } else {
    *out << result.status();
  }
}

ABSL_NAMESPACE_END
}  // namespace absl

namespace apogee {

#define ASSERT_OK(expr) ASSERT_THAT((expr), ::apogee::IsOk())
#define EXPECT_OK(expr) EXPECT_THAT((expr), ::apogee::IsOk())

// ASSERT_OK_AND_ASSIGN(auto study, Load(name));
#define ASSERT_OK_AND_ASSIGN(lhs, expr)                                       \
  APOGEE_ASSERT_OK_AND_ASSIGN_(APOGEE_TEST_CONCAT_(apogee_result_, __LINE__), \
                               lhs, expr)
#define APOGEE_TEST_CONCAT_INNER_(a, b) a##b
#define APOGEE_TEST_CONCAT_(a, b) APOGEE_TEST_CONCAT_INNER_(a, b)
#define APOGEE_ASSERT_OK_AND_ASSIGN_(result, lhs, expr) \
  auto result = (expr);                                 \
  ASSERT_THAT(result, ::apogee::IsOk());                \
  lhs = *std::move(result)

}  // namespace apogee
