#pragma once

#include <array>
#include <string>

#include "absl/strings/string_view.h"
#include "grpcpp/support/status.h"
#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace apogee {

// One RPC by name, and the counts of its calls. The counts belong to a registry
// that outlives it. Thread-safe.
class RpcMethod {
 public:
  static constexpr size_t kCodes = grpc::StatusCode::UNAUTHENTICATED + 1;

  RpcMethod(std::string name, prometheus::Counter* started,
            std::array<prometheus::Counter*, kCodes> handled,
            prometheus::Histogram* seconds)
      : name_(std::move(name)),
        started_(started),
        handled_(handled),
        seconds_(seconds) {}

  // "vizier.VizierService/GetTrial"
  const std::string& name() const { return name_; }

  void CountStart() const { started_->Increment(); }
  // A code that gRPC does not know counts as UNKNOWN.
  void CountEnd(grpc::StatusCode code, double seconds) const;

 private:
  const std::string name_;
  prometheus::Counter* const started_;
  const std::array<prometheus::Counter*, kCodes> handled_;
  prometheus::Histogram* const seconds_;
};

// The methods of one service, counted by the names that the Prometheus
// community uses for gRPC servers: grpc_server_started_total,
// grpc_server_handled_total, grpc_server_handling_seconds.
class RpcMethods {
 public:
  // Does not own the registry. `service` is the full name.
  RpcMethods(prometheus::Registry* registry, std::string service);

  RpcMethod Add(absl::string_view method) const;

 private:
  const std::string service_;
  prometheus::Family<prometheus::Counter>& started_;
  prometheus::Family<prometheus::Counter>& handled_;
  prometheus::Family<prometheus::Histogram>& seconds_;
};

// As the community spells it: "OK", "InvalidArgument"; "Unknown" for a code
// that gRPC does not know.
absl::string_view CodeName(grpc::StatusCode code);

}  // namespace apogee
