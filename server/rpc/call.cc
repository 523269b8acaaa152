#include "server/rpc/call.h"

#include <algorithm>
#include <new>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/random/random.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "base/log.h"
#include "grpc/grpc.h"
#include "proto/names.h"
#include "spdlog/spdlog.h"

namespace apogee {
namespace {

constexpr char kRequestId[] = "x-request-id";
constexpr size_t kMostRequestIdBytes = 128;
constexpr size_t kMostErrorBytes = 512;

static_assert(std::is_trivially_destructible_v<RpcCall>);

bool IsSaneRequestId(absl::string_view id) {
  return !id.empty() && id.size() <= kMostRequestIdBytes &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return absl::ascii_isgraph(static_cast<unsigned char>(c));
         });
}

// The study that a request names, itself or by a trial or operation of it; ""
// if none.
std::string StudyOf(const google::protobuf::Message& request) {
  for (const char* name : {"name", "parent", "trial_name"}) {
    const google::protobuf::FieldDescriptor* field =
        request.GetDescriptor()->FindFieldByName(name);
    if (field == nullptr) continue;
    const std::string resource =
        request.GetReflection()->GetString(request, field);
    if (const auto study = StudyName::Parse(resource); study.ok()) {
      return study->ToString();
    }
    if (const auto trial = TrialName::Parse(resource); trial.ok()) {
      return trial->study.ToString();
    }
    if (const auto operation = OperationName::Parse(resource); operation.ok()) {
      return operation->study.ToString();
    }
  }
  return "";
}

}  // namespace

RpcCall* RpcCall::Start(const RpcMethod* method,
                        grpc::CallbackServerContext* context,
                        const google::protobuf::Message* request) {
  return new (grpc_call_arena_alloc(context->c_call(), sizeof(RpcCall)))
      RpcCall(method, context, request);
}

RpcCall::RpcCall(const RpcMethod* method, grpc::CallbackServerContext* context,
                 const google::protobuf::Message* request)
    : method_(method),
      context_(context),
      request_(request),
      reactor_(context->DefaultReactor()) {
  method_->CountStart();
  if (spdlog::should_log(spdlog::level::debug)) TakeRequestId();
}

void RpcCall::TakeRequestId() {
  const auto& metadata = context_->client_metadata();
  if (const auto it = metadata.find(kRequestId); it != metadata.end()) {
    const absl::string_view given(it->second.data(), it->second.size());
    if (IsSaneRequestId(given)) request_id_ = given;
  }
  if (request_id_.empty()) {
    thread_local absl::BitGen random;
    const std::string drawn =
        absl::StrFormat("%016x", absl::Uniform<uint64_t>(random));
    auto* kept = static_cast<char*>(
        grpc_call_arena_alloc(context_->c_call(), drawn.size()));
    std::copy(drawn.begin(), drawn.end(), kept);
    request_id_ = absl::string_view(kept, drawn.size());
  }
  context_->AddInitialMetadata(kRequestId, std::string(request_id_));
}

void RpcCall::Finish(const grpc::Status& status, size_t response_bytes) {
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_)
          .count();
  method_->CountEnd(status.error_code(), seconds);
  if (!request_id_.empty()) Log(status, seconds, response_bytes);
  reactor_->Finish(status);
}

void RpcCall::Log(const grpc::Status& status, double seconds,
                  size_t response_bytes) const {
  const std::string peer = context_->peer();
  const std::string study = StudyOf(*request_);
  std::string error = status.error_message();
  if (error.size() > kMostErrorBytes) error.resize(kMostErrorBytes);
  std::vector<LogField> fields = {
      {"request_id", request_id_},
      {"method", method_->name()},
      {"peer", peer},
      {"code", CodeName(status.error_code())},
      {"seconds", seconds},
      {"request_bytes", static_cast<int64_t>(request_->ByteSizeLong())},
      {"response_bytes", static_cast<int64_t>(response_bytes)}};
  if (!study.empty()) fields.push_back({"study", study});
  if (!error.empty()) fields.push_back({"error", error});
  LogWithFields(spdlog::level::debug, "call", fields);
}

}  // namespace apogee
