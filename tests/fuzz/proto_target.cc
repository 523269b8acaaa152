#include "tests/fuzz/proto_target.h"

#include <algorithm>
#include <memory>
#include <string>

#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/stubs/logging.h"
#include "google/protobuf/text_format.h"
#include "tests/fuzz/proto_mutator.h"

namespace apogee {
namespace {

bool ParseText(absl::string_view text, google::protobuf::Message& message) {
  google::protobuf::TextFormat::Parser parser;
  parser.AllowPartialMessage(true);
  class Quiet final : public google::protobuf::io::ErrorCollector {
    void AddError(int, int, const std::string&) override {}
  } quiet;
  parser.RecordErrorsTo(&quiet);
  return parser.ParseFromString(std::string(text), &message);
}

}  // namespace

bool ParseInput(absl::string_view text, google::protobuf::Message& message) {
  // It would say of every other input that it is not UTF-8.
  static const bool quiet = [] {
    google::protobuf::SetLogHandler(nullptr);
    return true;
  }();
  (void)quiet;
  if (!ParseText(text, message)) return false;
  const std::string bytes = message.SerializeAsString();
  return message.ParseFromString(bytes);
}

size_t MutateInput(uint8_t* data, size_t size, size_t max_size, uint32_t seed,
                   google::protobuf::Message& message) {
  if (!ParseText({reinterpret_cast<const char*>(data), size}, message)) {
    message.Clear();
  }
  constexpr int kTries = 4;
  for (uint32_t i = 0; i < kTries; ++i) {
    const std::unique_ptr<google::protobuf::Message> changed(message.New());
    changed->CopyFrom(message);
    MutateProto(*changed, seed + i);
    std::string text;
    if (google::protobuf::TextFormat::PrintToString(*changed, &text) &&
        text.size() <= max_size) {
      std::copy(text.begin(), text.end(), data);
      return text.size();
    }
  }
  return size;
}

}  // namespace apogee
