#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/rng.h"

namespace apogee {

// What of the writes that were not synced is on the disk after a loss of power.
enum class Unsynced {
  kLost,  // none
  kKept,  // all
  kTorn,  // some: any sectors of each write, or the beginning of one
};

// One file as programs see it and as a loss of power would leave it.
// Not thread-safe.
class UnsyncedFile {
 public:
  // Not there.
  UnsyncedFile() = default;
  // There, and synced.
  explicit UnsyncedFile(std::string content);

  // There is nothing before Create and after Delete.
  bool exists() const { return live_.has_value(); }
  // As programs see it. The file exists.
  const std::string& content() const { return *live_; }

  // Each is durable after the next Sync only.
  void Create();
  void Write(int64_t offset, absl::string_view data);
  void Truncate(int64_t size);
  void Delete();

  void Sync();
  // Whether it was created after the last sync.
  bool IsNew() const;
  // As a sync of its folder does: creation and deletion are durable, not what
  // was written since.
  void SyncName();
  // A sync that failed: what was written never reaches the disk, though
  // programs go on seeing it. (So it is on Linux, which takes the pages for
  // clean.)
  void FailSync();

  // Empty when the file is not there then.
  std::optional<std::string> AfterPowerLoss(Unsynced unsynced,
                                            RandomStream& random) const;

 private:
  struct Change {
    enum Kind { kCreate, kWrite, kTruncate, kDelete } kind;
    int64_t offset = 0;  // or the new size
    std::string data;
  };

  static void Apply(const Change& change, std::optional<std::string>& content);
  void Make(Change change);

  std::optional<std::string> live_;
  std::optional<std::string> durable_;
  std::vector<Change> unsynced_;
};

}  // namespace apogee
