#include "server/rpc/status.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/escaping.h"
#include "google/protobuf/stubs/common.h"
#include "google/rpc/status.pb.h"

namespace apogee {

grpc::Status ToGrpc(const absl::Status& status) {
  const auto code = static_cast<grpc::StatusCode>(status.code());
  const std::string message(status.message());
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
  return {code, message, details.SerializeAsString()};
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
