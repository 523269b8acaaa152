#pragma once

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "apogee/v1/regressor_service.pb.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "server/engine/engine.h"
#include "storage/datastore.h"

namespace apogee {

// The numbers that Prometheus collects; README.md lists them all. Those of RPCs
// are added to the registry by the RPC server, the others are kept or put
// together here. Thread-safe.
class Metrics {
 public:
  Metrics();

  prometheus::Registry& registry() { return registry_; }

  // For EngineOptions::on_suggest and on_lost, RemoteRegressor's on_end and
  // StoreOptions::on_batch.
  void CountSuggest(absl::string_view algorithm, absl::Duration elapsed);
  void CountLost(int reissued, int given_up);
  void CountPrediction(absl::string_view result, absl::Duration elapsed);
  void CountBatch(const BatchReport& batch);
  // For TrainingOptions::on_end.
  void CountTraining(const apogee::v1::Training& training);

  // All the numbers as Prometheus reads them (text format 0.0.4).
  std::string Render(const EngineStats& engine, const StoreStats& store) const;

 private:
  prometheus::Registry registry_;
  // One for each algorithm that can be asked: none is added later.
  absl::flat_hash_map<std::string, prometheus::Histogram*> suggest_seconds_;
  // One for each way to end.
  absl::flat_hash_map<std::string, prometheus::Histogram*> predict_seconds_;
  prometheus::Histogram* commit_seconds_;
  prometheus::Histogram* commit_rows_;
  prometheus::Counter* commits_;
  prometheus::Counter* reissued_;
  prometheus::Counter* given_up_;
  prometheus::Counter* trainings_succeeded_;
  prometheus::Counter* trainings_failed_;
  prometheus::Gauge* training_seconds_;
  const absl::Time start_ = absl::Now();
};

}  // namespace apogee
