#include "algorithms/regressor/number_code.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"

namespace apogee {
namespace {

constexpr int kMaxExponent = 30;
constexpr int kDigits = 4;

// What a token stands for: itself, or counted from the other end of the choices
// where the number is negative.
int Flipped(int position, int token, int sign) {
  return sign == kMinusToken ? kTokenChoices[position] - 1 - token : token;
}

// The exponent of numbers that begin with these tokens.
int Exponent(const NumberTokens& tokens) {
  return Flipped(1, tokens[1], tokens[0]) - kMaxExponent;
}

// The difference of two numbers whose last digits are neighbours.
double Step(const NumberTokens& tokens) {
  return std::pow(10.0, Exponent(tokens) - (kDigits - 1));
}

}  // namespace

NumberTokens EncodeNumber(double value) {
  const double magnitude = std::min(std::abs(value), 9.999e30);
  int exponent = -kMaxExponent;
  if (magnitude > 1e-30) {
    exponent = static_cast<int>(std::floor(std::log10(magnitude)));
  }
  auto digits = std::lround(magnitude * std::pow(10.0, kDigits - 1 - exponent));
  if (digits >= 10000) {
    ++exponent;
    digits /= 10;
  }
  const int sign = value < 0 && digits > 0 ? kMinusToken : kPlusToken;
  NumberTokens tokens = {sign, Flipped(1, exponent + kMaxExponent, sign)};
  for (int position = kNumberTokens - 1; position >= 2; --position) {
    tokens[position] = Flipped(position, static_cast<int>(digits % 10), sign);
    digits /= 10;
  }
  return tokens;
}

std::optional<double> DecodeNumber(const NumberTokens& tokens) {
  if (tokens[0] == kInfeasibleToken) return std::nullopt;
  double digits = 0;
  for (int position = 2; position < kNumberTokens; ++position) {
    digits = 10 * digits + Flipped(position, tokens[position], tokens[0]);
  }
  return (tokens[0] == kMinusToken ? -digits : digits) * Step(tokens);
}

std::string NumberText(const NumberTokens& tokens) {
  if (tokens[0] == kInfeasibleToken) return "<INFEASIBLE>";
  std::string text = absl::StrCat(tokens[0] == kMinusToken ? "<->" : "<+>",
                                  "<E", Exponent(tokens), ">");
  for (int position = 2; position < kNumberTokens; ++position) {
    absl::StrAppend(&text, "<", Flipped(position, tokens[position], tokens[0]),
                    ">");
  }
  return text;
}

bool IsLegalToken(const NumberTokens& tokens, int position, int token) {
  if (position != 2) return true;
  return Flipped(2, token, tokens[0]) != 0 || Exponent(tokens) == -kMaxExponent;
}

void QuantileDescent::Advance(absl::Span<const float> probabilities) {
  const auto weight = [&](int token) -> double {
    const bool counts = position_ == 0
                            ? token != kInfeasibleToken
                            : IsLegalToken(tokens_, position_, token);
    return counts ? probabilities[token] : 0;
  };
  const int choices = kTokenChoices[position_];
  double total = 0;
  for (int token = 0; token < choices; ++token) total += weight(token);
  double left = u_ * total;
  int chosen = 0;
  for (int token = 0; token < choices; ++token) {
    const double share = weight(token);
    if (share <= 0) continue;
    // Rounding may leave something over; the last one takes it.
    chosen = token;
    u_ = std::min(left / share, 1.0);
    if (left < share) break;
    left -= share;
  }
  tokens_[position_++] = chosen;
}

double QuantileDescent::Value() const {
  return *DecodeNumber(tokens_) + (u_ - .5) * Step(tokens_);
}

}  // namespace apogee
