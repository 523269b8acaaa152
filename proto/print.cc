#include "proto/print.h"

#include <charconv>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/stubs/common.h"

namespace apogee {
namespace {

bool IsUtf8(absl::string_view text) {
  return google::protobuf::internal::IsStructurallyValidUTF8(
      text.data(), static_cast<int>(text.size()));
}

}  // namespace

std::string Quoted(absl::string_view text) {
  constexpr size_t kMost = 200;
  size_t size = text.size();
  if (size > kMost) {
    // Not within a character: its later bytes look like 10xxxxxx.
    size = kMost;
    while (size > 0 && (static_cast<unsigned char>(text[size]) >> 6) == 2) {
      --size;
    }
  }
  const absl::string_view shown = text.substr(0, size);
  return absl::StrCat(
      "\"", IsUtf8(shown) ? absl::Utf8SafeCEscape(shown) : absl::CEscape(shown),
      size < text.size() ? "…\"" : "\"");
}

std::string NumberText(double value) {
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value).ptr;
  return std::string(buffer, end);
}

}  // namespace apogee
