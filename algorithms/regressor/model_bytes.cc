#include "algorithms/regressor/model_bytes.h"

#include <array>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "algorithms/regressor/tokens.h"

namespace apogee {
namespace {

constexpr absl::string_view kMagic = "APOGEERM";
constexpr uint64_t kVersion = 1;
constexpr size_t kHeaderNumbers = 8;
constexpr size_t kHeaderSize = 8 + 4 * kHeaderNumbers;
constexpr size_t kChecksumSize = 8;
// Larger networks than anybody trains; keeps a made-up header from asking for
// all the memory there is.
constexpr int kLargestSide = 1 << 20;

void Append(uint64_t value, size_t size, std::string& bytes) {
  for (size_t i = 0; i < size; ++i) {
    bytes += static_cast<char>(value >> 8 * i & 0xff);
  }
}

uint64_t Read(absl::string_view bytes, size_t at, size_t size) {
  uint64_t value = 0;
  for (size_t i = size; i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  }
  return value;
}

absl::Status Damaged(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("the regressor's weights ", what,
                                          "; fetch them again, or train anew"));
}

bool IsSane(const NetworkShape& shape) {
  const std::array<int, 6> sides = {shape.layers,  shape.width,
                                    shape.heads,   shape.hidden,
                                    shape.buckets, shape.piece_width};
  for (const int side : sides) {
    if (side < 1 || side > kLargestSide) return false;
  }
  return shape.layers <= 64 && shape.width <= 4096 && shape.hidden <= 16384 &&
         shape.piece_width <= 1024 && shape.width % shape.heads == 0;
}

}  // namespace

std::string WrapModel(ModelKind kind, const NetworkShape& shape,
                      absl::string_view weights) {
  std::string bytes(kMagic);
  Append(kVersion, 4, bytes);
  Append(static_cast<uint64_t>(kind), 4, bytes);
  for (const int side : {shape.layers, shape.width, shape.heads, shape.hidden,
                         shape.buckets, shape.piece_width}) {
    Append(static_cast<uint64_t>(side), 4, bytes);
  }
  absl::StrAppend(&bytes, weights);
  Append(StableHash(bytes), kChecksumSize, bytes);
  return bytes;
}

absl::StatusOr<ModelBytes> UnwrapModel(ModelKind kind,
                                       absl::string_view bytes) {
  if (!absl::StartsWith(bytes, kMagic)) {
    return Damaged("do not begin as weights do");
  }
  if (bytes.size() < kHeaderSize + kChecksumSize) return Damaged("are cut off");
  const size_t checked = bytes.size() - kChecksumSize;
  if (StableHash(bytes.substr(0, checked)) !=
      Read(bytes, checked, kChecksumSize)) {
    return Damaged("do not fit their checksum");
  }
  std::array<uint64_t, kHeaderNumbers> header;
  for (size_t i = 0; i < kHeaderNumbers; ++i) {
    header[i] = Read(bytes, 8 + 4 * i, 4);
  }
  if (header[0] != kVersion) {
    return absl::UnimplementedError(absl::StrCat(
        "the regressor's weights have version ", header[0],
        ", this program reads version ", kVersion, "; train anew"));
  }
  if (header[1] != static_cast<uint64_t>(kind)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the weights are of regressor kind ", header[1], ", kind ",
        static_cast<uint64_t>(kind), " was asked for; give the other file"));
  }
  const auto side = [&](size_t i) {
    return static_cast<int>(header[2 + i] > kLargestSide ? 0 : header[2 + i]);
  };
  const NetworkShape shape{side(0), side(1), side(2),
                           side(3), side(4), side(5)};
  if (!IsSane(shape)) return Damaged("have an impossible shape");
  return ModelBytes{shape, bytes.substr(kHeaderSize, checked - kHeaderSize)};
}

}  // namespace apogee
