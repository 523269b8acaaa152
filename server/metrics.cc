#include "server/metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/version.h"
#include "google/protobuf/util/time_util.h"
#include "prometheus/metric_family.h"
#include "prometheus/text_serializer.h"
#include "server/engine/algorithm_catalog.h"
#include "storage/schema_version.h"

namespace apogee {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Buckets = prometheus::Histogram::BucketBoundaries;

// What policies in other processes count as.
constexpr char kRemoteAlgorithm[] = "pythia";

// From the fastest algorithm to the slowest policy.
const Buckets kSuggestSeconds = {1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 0.01, 0.03,
                                 0.1,  0.3,  1,    3,    10,   30,   100,  300};
const Buckets kCommitSeconds = {1e-4, 2.5e-4, 5e-4,  1e-3, 2.5e-3,
                                5e-3, 0.01,   0.025, 0.05, 0.1,
                                0.25, 0.5,    1,     2.5,  10};
const Buckets kCommitRows = {1,   2,   4,   8,    16,   32,  64,
                             128, 256, 512, 1024, 2048, 4096};

// One value of a family, with a label that tells it from the others, if any.
struct Sample {
  double value;
  std::vector<ClientMetric::Label> labels = {};
};

MetricFamily Family(MetricType type, std::string name, std::string help,
                    const std::vector<Sample>& samples) {
  MetricFamily family{.name = std::move(name),
                      .help = std::move(help),
                      .type = type,
                      .metric = {}};
  for (const Sample& sample : samples) {
    ClientMetric& metric = family.metric.emplace_back();
    metric.label = sample.labels;
    metric.counter.value = sample.value;
    metric.gauge.value = sample.value;
  }
  return family;
}

MetricFamily Gauge(std::string name, std::string help,
                   const std::vector<Sample>& samples) {
  return Family(MetricType::Gauge, std::move(name), std::move(help), samples);
}

double ToDouble(int64_t value) { return static_cast<double>(value); }

Sample InState(const char* state, int64_t trials) {
  return {ToDouble(trials), {{"state", state}}};
}

Sample InQueue(const char* queue, int64_t length) {
  return {ToDouble(length), {{"queue", queue}}};
}

std::vector<MetricFamily> OfService(const EngineStats& engine,
                                    const StoreStats& store) {
  const StudyStats& total = engine.total;
  return {
      Gauge("apogee_build_info", "1; the labels say what runs.",
            {{1,
              {{"version", kVersion},
               {"schema", absl::StrCat(kSchemaVersion)}}}}),
      Gauge("apogee_studies_in_memory", "Studies in memory.",
            {{ToDouble(engine.studies)}}),
      Gauge(
          "apogee_trials", "Trials of the studies in memory, by state.",
          {InState("REQUESTED", total.requested),
           InState("ACTIVE", total.active), InState("STOPPING", total.stopping),
           InState("SUCCEEDED", total.succeeded),
           InState("INFEASIBLE", total.infeasible)}),
      Gauge("apogee_operations_open",
            "Suggest operations of the studies in memory that are not done.",
            {{ToDouble(total.open_operations)}}),
      Gauge("apogee_workers",
            "Workers of the studies in memory that have a running trial.",
            {{ToDouble(total.workers)}}),
      Gauge("apogee_queue_depth", "What waits for a thread, by queue.",
            {InQueue("engine", engine.engine_queue),
             InQueue("compute", engine.compute_queue),
             InQueue("readers", engine.reader_queue),
             InQueue("commits", store.queued_commits)}),
      Gauge("apogee_wal_bytes", "Size of the store's write-ahead log.",
            {{ToDouble(store.log_bytes)}}),
  };
}

double CpuSeconds() {
  timespec time = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return ToDouble(time.tv_sec) + ToDouble(time.tv_nsec) * 1e-9;
}

double OpenFiles() {
  std::error_code error;
  const std::filesystem::directory_iterator files("/proc/self/fd", error);
  return ToDouble(std::distance(begin(files), end(files)));
}

double MostOpenFiles() {
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<double>(limit.rlim_cur);
}

// By the names that Prometheus's own client libraries use.
std::vector<MetricFamily> OfProcess(absl::Time start) {
  const double page = ToDouble(sysconf(_SC_PAGESIZE));
  double virtual_pages = 0;
  double resident_pages = 0;
  std::ifstream("/proc/self/statm") >> virtual_pages >> resident_pages;
  return {
      Family(MetricType::Counter, "process_cpu_seconds_total",
             "CPU time used, in seconds.", {{CpuSeconds()}}),
      Gauge("process_resident_memory_bytes", "Resident memory.",
            {{resident_pages * page}}),
      Gauge("process_virtual_memory_bytes", "Virtual memory.",
            {{virtual_pages * page}}),
      Gauge("process_open_fds", "Open file descriptors.", {{OpenFiles()}}),
      Gauge("process_max_fds", "The most file descriptors that may be open.",
            {{MostOpenFiles()}}),
      Gauge("process_start_time_seconds", "Unix time of the start.",
            {{absl::ToDoubleSeconds(start - absl::UnixEpoch())}}),
  };
}

prometheus::Histogram* AddHistogram(prometheus::Registry& registry,
                                    const char* name, const char* help,
                                    const Buckets& buckets) {
  return &prometheus::BuildHistogram()
              .Name(name)
              .Help(help)
              .Register(registry)
              .Add({}, buckets);
}

}  // namespace

Metrics::Metrics()
    : commit_seconds_(AddHistogram(
          registry_, "apogee_commit_seconds",
          "Seconds to make a group of commits durable (one fsync).",
          kCommitSeconds)),
      commit_rows_(AddHistogram(registry_, "apogee_commit_rows",
                                "Rows written by a group of commits.",
                                kCommitRows)),
      commits_(&prometheus::BuildCounter()
                    .Name("apogee_commits_total")
                    .Help("Commits; apogee_commit_seconds_count has groups.")
                    .Register(registry_)
                    .Add({})) {
  auto& lost = prometheus::BuildCounter()
                   .Name("apogee_trials_lost_total")
                   .Help("Trials that workers have lost.")
                   .Register(registry_);
  reissued_ = &lost.Add({{"then", "reissued"}});
  given_up_ = &lost.Add({{"then", "given_up"}});
  auto& trainings = prometheus::BuildCounter()
                        .Name("apogee_trainings_total")
                        .Help("Trainings of regressors that have ended.")
                        .Register(registry_);
  trainings_succeeded_ = &trainings.Add({{"result", "succeeded"}});
  trainings_failed_ = &trainings.Add({{"result", "failed"}});
  training_seconds_ =
      &prometheus::BuildGauge()
           .Name("apogee_training_seconds")
           .Help("Seconds that the last training of regressors took.")
           .Register(registry_)
           .Add({});
  auto& predict_seconds =
      prometheus::BuildHistogram()
          .Name("apogee_remote_predict_seconds")
          .Help("Seconds that a question to the remote regressor takes.")
          .Register(registry_);
  for (const char* result : {"answered", "declined", "failed", "spared"}) {
    predict_seconds_[result] =
        &predict_seconds.Add({{"result", result}}, kSuggestSeconds);
  }
  auto& suggest_seconds =
      prometheus::BuildHistogram()
          .Name("apogee_suggest_seconds")
          .Help("Seconds that an algorithm takes to answer once.")
          .Register(registry_);
  const auto add = [&](const std::string& algorithm) {
    suggest_seconds_[algorithm] =
        &suggest_seconds.Add({{"algorithm", algorithm}}, kSuggestSeconds);
  };
  add(kRemoteAlgorithm);
  const auto catalog = DescribeAlgorithms();
  for (const auto& algorithm : catalog.algorithms()) {
    add(algorithm.name());
  }
}

void Metrics::CountSuggest(absl::string_view algorithm,
                           absl::Duration elapsed) {
  auto it = suggest_seconds_.find(algorithm);
  // Names that others made up would be labels without end.
  if (it == suggest_seconds_.end()) {
    it = suggest_seconds_.find(kRemoteAlgorithm);
  }
  it->second->Observe(absl::ToDoubleSeconds(elapsed));
}

void Metrics::CountLost(int reissued, int given_up) {
  reissued_->Increment(reissued);
  given_up_->Increment(given_up);
}

void Metrics::CountPrediction(absl::string_view result,
                              absl::Duration elapsed) {
  predict_seconds_.at(result)->Observe(absl::ToDoubleSeconds(elapsed));
}

void Metrics::CountBatch(const BatchReport& batch) {
  commit_seconds_->Observe(absl::ToDoubleSeconds(batch.elapsed));
  commit_rows_->Observe(ToDouble(batch.rows));
  commits_->Increment(ToDouble(batch.commits));
}

void Metrics::CountTraining(const apogee::v1::Training& training) {
  const bool succeeded = training.state() == apogee::v1::Training::SUCCEEDED;
  (succeeded ? trainings_succeeded_ : trainings_failed_)->Increment();
  using google::protobuf::util::TimeUtil;
  training_seconds_->Set(ToDouble(TimeUtil::DurationToMilliseconds(
                             training.end_time() - training.start_time())) /
                         1000);
}

std::string Metrics::Render(const EngineStats& engine,
                            const StoreStats& store) const {
  std::vector<MetricFamily> families = registry_.Collect();
  for (std::vector<MetricFamily> more :
       {OfService(engine, store), OfProcess(start_)}) {
    families.insert(families.end(), std::make_move_iterator(more.begin()),
                    std::make_move_iterator(more.end()));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace apogee
