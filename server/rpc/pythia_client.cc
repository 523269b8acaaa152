#include "server/rpc/pythia_client.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "server/rpc/status.h"
#include "vizier/pythia_service.grpc.pb.h"

namespace apogee {
namespace {

constexpr size_t kMostEndpoints = 64;
// A study's owner chooses its policy, and may choose any.
constexpr int kMaxAnswerBytes = 256 << 20;

std::chrono::system_clock::time_point DeadlineIn(absl::Duration timeout) {
  return std::chrono::system_clock::now() + absl::ToChronoMilliseconds(timeout);
}

std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxAnswerBytes);
  // What is compressed may be of any size, and is inflated before it is looked
  // at.
  arguments.SetInt(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET,
                   1U << GRPC_COMPRESS_NONE);
  // A policy that comes back is found again within a second.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(),
                                   arguments);
}

void StartCall(vizier::PythiaService::Stub& stub, grpc::ClientContext* context,
               const vizier::SuggestRequest* request,
               vizier::SuggestDecision* response,
               std::function<void(grpc::Status)> done) {
  stub.async()->Suggest(context, request, response, std::move(done));
}

void StartCall(vizier::PythiaService::Stub& stub, grpc::ClientContext* context,
               const vizier::EarlyStopRequest* request,
               vizier::EarlyStopDecisions* response,
               std::function<void(grpc::Status)> done) {
  stub.async()->EarlyStop(context, request, response, std::move(done));
}

}  // namespace

class PythiaClient::CallBase {
 public:
  explicit CallBase(std::shared_ptr<grpc::Channel> channel)
      : channel_(std::move(channel)), stub_(channel_) {}
  virtual ~CallBase() = default;

  void Cancel() {
    ping_context_.TryCancel();
    context_.TryCancel();
  }
  std::shared_ptr<grpc::Channel> channel() const { return channel_; }

 protected:
  const std::shared_ptr<grpc::Channel> channel_;
  vizier::PythiaService::Stub stub_;
  grpc::ClientContext ping_context_;
  grpc::ClientContext context_;
};

// One call: a ping when the channel is not connected, so that an endpoint where
// nobody listens is found out soon, then the question itself.
template <typename Request, typename Response>
class PythiaClient::Call final : public CallBase {
 public:
  Call(PythiaClient* client, std::string endpoint,
       std::shared_ptr<grpc::Channel> channel, Request request,
       Done<Response> done)
      : CallBase(std::move(channel)),
        client_(client),
        endpoint_(std::move(endpoint)),
        request_(std::move(request)),
        done_(std::move(done)) {}

  void Start() {
    if (channel_->GetState(/*try_to_connect=*/true) == GRPC_CHANNEL_READY) {
      return Ask();
    }
    ping_context_.set_deadline(DeadlineIn(client_->options_.connect_timeout));
    stub_.async()->Ping(
        &ping_context_, &empty_, &empty_answer_,
        [this](const grpc::Status& status) {
          // A policy without Ping is there all the same.
          if (status.ok() ||
              status.error_code() == grpc::StatusCode::UNIMPLEMENTED) {
            Ask();
          } else {
            End(absl::UnavailableError(
                absl::StrCat("the Pythia endpoint ", endpoint_,
                             " does not answer: ", status.error_message())));
          }
        });
  }

 private:
  void Ask() {
    context_.set_deadline(DeadlineIn(client_->options_.call_timeout));
    StartCall(stub_, &context_, &request_, &response_,
              [this](const grpc::Status& status) {
                if (status.ok()) return End(std::move(response_));
                const absl::Status error = FromGrpc(status);
                End(absl::Status(error.code(),
                                 absl::StrCat("the Pythia endpoint ", endpoint_,
                                              " failed: ", error.message())));
              });
  }

  void End(absl::StatusOr<Response> result) {
    Done<Response> done = std::move(done_);
    std::move(done)(std::move(result));
    client_->Ended(this);
  }

  PythiaClient* const client_;
  const std::string endpoint_;
  const Request request_;
  Response response_;
  google::protobuf::Empty empty_;
  google::protobuf::Empty empty_answer_;
  Done<Response> done_;
};

PythiaClient::PythiaClient(Options options) : options_(options) {}

PythiaClient::~PythiaClient() {
  Stop();
  MutexLock lock(mutex_);
  while (!calls_.empty()) all_ended_.Wait(mutex_);
}

void PythiaClient::Stop() {
  MutexLock lock(mutex_);
  stopped_ = true;
  for (CallBase* call : calls_) call->Cancel();
}

std::shared_ptr<grpc::Channel> PythiaClient::FindChannel(
    const std::string& address) {
  for (auto it = endpoints_.begin(); it != endpoints_.end(); ++it) {
    if (it->address != address) continue;
    endpoints_.splice(endpoints_.begin(), endpoints_, it);
    return endpoints_.front().channel;
  }
  endpoints_.push_front({.address = address, .channel = Connect(address)});
  if (endpoints_.size() > kMostEndpoints) {
    used_channels_.push_back(std::move(endpoints_.back().channel));
    endpoints_.pop_back();
  }
  return endpoints_.front().channel;
}

template <typename Request, typename Response>
void PythiaClient::Start(const std::string& endpoint, const Request& request,
                         Done<Response> done) {
  std::vector<std::shared_ptr<grpc::Channel>> used_channels;
  std::shared_ptr<grpc::Channel> channel;
  {
    MutexLock lock(mutex_);
    used_channels.swap(used_channels_);
    if (!stopped_ && calls_.size() < options_.most_calls) {
      channel = FindChannel(endpoint);
    }
  }
  if (channel == nullptr) {
    return std::move(done)(absl::UnavailableError(
        "the server is stopping, or asks as many policies as it may already"));
  }
  auto* call = new Call<Request, Response>(this, endpoint, std::move(channel),
                                           request, std::move(done));
  {
    MutexLock lock(mutex_);
    calls_.insert(call);
    if (stopped_) call->Cancel();
  }
  call->Start();
}

void PythiaClient::Ended(CallBase* call) {
  MutexLock lock(mutex_);
  used_channels_.push_back(call->channel());
  calls_.erase(call);
  delete call;
  if (calls_.empty()) all_ended_.NotifyAll();
}

void PythiaClient::Suggest(const std::string& endpoint,
                           const vizier::SuggestRequest& request,
                           Done<vizier::SuggestDecision> done) {
  Start(endpoint, request, std::move(done));
}

void PythiaClient::EarlyStop(const std::string& endpoint,
                             const vizier::EarlyStopRequest& request,
                             Done<vizier::EarlyStopDecisions> done) {
  Start(endpoint, request, std::move(done));
}

}  // namespace apogee
