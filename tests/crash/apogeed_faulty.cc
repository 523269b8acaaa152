// Linked with apogeed's own objects: apogeed on a disk that a test can break.
// The disk is the folder that APOGEE_TEST_DISK names. Once there is a file
// "broken" in it, no sync succeeds any more.

#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "tests/testing/faulty_vfs.h"

namespace apogee {
namespace {

// Before main, for it must be there before SQLite is used.
const bool kInstalled = [] {
  const char* folder = std::getenv("APOGEE_TEST_DISK");
  if (folder == nullptr) return false;
  FaultyVfs& vfs = FaultyVfs::Install();
  vfs.Watch(folder);
  vfs.OnSync([&vfs, sign = std::string(folder) + "/broken"] {
    if (std::filesystem::exists(sign)) {
      vfs.Fail({.call = DiskCall::kSync, .code = SQLITE_IOERR_FSYNC});
    }
  });
  return true;
}();

}  // namespace
}  // namespace apogee
