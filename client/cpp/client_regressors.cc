// The part of Client for trained models.

#include "client/cpp/client.h"
#include "client/cpp/client_call.h"

namespace apogee {
namespace {

using apogee::v1::RegressorService;

template <typename Request>
Request Versioned(int64_t version) {
  Request request;
  request.set_version(version);
  return request;
}

}  // namespace

absl::StatusOr<apogee::v1::Training> Client::TrainRegressor(
    const apogee::v1::TrainRegressorRequest& request) const {
  return Call("TrainRegressor", *regressors_,
              &RegressorService::Stub::TrainRegressor, request);
}

absl::StatusOr<apogee::v1::ListRegressorsResponse> Client::ListRegressors()
    const {
  return Call("ListRegressors", *regressors_,
              &RegressorService::Stub::ListRegressors,
              apogee::v1::ListRegressorsRequest());
}

absl::StatusOr<apogee::v1::RegressorInfo> Client::GetRegressor(
    int64_t version) const {
  return Call("GetRegressor", *regressors_,
              &RegressorService::Stub::GetRegressor,
              Versioned<apogee::v1::GetRegressorRequest>(version));
}

absl::StatusOr<apogee::v1::RegressorScores> Client::EvaluateRegressor(
    int64_t version) const {
  return Call("EvaluateRegressor", *regressors_,
              &RegressorService::Stub::EvaluateRegressor,
              Versioned<apogee::v1::EvaluateRegressorRequest>(version));
}

absl::StatusOr<apogee::v1::RegressorInfo> Client::UseRegressor(
    int64_t version) const {
  return Call("UseRegressor", *regressors_,
              &RegressorService::Stub::UseRegressor,
              Versioned<apogee::v1::UseRegressorRequest>(version));
}

absl::Status Client::ForgetRegressor(int64_t version) const {
  return Call("ForgetRegressor", *regressors_,
              &RegressorService::Stub::ForgetRegressor,
              Versioned<apogee::v1::ForgetRegressorRequest>(version))
      .status();
}

}  // namespace apogee
