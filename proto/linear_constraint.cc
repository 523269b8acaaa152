#include "proto/linear_constraint.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "proto/print.h"

namespace apogee {
namespace {

enum class Relation { kAtMost, kAtLeast, kEqual };

// Reads a constraint from the left to the right.
class Reader {
 public:
  explicit Reader(absl::string_view text) : text_(text), rest_(text) {}

  absl::StatusOr<LinearConstraint> Read() {
    RETURN_IF_ERROR(ReadSum(1));
    const std::optional<Relation> relation = TakeRelation();
    if (!relation) return Error("expected <=, >= or = next");
    RETURN_IF_ERROR(ReadSum(-1));
    SkipBlanks();
    if (!rest_.empty()) return Error("expected the end, + or - next");
    std::erase_if(constraint_.terms, [](const LinearConstraint::Term& term) {
      return term.weight == 0;
    });
    if (constraint_.terms.empty()) return Error("it bounds no parameter");
    for (const LinearConstraint::Term& term : constraint_.terms) {
      if (!std::isfinite(term.weight)) {
        return Error("its numbers are too large");
      }
    }
    // terms + number_ <relation> 0
    if (*relation != Relation::kAtLeast) constraint_.max = 0 - number_;
    if (*relation != Relation::kAtMost) constraint_.min = 0 - number_;
    constraint_.text = std::string(text_);
    return constraint_;
  }

 private:
  absl::Status Error(absl::string_view what) const {
    return absl::InvalidArgumentError(absl::StrCat(
        "constraint ", Quoted(text_), ": ", what,
        rest_.empty() ? ", at its end" : absl::StrCat(", at ", Quoted(rest_))));
  }

  void SkipBlanks() { rest_ = absl::StripLeadingAsciiWhitespace(rest_); }
  bool Take(absl::string_view word) {
    SkipBlanks();
    if (rest_.substr(0, word.size()) != word) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  std::optional<Relation> TakeRelation() {
    if (Take("<=")) return Relation::kAtMost;
    if (Take(">=")) return Relation::kAtLeast;
    if (Take("==") || Take("=")) return Relation::kEqual;
    return std::nullopt;
  }

  // Terms with + or - between them, which count `side` times.
  absl::Status ReadSum(double side) {
    double sign = Take("-") ? -side : side;
    if (sign == side) (void)Take("+");
    while (true) {
      RETURN_IF_ERROR(ReadTerm(sign));
      if (Take("+")) {
        sign = side;
      } else if (Take("-")) {
        sign = -side;
      } else {
        return absl::OkStatus();
      }
    }
  }

  absl::Status ReadTerm(double sign) {
    const std::optional<double> number = TakeNumber();
    if (number && !std::isfinite(*number)) {
      return Error("a number is too large");
    }
    const bool times = number && Take("*");
    std::string name = TakeName();
    if (name.empty() && (times || !number)) {
      return Error("expected a parameter or a number next");
    }
    const double value = sign * number.value_or(1);
    if (name.empty()) {
      number_ += value;
    } else {
      Add(std::move(name), value);
    }
    return std::isfinite(number_) ? absl::OkStatus()
                                  : Error("its numbers are too large");
  }

  std::optional<double> TakeNumber() {
    SkipBlanks();
    size_t size = 0;
    const auto digits = [&] {
      const size_t before = size;
      while (size < rest_.size() && absl::ascii_isdigit(Byte(size))) ++size;
      return size > before;
    };
    const bool whole = digits();
    bool fraction = false;
    if (size < rest_.size() && rest_[size] == '.') {
      ++size;
      fraction = digits();
    }
    if (!whole && !fraction) return std::nullopt;
    // An exponent, unless the e begins a name.
    if (size < rest_.size() && absl::ascii_tolower(Byte(size)) == 'e') {
      const size_t mantissa = size++;
      if (size < rest_.size() && (rest_[size] == '-' || rest_[size] == '+')) {
        ++size;
      }
      if (!digits()) size = mantissa;
    }
    double number = 0;
    (void)absl::SimpleAtod(rest_.substr(0, size), &number);
    rest_.remove_prefix(size);
    return number;
  }

  std::string TakeName() {
    SkipBlanks();
    size_t size = 0;
    if (!rest_.empty() && (rest_[0] == '\'' || rest_[0] == '"')) {
      const size_t end = rest_.find(rest_[0], 1);
      if (end == absl::string_view::npos) return "";
      std::string name(rest_.substr(1, end - 1));
      if (!name.empty()) rest_.remove_prefix(end + 1);
      return name;
    }
    const auto is_letter = [&] {
      return absl::ascii_isalpha(Byte(size)) || Byte(size) >= 0x80 ||
             rest_[size] == '_';
    };
    while (size < rest_.size() &&
           (is_letter() || (size > 0 && (absl::ascii_isdigit(Byte(size)) ||
                                         rest_[size] == '.')))) {
      ++size;
    }
    std::string name(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return name;
  }

  unsigned char Byte(size_t i) const {
    return static_cast<unsigned char>(rest_[i]);
  }

  void Add(std::string name, double weight) {
    const auto same = std::find_if(
        constraint_.terms.begin(), constraint_.terms.end(),
        [&](const LinearConstraint::Term& t) { return t.parameter == name; });
    if (same == constraint_.terms.end()) {
      constraint_.terms.push_back({std::move(name), weight});
    } else {
      same->weight += weight;
    }
  }

  const absl::string_view text_;
  absl::string_view rest_;
  LinearConstraint constraint_;
  double number_ = 0;
};

}  // namespace

absl::StatusOr<LinearConstraint> ParseLinearConstraint(absl::string_view text) {
  return Reader(text).Read();
}

}  // namespace apogee
