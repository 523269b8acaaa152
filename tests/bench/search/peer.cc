#include "tests/bench/search/peer.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "algorithms/space/search_space.h"
#include "base/nearest.h"
#include "base/status_macros.h"
#include "google/protobuf/util/json_util.h"
#include "nlohmann/json.hpp"

namespace apogee {

using google::protobuf::Struct;
using Json = nlohmann::json;

namespace {

constexpr char kBench[] = BENCH_SOURCE_DIR;
constexpr char kVenv[] = BENCH_VENV;

std::string ToJson(const google::protobuf::Message& message) {
  std::string text;
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  const auto written =
      google::protobuf::util::MessageToJsonString(message, &text, options);
  return written.ok() ? text : "{}";
}

absl::StatusOr<Struct> ReadAnswer(PeerProcess& process) {
  ASSIGN_OR_RETURN(const std::string line, process.Read());
  Struct answer;
  if (google::protobuf::util::JsonStringToMessage(line, &answer).ok()) {
    return answer;
  }
  return absl::InternalError(
      absl::StrCat("a peer's answer is no JSON object: ", line));
}

}  // namespace

// One run in a process of the peer, which it gives back at the end.
class OfPeer : public Searcher {
 public:
  OfPeer(Peer* peer, std::unique_ptr<PeerProcess> process, SearchSpace space)
      : peer_(peer), process_(std::move(process)), space_(std::move(space)) {}

  ~OfPeer() override {
    if (usable_) peer_->GiveBack(std::move(process_));
  }

  absl::Status Begin(const TestProblem& problem, const Struct& options,
                     int64_t trials, int workers, uint64_t seed) {
    const Json begin = {{"begin", peer_->info().name},
                        {"spec", Json::parse(ToJson(problem.spec))},
                        {"options", Json::parse(ToJson(options))},
                        {"trials", trials},
                        {"workers", workers},
                        // What any generator of random numbers takes.
                        {"seed", seed % (uint64_t{1} << 31)}};
    RETURN_IF_ERROR(process_->Write(begin.dump()));
    ASSIGN_OR_RETURN(const Struct answer, ReadAnswer(*process_));
    usable_ = true;
    if (const auto refused = answer.fields().find("refused");
        refused != answer.fields().end()) {
      return absl::InvalidArgumentError(refused->second.string_value());
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<Trial>> Take(const std::string& /*worker*/,
                                            double /*time*/) override {
    usable_ = false;
    const Json ask = {{"ask", ++taken_}};
    RETURN_IF_ERROR(process_->Write(ask.dump()));
    ASSIGN_OR_RETURN(const Struct answer, ReadAnswer(*process_));
    usable_ = true;
    const auto& fields = answer.fields();
    const auto seconds = fields.find("seconds");
    const auto point = fields.find("parameters");
    if (seconds == fields.end() || point == fields.end()) {
      return absl::InternalError("a peer's answer lacks a field");
    }
    seconds_ += seconds->second.number_value();
    if (!point->second.has_struct_value()) return std::nullopt;
    Parameters parameters;
    for (const auto& [name, value] : point->second.struct_value().fields()) {
      vizier::Trial::Parameter& parameter = *parameters.Add();
      parameter.set_parameter_id(name);
      *parameter.mutable_value() = value;
    }
    // Checks them, and brings them into order.
    const absl::StatusOr<Point> encoded = space_.Encode(parameters);
    if (!encoded.ok()) {
      return absl::InternalError(absl::StrCat(
          "it suggested ", ToJson(answer), ": ", encoded.status().message()));
    }
    return Trial{.id = taken_, .parameters = space_.Decode(*encoded)};
  }

  absl::Status Complete(int64_t id, const std::vector<double>& measured,
                        double /*time*/) override {
    Json tell = {{"tell", id}, {"metrics", nullptr}};
    if (!measured.empty()) tell["metrics"] = measured;
    return process_->Write(tell.dump());
  }

  double Seconds() const override { return seconds_; }

 private:
  Peer* const peer_;
  std::unique_ptr<PeerProcess> process_;
  const SearchSpace space_;
  // Whether the process waits for another line.
  bool usable_ = false;
  int64_t taken_ = 0;
  double seconds_ = 0;
};

absl::Span<const Peer::Info> Peer::All() {
  static const auto* const all = new std::vector<Info>{
      {.name = "cma",
       .summary = "pycma's CMA-ES, restarted with twice the population",
       .script = "cma_peer"},
      {.name = "cmaes",
       .summary = "CMA-ES of the library cmaes, restarted likewise",
       .script = "cmaes_peer"},
      {.name = "optuna-nsga2",
       .summary = "Optuna's NSGAIISampler",
       .script = "optuna_peer",
       .several_objectives = true},
      {.name = "optuna-tpe",
       .summary = "Optuna's TPESampler",
       .script = "optuna_peer",
       .several_objectives = true},
      {.name = "pymoo-nsga2",
       .summary = "pymoo's NSGA2 with mixed variables where there are any",
       .script = "pymoo_peer",
       .several_objectives = true},
      {.name = "random",
       .summary = "points at random, by no library",
       .script = "random_peer",
       .several_objectives = true},
      {.name = "vizier-gp",
       .summary = "google-vizier's Gaussian process bandit (GP-UCB-PE)",
       .script = "vizier_peer",
       .several_objectives = true},
  };
  return *all;
}

absl::StatusOr<std::shared_ptr<Peer>> Peer::Find(absl::string_view name) {
  std::vector<std::string> names;
  for (const Info& info : All()) {
    names.push_back(info.name);
    if (info.name != name) continue;
    return std::make_shared<Peer>(
        info, std::vector<std::string>{
                  absl::StrCat(kVenv, "/bin/python"), "-W", "ignore",
                  absl::StrCat(kBench, "/search/peers/", info.script, ".py")});
  }
  return absl::InvalidArgumentError(
      absl::StrCat("peer \"", name, "\" is unknown", DidYouMean(name, names),
                   " (there are ", absl::StrJoin(names, ", "), ")"));
}

absl::Status Peer::Install() {
  const std::string script = absl::StrCat(kBench, "/make_venv.sh");
  if (RunToEnd({script, kVenv, absl::StrCat(kBench, "/requirements.txt")}) ==
      0) {
    return absl::OkStatus();
  }
  return absl::UnavailableError(absl::StrCat(
      script, " failed: --peer needs a Python package index, once"));
}

absl::StatusOr<std::unique_ptr<Searcher>> Peer::Start(
    const TestProblem& problem, const Struct& options, int64_t trials,
    int workers, uint64_t seed) {
  ASSIGN_OR_RETURN(SearchSpace space,
                   SearchSpace::Create(problem.spec.parameters()));
  auto searcher =
      std::make_unique<OfPeer>(this, TakeProcess(), std::move(space));
  RETURN_IF_ERROR(searcher->Begin(problem, options, trials, workers, seed));
  return searcher;
}

std::unique_ptr<PeerProcess> Peer::TakeProcess() {
  {
    const MutexLock lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<PeerProcess> process = std::move(idle_.back());
      idle_.pop_back();
      return process;
    }
  }
  return std::make_unique<PeerProcess>(command_);
}

void Peer::GiveBack(std::unique_ptr<PeerProcess> process) {
  const MutexLock lock(mutex_);
  idle_.push_back(std::move(process));
}

}  // namespace apogee
