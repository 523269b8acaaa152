#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "algorithms/regressor/regressor.h"
#include "apogee/v1/prediction.pb.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "server/engine/breaker.h"

namespace apogee {

// Asks a model in another process (apogee.v1.PredictionService). Predict blocks
// its thread, and logs what fails once in a while.
class RemoteRegressor final : public Regressor {
 public:
  struct Options {
    std::string address;
    // The longest that one call may take.
    absl::Duration deadline = absl::Seconds(2);
    // Called when a question has ended, on its thread, with how long it took.
    // "answered"; "declined": the model knows nothing of this study yet;
    // "failed": there is no answer, or it is against the rules; "spared": not
    // asked, after several failures. Must be quick.
    std::function<void(absl::string_view, absl::Duration)> on_end =
        [](absl::string_view, absl::Duration) {};
  };

  // Does not own the clock.
  RemoteRegressor(Options options, const Clock* clock);

  // FAILED_PRECONDITION  the model knows nothing of this study yet
  // RESOURCE_EXHAUSTED   the question is too large to be sent
  // INTERNAL             the answer breaks the rules of prediction.proto
  // any other            the model was not reached, was late, or has this error
  absl::StatusOr<std::vector<Prediction>> Predict(
      const StudyText& study, absl::Span<const NamedTrial> finished,
      absl::Span<const NamedPoint> queries) const override;

  bool IsAvailable() const override;

  // Cancels what is under way; calls from now on fail.
  void Stop();

 private:
  // Whether a call may begin; `context` is of it.
  absl::Status Begin(grpc::ClientContext* context) const;
  absl::StatusOr<std::vector<Prediction>> Ask(
      const apogee::v1::PredictRequest& request,
      grpc::ClientContext* context) const;
  void End(grpc::ClientContext* context, const absl::Status& status,
           absl::Duration elapsed) const;
  void LogModel(const std::string& model) const;

  const Options options_;
  const Clock* const clock_;
  const std::shared_ptr<grpc::Channel> channel_;
  mutable Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  mutable Breaker breaker_ ABSL_GUARDED_BY(mutex_);
  mutable std::unordered_set<grpc::ClientContext*> calls_
      ABSL_GUARDED_BY(mutex_);
  mutable absl::Time next_warning_ ABSL_GUARDED_BY(mutex_) =
      absl::InfinitePast();
  // What the last answer was from.
  mutable std::string model_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace apogee
