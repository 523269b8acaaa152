#pragma once

#include <functional>
#include <memory>
#include <string>

#include "apogee/v1/prediction.grpc.pb.h"
#include "base/mutex.h"
#include "grpcpp/server.h"

namespace apogee {

using PredictAnswer = std::function<grpc::Status(
    grpc::ServerContext*, const apogee::v1::PredictRequest&,
    apogee::v1::PredictResponse&)>;

// For each query x: quantiles around -(x - 0.3)^2.
grpc::Status KnowAll(grpc::ServerContext* context,
                     const apogee::v1::PredictRequest& request,
                     apogee::v1::PredictResponse& response);
// Until nobody waits any more.
grpc::Status Sleep(grpc::ServerContext* context,
                   const apogee::v1::PredictRequest& request,
                   apogee::v1::PredictResponse& response);
PredictAnswer Fail(grpc::StatusCode code);
// As KnowAll, then `change` of the first prediction.
PredictAnswer Spoil(std::function<void(apogee::v1::Prediction&)> change);

// A model in another process, played by the test: answers over a socket as it
// is told to. Thread-safe.
class FakeModel final : public apogee::v1::PredictionService::Service {
 public:
  FakeModel();
  ~FakeModel() override { Stop(); }

  void Stop();
  const std::string& address() const { return address_; }
  // At first it is KnowAll.
  void SetAnswer(PredictAnswer answer);
  apogee::v1::PredictRequest last();
  // Returns when it has begun so many answers.
  void WaitFor(int calls);

  grpc::Status Predict(grpc::ServerContext* context,
                       const apogee::v1::PredictRequest* request,
                       apogee::v1::PredictResponse* response) override;

 private:
  std::string address_;
  Mutex mutex_;
  CondVar called_;
  PredictAnswer answer_ ABSL_GUARDED_BY(mutex_) = KnowAll;
  apogee::v1::PredictRequest last_ ABSL_GUARDED_BY(mutex_);
  int calls_ ABSL_GUARDED_BY(mutex_) = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace apogee
