#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "algorithms/regressor/regressor.h"

namespace apogee {

// The same on every machine and for all time.
uint64_t StableHash(absl::string_view text);

// Strings by number. A string is known to networks by its pieces: its hash and
// those of its character sequences of length 3 and 4, each modulo the number of
// buckets. So a string never seen before still resembles its like.
class Vocabulary {
 public:
  explicit Vocabulary(int buckets) : buckets_(buckets) {}

  int Add(absl::string_view text);
  absl::Span<const int> Pieces(int text) const { return pieces_[text]; }
  int size() const { return static_cast<int>(pieces_.size()); }
  int buckets() const { return buckets_; }

 private:
  int buckets_;
  absl::flat_hash_map<std::string, int> numbers_;
  std::vector<std::vector<int>> pieces_;
};

// A name with a value: a word of the vocabulary, or a number.
struct Token {
  int name;
  // -1 for a number.
  int word;
  double number;
};

// A number as networks read it: sign, size, and waves of its value and of its
// logarithm, so that they can tell near ones apart on any scale.
inline constexpr int kNumberFeatures = 24;
void NumberFeatures(double value, float* features);

struct TokenTrial {
  std::vector<Token> tokens;
  std::optional<double> value;
};

struct TokenStudy {
  bool maximize;
  // The metric, then the metadata by key.
  std::vector<Token> tokens;
  std::vector<TokenTrial> trials;
};

// Points become tokens in the order of their names.
std::vector<Token> PointTokens(const NamedPoint& point, Vocabulary& vocabulary);
std::vector<Token> StudyTokens(const StudyText& study, Vocabulary& vocabulary);
TokenStudy Tokenize(const NamedStudy& study, Vocabulary& vocabulary);

}  // namespace apogee
