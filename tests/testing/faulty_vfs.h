#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/mutex.h"
#include "tests/testing/unsynced_file.h"

struct sqlite3_vfs;

namespace apogee {

// What SQLite asks of the disk.
enum class DiskCall { kRead, kWrite, kTruncate, kSync };
inline constexpr DiskCall kDiskCalls[] = {DiskCall::kRead, DiskCall::kWrite,
                                          DiskCall::kTruncate, DiskCall::kSync};

struct DiskFault {
  DiskCall call = DiskCall::kWrite;
  int code = 0;             // SQLite's, such as SQLITE_IOERR_WRITE
  int64_t after = 0;        // calls that still succeed, counted from now
  bool once = false;        // one call fails; otherwise all from then on
  std::string suffix = "";  // of the names of the files concerned: "-wal"
};

// Files of a folder by name.
using DiskImage = std::map<std::string, std::string>;

// Writes them into the folder, which is there.
void WriteDiskImage(const DiskImage& image, const std::string& folder);

// SQLite's way to the disk in this process. One folder's files can be watched
// and troubled; all others, shared memory and locks are left alone. Nothing is
// really synced, anywhere. Thread-safe.
class FaultyVfs {
 public:
  // Puts it between SQLite and the system, if it is not there yet. Before the
  // process first opens a database.
  static FaultyVfs& Install();

  // Each is about watched files, and until Heal.
  void Fail(DiskFault fault);
  // The call takes this much longer.
  void Delay(DiskCall call, absl::Duration delay);
  // Called before each sync, on the thread that syncs.
  void OnSync(std::function<void()> hook);

  // Back to an untroubled disk; counts start anew.
  void Heal();
  // Calls since the last Heal, failed ones included.
  int64_t calls(DiskCall call);

  // From now on remembers what is not synced in files of `folder` that are
  // opened, and forgets what it remembered before.
  void Watch(const std::string& folder);
  // The watched files as the next process sees them, if this one is killed now.
  DiskImage AfterKill();
  // The same, after the machine lost power.
  DiskImage AfterPowerLoss(Unsynced unsynced, uint64_t seed = 0);
  // Watches `folder` instead, as if the files of the first folder had been
  // moved there: puts AfterKill() into it, and what was not synced still is
  // not.
  void MoveTo(const std::string& folder);

 private:
  struct Handle;
  struct Methods;

  FaultyVfs();
  // Every call passes here first. SQLITE_OK, or the code to fail with.
  int Enter(DiskCall call, const std::string& path);
  // Runs `change` on the watched file of this path, if it is one.
  void Record(const std::string& path,
              const std::function<void(UnsyncedFile&)>& change);
  void RecordSync(const std::string& path, bool succeeds);
  bool IsWatched(const std::string& path);

  sqlite3_vfs* base_ = nullptr;
  Mutex mutex_;
  std::vector<DiskFault> faults_ ABSL_GUARDED_BY(mutex_);
  std::map<DiskCall, absl::Duration> delays_ ABSL_GUARDED_BY(mutex_);
  std::map<DiskCall, int64_t> calls_ ABSL_GUARDED_BY(mutex_);
  std::function<void()> on_sync_ ABSL_GUARDED_BY(mutex_);
  std::string watched_ ABSL_GUARDED_BY(mutex_);  // ends with "/"; or empty
  std::map<std::string, UnsyncedFile> files_
      ABSL_GUARDED_BY(mutex_);  // by path
};

}  // namespace apogee
