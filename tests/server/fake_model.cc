#include "tests/server/fake_model.h"

#include <chrono>
#include <cmath>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "algorithms/regressor/regressor.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"

namespace apogee {

using apogee::v1::PredictRequest;
using apogee::v1::PredictResponse;

grpc::Status KnowAll(grpc::ServerContext*, const PredictRequest& request,
                     PredictResponse& response) {
  response.set_model("oracle 1");
  for (const auto& query : request.queries()) {
    const double x = query.parameters().at("x").number_value();
    auto& prediction = *response.add_predictions();
    for (const double normal : kNormalQuantiles) {
      prediction.add_quantiles(-std::pow(x - 0.3, 2) + 0.01 * normal);
    }
  }
  return grpc::Status::OK;
}

grpc::Status Sleep(grpc::ServerContext* context, const PredictRequest&,
                   PredictResponse&) {
  while (!context->IsCancelled()) std::this_thread::yield();
  return grpc::Status::CANCELLED;
}

PredictAnswer Fail(grpc::StatusCode code) {
  return [code](grpc::ServerContext*, const PredictRequest&, PredictResponse&) {
    return grpc::Status(code, "not today");
  };
}

PredictAnswer Spoil(std::function<void(apogee::v1::Prediction&)> change) {
  return [change = std::move(change)](grpc::ServerContext* context,
                                      const PredictRequest& request,
                                      PredictResponse& response) {
    grpc::Status status = KnowAll(context, request, response);
    change(*response.mutable_predictions(0));
    return status;
  };
}

FakeModel::FakeModel() {
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                           &port);
  builder.RegisterService(this);
  server_ = builder.BuildAndStart();
  address_ = absl::StrCat("127.0.0.1:", port);
}

void FakeModel::Stop() {
  if (server_ != nullptr) server_->Shutdown(std::chrono::system_clock::now());
  server_.reset();
}

void FakeModel::SetAnswer(PredictAnswer answer) {
  MutexLock lock(mutex_);
  answer_ = std::move(answer);
}

PredictRequest FakeModel::last() {
  MutexLock lock(mutex_);
  return last_;
}

void FakeModel::WaitFor(int calls) {
  MutexLock lock(mutex_);
  while (calls_ < calls) called_.Wait(mutex_);
}

grpc::Status FakeModel::Predict(grpc::ServerContext* context,
                                const PredictRequest* request,
                                PredictResponse* response) {
  PredictAnswer answer;
  {
    MutexLock lock(mutex_);
    answer = answer_;
    last_ = *request;
    ++calls_;
    called_.NotifyAll();
  }
  return answer(context, *request, *response);
}

}  // namespace apogee
