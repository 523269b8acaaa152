#include "tests/testing/unsynced_file.h"

#include <algorithm>
#include <utility>

namespace apogee {
namespace {

constexpr size_t kSectorBytes = 512;

// Writes some sectors of `data` at `offset`, each from its start to anywhere.
void WriteTorn(int64_t offset, absl::string_view data, RandomStream& random,
               std::string& content) {
  auto at = static_cast<size_t>(offset);
  while (!data.empty()) {
    const size_t sector =
        std::min(data.size(), kSectorBytes - at % kSectorBytes);
    const uint64_t chance = random.Below(8);
    const size_t size =
        chance < 3 ? 0 : (chance < 6 ? sector : random.Below(sector + 1));
    content.resize(std::max(content.size(), at + size));
    content.replace(at, size, data.data(), size);
    data.remove_prefix(sector);
    at += sector;
  }
}

}  // namespace

UnsyncedFile::UnsyncedFile(std::string content)
    : live_(content), durable_(std::move(content)) {}

void UnsyncedFile::Apply(const Change& change,
                         std::optional<std::string>& content) {
  // Its creation may have been lost in a failed sync.
  if (!content) content.emplace();
  switch (change.kind) {
    case Change::kCreate:
      content.emplace();
      return;
    case Change::kDelete:
      content.reset();
      return;
    case Change::kTruncate:
      content->resize(change.offset);
      return;
    case Change::kWrite:
      content->resize(
          std::max(content->size(), change.offset + change.data.size()));
      content->replace(change.offset, change.data.size(), change.data);
  }
}

void UnsyncedFile::Make(Change change) {
  Apply(change, live_);
  unsynced_.push_back(std::move(change));
}

void UnsyncedFile::Create() { Make({.kind = Change::kCreate}); }

void UnsyncedFile::Write(int64_t offset, absl::string_view data) {
  Make({.kind = Change::kWrite, .offset = offset, .data = std::string(data)});
}

void UnsyncedFile::Truncate(int64_t size) {
  Make({.kind = Change::kTruncate, .offset = size});
}

void UnsyncedFile::Delete() { Make({.kind = Change::kDelete}); }

void UnsyncedFile::Sync() {
  for (const Change& change : unsynced_) Apply(change, durable_);
  unsynced_.clear();
}

void UnsyncedFile::FailSync() {
  std::erase_if(unsynced_, [](const Change& change) {
    return change.kind == Change::kWrite || change.kind == Change::kTruncate;
  });
}

bool UnsyncedFile::IsNew() const {
  return std::any_of(
      unsynced_.begin(), unsynced_.end(),
      [](const Change& change) { return change.kind == Change::kCreate; });
}

void UnsyncedFile::SyncName() {
  const auto last = std::find_if(
      unsynced_.rbegin(), unsynced_.rend(), [](const Change& change) {
        return change.kind == Change::kCreate || change.kind == Change::kDelete;
      });
  if (last == unsynced_.rend()) return;
  Apply(*last, durable_);
  unsynced_.erase(unsynced_.begin(), last.base());
}

std::optional<std::string> UnsyncedFile::AfterPowerLoss(
    Unsynced unsynced, RandomStream& random) const {
  std::optional<std::string> content = durable_;
  if (unsynced == Unsynced::kLost) return content;
  for (const Change& change : unsynced_) {
    if (unsynced == Unsynced::kKept) {
      Apply(change, content);
    } else if (change.kind == Change::kWrite) {
      if (!content) content.emplace();
      WriteTorn(change.offset, change.data, random, *content);
    } else if (random.Below(2) == 0) {
      Apply(change, content);
    } else if (change.kind != Change::kTruncate) {
      break;  // the folder still shows what was there before
    }
  }
  return content;
}

}  // namespace apogee
