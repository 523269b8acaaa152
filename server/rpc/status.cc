#include "server/rpc/status.h"

#include <string>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/stubs/common.h"
#include "google/rpc/status.pb.h"

namespace apogee {
namespace {

// Errors travel in headers, of which clients take 8 KiB in all: the message,
// where a byte may become three, and the details, which hold the message once
// or twice more and become a third longer.
constexpr size_t kMostMessageBytes = 800;
constexpr size_t kMostDetailsBytes = 3500;

// `text`, or its beginning.
std::string Cut(absl::string_view text) {
  if (text.size() <= kMostMessageBytes) return std::string(text);
  size_t size = kMostMessageBytes;
  // Not within a character: its later bytes look like 10xxxxxx.
  while (size > 0 && (static_cast<unsigned char>(text[size]) >> 6) == 2) {
    --size;
  }
  return absl::StrCat(text.substr(0, size), "…");
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  const auto code = static_cast<grpc::StatusCode>(status.code());
  const std::string message = Cut(status.message());
  google::rpc::Status details;
  status.ForEachPayload(
      [&details](absl::string_view type_url, const absl::Cord& payload) {
        google::protobuf::Any& detail = *details.add_details();
        detail.set_type_url(std::string(type_url));
        detail.set_value(std::string(payload));
      });
  if (details.details().empty()) return {code, message};
  details.set_code(static_cast<int>(code));
  details.set_message(message);
  const std::string detail_bytes = details.SerializeAsString();
  if (detail_bytes.size() > kMostDetailsBytes) return {code, message};
  return {code, message, detail_bytes};
}

absl::Status FromGrpc(const grpc::Status& status) {
  // The message goes into protos, which take nothing but UTF-8.
  const std::string& message = status.error_message();
  return {static_cast<absl::StatusCode>(status.error_code()),
          google::protobuf::internal::IsStructurallyValidUTF8(
              message.data(), static_cast<int>(message.size()))
              ? message
              : absl::CHexEscape(message)};
}

}  // namespace apogee
