#include "server/rpc/remote_regressor.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "apogee/v1/prediction.grpc.pb.h"
#include "base/status_macros.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "server/engine/named_study.h"
#include "server/rpc/status.h"
#include "spdlog/spdlog.h"

namespace apogee {
namespace {

using apogee::v1::PredictionService;
using apogee::v1::PredictRequest;
using apogee::v1::PredictResponse;

constexpr size_t kMostQuestionBytes = size_t{64} << 20;
constexpr int kMaxAnswerBytes = 64 << 20;
constexpr absl::Duration kBetweenWarnings = absl::Minutes(1);
// Of its name, what is logged.
constexpr size_t kModelBytes = 100;

std::shared_ptr<grpc::Channel> Connect(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxAnswerBytes);
  // What is compressed may be of any size, and is inflated before it is looked
  // at.
  arguments.SetInt(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET,
                   1U << GRPC_COMPRESS_NONE);
  // A model that comes back is found again within a second.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(),
                                   arguments);
}

PredictRequest MakeRequest(const StudyText& study,
                           absl::Span<const NamedTrial> finished,
                           absl::Span<const NamedPoint> queries) {
  PredictRequest request;
  *request.mutable_study() =
      ToProto("", {study, {finished.begin(), finished.end()}});
  for (const NamedPoint& query : queries) {
    *request.add_queries() = ToProto({query, std::nullopt});
  }
  return request;
}

absl::StatusOr<Prediction> ReadPrediction(const apogee::v1::Prediction& proto) {
  Prediction prediction = {{}, proto.has_p_feasible() ? proto.p_feasible() : 1};
  if (static_cast<size_t>(proto.quantiles_size()) != kQuantiles.size()) {
    return absl::InternalError(absl::StrCat("has ", proto.quantiles_size(),
                                            " quantiles; ", kQuantiles.size(),
                                            " are wanted"));
  }
  for (size_t i = 0; i < kQuantiles.size(); ++i) {
    const double value = proto.quantiles(static_cast<int>(i));
    if (!std::isfinite(value)) {
      return absl::InternalError(absl::StrCat("has a quantile of ", value));
    }
    if (i > 0 && value < prediction.quantiles[i - 1]) {
      return absl::InternalError(
          absl::StrCat("has a quantile of ", value, " after one of ",
                       prediction.quantiles[i - 1], "; they must not fall"));
    }
    prediction.quantiles[i] = value;
  }
  if (!(prediction.p_feasible >= 0 && prediction.p_feasible <= 1)) {
    // All digits, for one that is just above 1.
    return absl::InternalError(
        absl::StrFormat("has the probability %.17g; it must be from 0 to 1",
                        prediction.p_feasible));
  }
  return prediction;
}

absl::StatusOr<std::vector<Prediction>> ReadPredictions(
    const PredictResponse& response, size_t count) {
  const auto given = static_cast<size_t>(response.predictions_size());
  if (given != count) {
    return absl::InternalError(absl::StrCat(
        "it gave ", given, " predictions where ", count, " were asked for"));
  }
  std::vector<Prediction> predictions;
  predictions.reserve(count);
  for (const apogee::v1::Prediction& proto : response.predictions()) {
    absl::StatusOr<Prediction> prediction = ReadPrediction(proto);
    if (!prediction.ok()) {
      return absl::InternalError(absl::StrCat("its prediction ",
                                              predictions.size(), " ",
                                              prediction.status().message()));
    }
    predictions.push_back(*prediction);
  }
  return predictions;
}

}  // namespace

RemoteRegressor::RemoteRegressor(Options options, const Clock* clock)
    : options_(std::move(options)),
      clock_(clock),
      channel_(Connect(options_.address)) {}

absl::StatusOr<std::vector<Prediction>> RemoteRegressor::Predict(
    const StudyText& study, absl::Span<const NamedTrial> finished,
    absl::Span<const NamedPoint> queries) const {
  grpc::ClientContext context;
  if (absl::Status begun = Begin(&context); !begun.ok()) {
    options_.on_end("spared", absl::ZeroDuration());
    return begun;
  }
  const auto start = std::chrono::steady_clock::now();
  absl::StatusOr<std::vector<Prediction>> predictions =
      Ask(MakeRequest(study, finished, queries), &context);
  End(&context, predictions.status(),
      absl::FromChrono(std::chrono::steady_clock::now() - start));
  return predictions;
}

bool RemoteRegressor::IsAvailable() const {
  MutexLock lock(mutex_);
  return !stopped_ && !breaker_.IsClosed(clock_->Now());
}

void RemoteRegressor::Stop() {
  MutexLock lock(mutex_);
  stopped_ = true;
  for (grpc::ClientContext* call : calls_) call->TryCancel();
}

absl::Status RemoteRegressor::Begin(grpc::ClientContext* context) const {
  MutexLock lock(mutex_);
  if (stopped_) return absl::UnavailableError("the server is stopping");
  if (!breaker_.Allows(options_.address, clock_->Now())) {
    return absl::UnavailableError(
        absl::StrCat("the remote regressor ", options_.address, " has failed ",
                     Breaker::kFailures, " times; it is tried again within ",
                     absl::FormatDuration(Breaker::kPause)));
  }
  calls_.insert(context);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Prediction>> RemoteRegressor::Ask(
    const PredictRequest& request, grpc::ClientContext* context) const {
  if (const size_t bytes = request.ByteSizeLong(); bytes > kMostQuestionBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("a question of ", bytes, " bytes is too large; at most ",
                     kMostQuestionBytes,
                     " can be sent: give the study fewer network_candidates"));
  }
  context->set_deadline(std::chrono::system_clock::now() +
                        absl::ToChronoMilliseconds(options_.deadline));
  PredictionService::Stub stub(channel_);
  PredictResponse response;
  RETURN_IF_ERROR(FromGrpc(stub.Predict(context, request, &response)));
  ASSIGN_OR_RETURN(
      std::vector<Prediction> predictions,
      ReadPredictions(response, static_cast<size_t>(request.queries_size())));
  LogModel(response.model());
  return predictions;
}

void RemoteRegressor::End(grpc::ClientContext* context,
                          const absl::Status& status,
                          absl::Duration elapsed) const {
  const bool declined = absl::IsFailedPrecondition(status);
  const bool failed = !status.ok() && !declined;
  options_.on_end(failed     ? "failed"
                  : declined ? "declined"
                             : "answered",
                  elapsed);
  MutexLock lock(mutex_);
  calls_.erase(context);
  if (!failed) return breaker_.Succeeded();
  const absl::Time now = clock_->Now();
  // A question that is too large says nothing of the model.
  if (!absl::IsResourceExhausted(status)) breaker_.Failed(now);
  if (now < next_warning_ || stopped_) return;
  next_warning_ = now + kBetweenWarnings;
  spdlog::warn("the remote regressor {} fails, studies go on without it: {}",
               options_.address, status.ToString());
}

void RemoteRegressor::LogModel(const std::string& model) const {
  MutexLock lock(mutex_);
  if (model == model_) return;
  model_ = model;
  spdlog::info("the remote regressor {} answers with the model {}",
               options_.address, model.substr(0, kModelBytes));
}

}  // namespace apogee
