#include "server/rpc/method.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace apogee {
namespace {

// By number.
constexpr std::array<absl::string_view, RpcMethod::kCodes> kCodeNames = {
    "OK",
    "Canceled",
    "Unknown",
    "InvalidArgument",
    "DeadlineExceeded",
    "NotFound",
    "AlreadyExists",
    "PermissionDenied",
    "ResourceExhausted",
    "FailedPrecondition",
    "Aborted",
    "OutOfRange",
    "Unimplemented",
    "Internal",
    "Unavailable",
    "DataLoss",
    "Unauthenticated",
};

size_t Index(grpc::StatusCode code) {
  const auto index = static_cast<size_t>(code);
  return index < RpcMethod::kCodes ? index : size_t{grpc::StatusCode::UNKNOWN};
}

const prometheus::Histogram::BucketBoundaries kSeconds = {
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
    0.1,    0.25,    0.5,    1,     2.5,    5,     10,   30,    60};

}  // namespace

absl::string_view CodeName(grpc::StatusCode code) {
  return kCodeNames[Index(code)];
}

void RpcMethod::CountEnd(grpc::StatusCode code, double seconds) const {
  handled_[Index(code)]->Increment();
  seconds_->Observe(seconds);
}

RpcMethods::RpcMethods(prometheus::Registry* registry, std::string service)
    : service_(std::move(service)),
      started_(prometheus::BuildCounter()
                   .Name("grpc_server_started_total")
                   .Help("RPCs that have begun.")
                   .Register(*registry)),
      handled_(prometheus::BuildCounter()
                   .Name("grpc_server_handled_total")
                   .Help("RPCs that have ended, by status code.")
                   .Register(*registry)),
      seconds_(prometheus::BuildHistogram()
                   .Name("grpc_server_handling_seconds")
                   .Help("Seconds from the whole request to its answer.")
                   .Register(*registry)) {}

RpcMethod RpcMethods::Add(absl::string_view method) const {
  const prometheus::Labels labels = {{"grpc_type", "unary"},
                                     {"grpc_service", service_},
                                     {"grpc_method", std::string(method)}};
  std::array<prometheus::Counter*, RpcMethod::kCodes> handled = {};
  for (size_t code = 0; code < handled.size(); ++code) {
    prometheus::Labels with_code = labels;
    with_code["grpc_code"] = std::string(kCodeNames[code]);
    handled[code] = &handled_.Add(with_code);
  }
  return {absl::StrCat(service_, "/", method), &started_.Add(labels), handled,
          &seconds_.Add(labels, kSeconds)};
}

}  // namespace apogee
