#include "tests/testing/faulty_vfs.h"

#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "base/check.h"
#include "base/rng.h"

namespace apogee {

// An open file as SQLite holds it: in memory of SQLite's, with the base VFS's
// own right behind it.
struct FaultyVfs::Handle {
  sqlite3_file file;
  const char* path;  // SQLite keeps it until the file is closed; may be null

  static Handle* Of(sqlite3_file* file) {
    return reinterpret_cast<Handle*>(file);
  }
  static sqlite3_file* Base(sqlite3_file* file) {
    return reinterpret_cast<sqlite3_file*>(Of(file) + 1);
  }
  static std::string Path(sqlite3_file* file) {
    const char* path = Of(file)->path;
    return path == nullptr ? "" : path;
  }
};

// What SQLite calls.
struct FaultyVfs::Methods {
  static FaultyVfs& Self(sqlite3_vfs* vfs) {
    return *static_cast<FaultyVfs*>(vfs->pAppData);
  }

  static int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file,
                  int flags, int* out_flags);
  static int Delete(sqlite3_vfs* vfs, const char* name, int sync_folder);

  static int Close(sqlite3_file* file) {
    return Handle::Base(file)->pMethods->xClose(Handle::Base(file));
  }
  static int Read(sqlite3_file* file, void* data, int size,
                  sqlite3_int64 offset) {
    const int code = Install().Enter(DiskCall::kRead, Handle::Path(file));
    if (code != SQLITE_OK) return code;
    return Handle::Base(file)->pMethods->xRead(Handle::Base(file), data, size,
                                               offset);
  }
  static int Write(sqlite3_file* file, const void* data, int size,
                   sqlite3_int64 offset);
  static int Truncate(sqlite3_file* file, sqlite3_int64 size);
  static int Sync(sqlite3_file* file, int flags);
  static int FileSize(sqlite3_file* file, sqlite3_int64* size) {
    return Handle::Base(file)->pMethods->xFileSize(Handle::Base(file), size);
  }
  static int Lock(sqlite3_file* file, int level) {
    return Handle::Base(file)->pMethods->xLock(Handle::Base(file), level);
  }
  static int Unlock(sqlite3_file* file, int level) {
    return Handle::Base(file)->pMethods->xUnlock(Handle::Base(file), level);
  }
  static int CheckReservedLock(sqlite3_file* file, int* locked) {
    return Handle::Base(file)->pMethods->xCheckReservedLock(Handle::Base(file),
                                                            locked);
  }
  static int FileControl(sqlite3_file* file, int operation, void* argument) {
    return Handle::Base(file)->pMethods->xFileControl(Handle::Base(file),
                                                      operation, argument);
  }
  static int SectorSize(sqlite3_file* file) {
    return Handle::Base(file)->pMethods->xSectorSize(Handle::Base(file));
  }
  static int DeviceCharacteristics(sqlite3_file* file) {
    return Handle::Base(file)->pMethods->xDeviceCharacteristics(
        Handle::Base(file));
  }
  static int ShmMap(sqlite3_file* file, int region, int size, int extend,
                    volatile void** memory) {
    return Handle::Base(file)->pMethods->xShmMap(Handle::Base(file), region,
                                                 size, extend, memory);
  }
  static int ShmLock(sqlite3_file* file, int offset, int count, int flags) {
    return Handle::Base(file)->pMethods->xShmLock(Handle::Base(file), offset,
                                                  count, flags);
  }
  static void ShmBarrier(sqlite3_file* file) {
    Handle::Base(file)->pMethods->xShmBarrier(Handle::Base(file));
  }
  static int ShmUnmap(sqlite3_file* file, int remove) {
    return Handle::Base(file)->pMethods->xShmUnmap(Handle::Base(file), remove);
  }
};

namespace {

// The folder as SQLite spells it in the names of its files.
std::string Prefix(const std::string& folder) {
  return std::filesystem::canonical(folder).string() + "/";
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

int FaultyVfs::Methods::Open(sqlite3_vfs* vfs, const char* name,
                             sqlite3_file* file, int flags, int* out_flags) {
  // Version 2: no mapped memory, so that every read passes here.
  static constexpr sqlite3_io_methods kMethods = {
      .iVersion = 2,
      .xClose = Close,
      .xRead = Read,
      .xWrite = Write,
      .xTruncate = Truncate,
      .xSync = Sync,
      .xFileSize = FileSize,
      .xLock = Lock,
      .xUnlock = Unlock,
      .xCheckReservedLock = CheckReservedLock,
      .xFileControl = FileControl,
      .xSectorSize = SectorSize,
      .xDeviceCharacteristics = DeviceCharacteristics,
      .xShmMap = ShmMap,
      .xShmLock = ShmLock,
      .xShmBarrier = ShmBarrier,
      .xShmUnmap = ShmUnmap,
      .xFetch = nullptr,
      .xUnfetch = nullptr};
  FaultyVfs& self = Self(vfs);
  const std::string path = name == nullptr ? "" : name;
  const bool existed = std::filesystem::exists(path);
  if (self.IsWatched(path)) {
    MutexLock lock(self.mutex_);
    // Read before SQLite has it open: closing a file lets go of its locks.
    if (existed && !self.files_.contains(path)) {
      self.files_[path] = UnsyncedFile(ReadFile(path));
    }
  }
  Handle::Of(file)->path = name;
  file->pMethods = nullptr;
  const int code =
      self.base_->xOpen(self.base_, name, Handle::Base(file), flags, out_flags);
  if (Handle::Base(file)->pMethods != nullptr) file->pMethods = &kMethods;
  if (code == SQLITE_OK && !existed) {
    self.Record(path, [](UnsyncedFile& record) { record.Create(); });
  }
  return code;
}

int FaultyVfs::Methods::Delete(sqlite3_vfs* vfs, const char* name,
                               int sync_folder) {
  FaultyVfs& self = Self(vfs);
  const int code = self.base_->xDelete(self.base_, name, sync_folder);
  if (code == SQLITE_OK) {
    self.Record(name, [sync_folder](UnsyncedFile& record) {
      record.Delete();
      if (sync_folder != 0) record.Sync();
    });
  }
  return code;
}

int FaultyVfs::Methods::Write(sqlite3_file* file, const void* data, int size,
                              sqlite3_int64 offset) {
  const int fault = Install().Enter(DiskCall::kWrite, Handle::Path(file));
  // A write that fails may have got half-way.
  if (fault != SQLITE_OK) size /= 2;
  const int code = Handle::Base(file)->pMethods->xWrite(Handle::Base(file),
                                                        data, size, offset);
  if (code == SQLITE_OK) {
    const absl::string_view bytes(static_cast<const char*>(data), size);
    Install().Record(Handle::Path(file), [&](UnsyncedFile& record) {
      record.Write(offset, bytes);
    });
  }
  return fault != SQLITE_OK ? fault : code;
}

int FaultyVfs::Methods::Truncate(sqlite3_file* file, sqlite3_int64 size) {
  const int fault = Install().Enter(DiskCall::kTruncate, Handle::Path(file));
  if (fault != SQLITE_OK) return fault;
  const int code =
      Handle::Base(file)->pMethods->xTruncate(Handle::Base(file), size);
  if (code == SQLITE_OK) {
    Install().Record(Handle::Path(file),
                     [size](UnsyncedFile& record) { record.Truncate(size); });
  }
  return code;
}

// Nothing here waits for a real disk: what a loss of power takes is known.
int FaultyVfs::Methods::Sync(sqlite3_file* file, int flags) {
  const std::string path = Handle::Path(file);
  const int fault = Install().Enter(DiskCall::kSync, path);
  Install().RecordSync(path, fault == SQLITE_OK);
  return fault;
}

FaultyVfs& FaultyVfs::Install() {
  static FaultyVfs& vfs = *new FaultyVfs;
  return vfs;
}

FaultyVfs::FaultyVfs() : base_(sqlite3_vfs_find(nullptr)) {
  auto* vfs = new sqlite3_vfs(*base_);  // SQLite keeps it for good
  vfs->zName = "faulty";
  vfs->pAppData = this;
  vfs->szOsFile += static_cast<int>(sizeof(Handle));
  vfs->xOpen = Methods::Open;
  vfs->xDelete = Methods::Delete;
  APOGEE_CHECK(sqlite3_vfs_register(vfs, /*makeDflt=*/1) == SQLITE_OK);
}

void FaultyVfs::Fail(DiskFault fault) {
  MutexLock lock(mutex_);
  faults_.push_back(std::move(fault));
}

void FaultyVfs::Delay(DiskCall call, absl::Duration delay) {
  MutexLock lock(mutex_);
  delays_[call] = delay;
}

void FaultyVfs::OnSync(std::function<void()> hook) {
  MutexLock lock(mutex_);
  on_sync_ = std::move(hook);
}

void FaultyVfs::Heal() {
  MutexLock lock(mutex_);
  faults_.clear();
  delays_.clear();
  calls_.clear();
  on_sync_ = nullptr;
}

int64_t FaultyVfs::calls(DiskCall call) {
  MutexLock lock(mutex_);
  return calls_[call];
}

int FaultyVfs::Enter(DiskCall call, const std::string& path) {
  std::function<void()> hook;
  {
    MutexLock lock(mutex_);
    if (watched_.empty() || !absl::StartsWith(path, watched_)) return SQLITE_OK;
    if (call == DiskCall::kSync) hook = on_sync_;
  }
  if (hook != nullptr) hook();
  int code = SQLITE_OK;
  absl::Duration delay;
  {
    MutexLock lock(mutex_);
    ++calls_[call];
    delay = delays_[call];
    for (auto fault = faults_.begin(); fault != faults_.end(); ++fault) {
      if (fault->call != call || !absl::EndsWith(path, fault->suffix) ||
          fault->after-- > 0) {
        continue;
      }
      code = fault->code;
      if (fault->once) faults_.erase(fault);
      break;
    }
  }
  absl::SleepFor(delay);
  return code;
}

bool FaultyVfs::IsWatched(const std::string& path) {
  MutexLock lock(mutex_);
  return !watched_.empty() && absl::StartsWith(path, watched_);
}

void FaultyVfs::Record(const std::string& path,
                       const std::function<void(UnsyncedFile&)>& change) {
  MutexLock lock(mutex_);
  if (!watched_.empty() && absl::StartsWith(path, watched_)) {
    change(files_[path]);
  }
}

void FaultyVfs::RecordSync(const std::string& path, bool succeeds) {
  MutexLock lock(mutex_);
  if (watched_.empty() || !absl::StartsWith(path, watched_)) return;
  UnsyncedFile& file = files_[path];
  if (!succeeds) return file.FailSync();
  // With a new file SQLite syncs the folder, and so what became of the others.
  if (file.IsNew()) {
    for (auto& [name, other] : files_) other.SyncName();
  }
  file.Sync();
}

void FaultyVfs::Watch(const std::string& folder) {
  MutexLock lock(mutex_);
  watched_ = Prefix(folder);
  files_.clear();
}

DiskImage FaultyVfs::AfterKill() {
  DiskImage image;
  MutexLock lock(mutex_);
  for (const auto& [path, file] : files_) {
    if (file.exists()) image[path.substr(watched_.size())] = file.content();
  }
  return image;
}

DiskImage FaultyVfs::AfterPowerLoss(Unsynced unsynced, uint64_t seed) {
  DiskImage image;
  RandomStream random = Rng(seed).At(0);
  MutexLock lock(mutex_);
  for (const auto& [path, file] : files_) {
    std::optional<std::string> content = file.AfterPowerLoss(unsynced, random);
    if (content) image[path.substr(watched_.size())] = *std::move(content);
  }
  return image;
}

void FaultyVfs::MoveTo(const std::string& folder) {
  WriteDiskImage(AfterKill(), folder);
  MutexLock lock(mutex_);
  std::map<std::string, UnsyncedFile> moved;
  const std::string target = Prefix(folder);
  for (auto& [path, file] : files_) {
    moved[target + path.substr(watched_.size())] = std::move(file);
  }
  watched_ = target;
  files_ = std::move(moved);
}

void WriteDiskImage(const DiskImage& image, const std::string& folder) {
  for (const auto& [name, content] : image) {
    std::ofstream(folder + "/" + name, std::ios::binary) << content;
  }
}

}  // namespace apogee
