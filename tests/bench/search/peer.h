#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/mutex.h"
#include "google/protobuf/struct.pb.h"
#include "tests/bench/search/peer_process.h"
#include "tests/bench/search/problem.h"
#include "tests/bench/search/searcher.h"

namespace apogee {

// A search method of a Python library, run by processes of peers/. Thread-safe.
class Peer {
 public:
  struct Info {
    std::string name;
    std::string summary;
    std::string script;  // peers/SCRIPT.py
    bool several_objectives = false;
  };
  static absl::Span<const Info> All();

  // INVALID_ARGUMENT  there is no peer of that name; names those that are
  static absl::StatusOr<std::shared_ptr<Peer>> Find(absl::string_view name);
  // Installs all of them into build/venv-bench, if need be.
  static absl::Status Install();

  // `command` runs its process. Others than those of All() are for tests.
  Peer(Info info, std::vector<std::string> command)
      : info_(std::move(info)), command_(std::move(command)) {}

  const Info& info() const { return info_; }

  // The peer at work on a problem, in a process that serves one run after the
  // other. The peer must outlive it.
  // INVALID_ARGUMENT  the peer refuses the problem or its options
  absl::StatusOr<std::unique_ptr<Searcher>> Start(
      const TestProblem& problem, const google::protobuf::Struct& options,
      int64_t trials, int workers, uint64_t seed);

 private:
  friend class OfPeer;

  std::unique_ptr<PeerProcess> TakeProcess();
  void GiveBack(std::unique_ptr<PeerProcess> process);

  const Info info_;
  const std::vector<std::string> command_;
  Mutex mutex_;
  std::vector<std::unique_ptr<PeerProcess>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace apogee
