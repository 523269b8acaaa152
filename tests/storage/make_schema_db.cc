// make_schema_db FILE: writes the file to be kept for this program's schema as
// tests/storage/schemas/schema_<version>.db.

#include <cstdio>
#include <future>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/open.h"
#include "tests/storage/kept_study.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: make_schema_db FILE\n");
    return 2;
  }
  auto store = apogee::OpenDatastore(absl::StrCat("sqlite:", argv[1]));
  absl::Status status = store.status();
  for (apogee::Commit& commit : apogee::KeptCommits()) {
    if (status.ok()) {
      std::promise<absl::Status> done;
      (*store)->Apply(std::move(commit), [&done](absl::Status applied) {
        done.set_value(std::move(applied));
      });
      status = done.get_future().get();
    }
  }
  if (!status.ok()) {
    std::fprintf(stderr, "make_schema_db: %s\n", status.ToString().c_str());
    return 1;
  }
  return 0;
}
