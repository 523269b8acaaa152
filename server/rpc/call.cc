#include "server/rpc/call.h"

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "absl/random/random.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/log.h"
#include "proto/names.h"
#include "server/rpc/status.h"
#include "spdlog/spdlog.h"

namespace apogee {
namespace {

constexpr char kRequestId[] = "x-request-id";
constexpr size_t kMostRequestIdBytes = 128;
constexpr size_t kMostErrorBytes = 512;

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

bool Parse(const grpc::ByteBuffer& bytes, google::protobuf::Message& message) {
  grpc::Slice slice;
  if (!bytes.TrySingleSlice(&slice).ok() &&
      !bytes.DumpToSingleSlice(&slice).ok()) {
    return false;
  }
  return slice.size() <= std::numeric_limits<int>::max() &&
         message.ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
}

}  // namespace

RpcCall::RpcCall(const RpcMethod* method, grpc::CallbackServerContext* context,
                 const grpc::ByteBuffer* request, grpc::ByteBuffer* response)
    : method_(method),
      context_(context),
      request_bytes_(request),
      response_(response),
      reactor_(context->DefaultReactor()) {
  method_->CountStart();
  if (spdlog::should_log(spdlog::level::debug)) TakeRequestId();
}

RpcCall::~RpcCall() {
  if (finished_) return;
  Answer(absl::InternalError("the server dropped the call; this is a bug"));
}

void RpcCall::TakeRequestId() {
  const auto& metadata = context_->client_metadata();
  if (const auto it = metadata.find(kRequestId); it != metadata.end()) {
    const absl::string_view given(it->second.data(), it->second.size());
    if (IsSaneRequestId(given)) request_id_ = std::string(given);
  }
  if (request_id_.empty()) {
    thread_local absl::BitGen random;
    request_id_ = absl::StrFormat("%016x", absl::Uniform<uint64_t>(random));
  }
  context_->AddInitialMetadata(kRequestId, request_id_);
}

absl::Status RpcCall::ReadInto(google::protobuf::Message& request) {
  if (!Parse(*request_bytes_, request)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the request is no ", request.GetDescriptor()->full_name(),
        ": its bytes do not parse, its text is not UTF-8, or it is nested more "
        "than 100 messages deep"));
  }
  request_ = &request;
  return absl::OkStatus();
}

void RpcCall::Answer(const absl::Status& error) { Finish(ToGrpc(error)); }

void RpcCall::Answer(const google::protobuf::Message& message) {
  const size_t bytes = message.ByteSizeLong();
  if (!CanSend(bytes)) return;
  const grpc::Slice slice(bytes);
  message.SerializeWithCachedSizesToArray(
      const_cast<uint8_t*>(slice.begin()));  // ours until it is sent
  *response_ = grpc::ByteBuffer(&slice, 1);
  Finish(grpc::Status::OK);
}

void RpcCall::AnswerBytes(std::string bytes) {
  if (!CanSend(bytes.size())) return;
  auto* kept = new std::string(std::move(bytes));
  const grpc::Slice slice(
      kept->data(), kept->size(),
      [](void* text) { delete static_cast<std::string*>(text); }, kept);
  *response_ = grpc::ByteBuffer(&slice, 1);
  Finish(grpc::Status::OK);
}

bool RpcCall::CanSend(size_t bytes) {
  if (bytes <= std::numeric_limits<int>::max()) return true;
  Answer(absl::ResourceExhaustedError(
      "the answer is larger than 2 GiB; ask for pages (page_size)"));
  return false;
}

void RpcCall::Finish(const grpc::Status& status) {
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start_)
          .count();
  method_->CountEnd(status.error_code(), seconds);
  if (!request_id_.empty()) Log(status, seconds);
  finished_ = true;
  reactor_->Finish(status);
}

void RpcCall::Log(const grpc::Status& status, double seconds) const {
  const std::string peer = context_->peer();
  const std::string study = request_ == nullptr ? "" : StudyOf(*request_);
  std::string error = status.error_message();
  if (error.size() > kMostErrorBytes) error.resize(kMostErrorBytes);
  std::vector<LogField> fields = {
      {"request_id", request_id_},
      {"method", method_->name()},
      {"peer", peer},
      {"code", CodeName(status.error_code())},
      {"seconds", seconds},
      {"request_bytes", static_cast<int64_t>(request_bytes_->Length())},
      {"response_bytes",
       static_cast<int64_t>(response_->Valid() ? response_->Length() : 0)}};
  if (!study.empty()) fields.push_back({"study", study});
  if (!error.empty()) fields.push_back({"error", error});
  LogWithFields(spdlog::level::debug, "call", fields);
}

}  // namespace apogee
