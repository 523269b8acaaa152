#pragma once

#include <array>
#include <optional>
#include <string>

#include "absl/types/span.h"

namespace apogee {

// A number as six tokens: sign, exponent, four digits. 93 is
// <+><E1><9><3><0><0>, which is 9.300e1; exponents go from -30 to 30, larger
// numbers become the largest, and below 1e-30 the first digits are 0.
//
// Law: tokens compare as their numbers do. So under a minus sign exponents and
// digits are counted downwards. Before all numbers comes INFEASIBLE, a trial
// without a number.
inline constexpr int kNumberTokens = 6;
inline constexpr std::array<int, kNumberTokens> kTokenChoices = {3,  61, 10,
                                                                 10, 10, 10};
using NumberTokens = std::array<int, kNumberTokens>;

inline constexpr NumberTokens kInfeasibleTokens = {};
inline constexpr int kInfeasibleToken = 0;
inline constexpr int kMinusToken = 1;
inline constexpr int kPlusToken = 2;

// `value` is finite.
NumberTokens EncodeNumber(double value);
// Nothing for INFEASIBLE.
std::optional<double> DecodeNumber(const NumberTokens& tokens);
// "<+><E1><9><3><0><0>", "<INFEASIBLE>".
std::string NumberText(const NumberTokens& tokens);

// Whether `token` may come after the first `position` tokens of a number. Only
// below 1e-30 the first digit is 0.
bool IsLegalToken(const NumberTokens& tokens, int position, int token);

// Finds a quantile of the distribution that a model gives token by token,
// without drawing samples: tokens are ordered as the numbers are, so each step
// takes the token in whose share of the probability the quantile lies.
//   QuantileDescent descent(.5);
//   for (position = 0 ... 5) descent.Advance(model(descent.tokens()));
class QuantileDescent {
 public:
  // u in [0, 1].
  explicit QuantileDescent(double u) : u_(u) {}

  // The probabilities of the tokens at the next position, in any unit. Illegal
  // ones and INFEASIBLE do not count.
  void Advance(absl::Span<const float> probabilities);

  // As far as they are known.
  const NumberTokens& tokens() const { return tokens_; }
  // Known after six steps. Within the numbers that share all six tokens it is
  // interpolated.
  double Value() const;

 private:
  // The quantile within the numbers that begin with the tokens so far.
  double u_;
  int position_ = 0;
  NumberTokens tokens_ = {};
};

}  // namespace apogee
