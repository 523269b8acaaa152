#include "algorithms/regressor/tokens.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <variant>

#include "absl/strings/str_cat.h"

namespace apogee {

uint64_t StableHash(absl::string_view text) {
  // FNV-1a, and the last step of MurmurHash3 so that low bits depend on all.
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccd;
  hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53;
  return hash ^ hash >> 33;
}

int Vocabulary::Add(absl::string_view text) {
  const auto [found, is_new] = numbers_.try_emplace(std::string(text), size());
  if (!is_new) return found->second;
  const auto bucket = [&](absl::string_view piece) {
    return static_cast<int>(StableHash(piece) %
                            static_cast<uint64_t>(buckets_));
  };
  // The ends are marked, so that the beginnings of words differ from insides.
  const std::string marked = absl::StrCat("^", text, "$");
  std::vector<int> pieces = {bucket(absl::StrCat("=", text))};
  for (const size_t length : {size_t{3}, size_t{4}}) {
    for (size_t begin = 0; begin + length <= marked.size(); ++begin) {
      pieces.push_back(bucket(absl::string_view(marked).substr(begin, length)));
    }
  }
  pieces_.push_back(std::move(pieces));
  return found->second;
}

void NumberFeatures(double value, float* features) {
  const double size = std::abs(value);
  const double logarithm =
      std::clamp(std::log10(std::max(size, 1e-30)), -30.0, 30.0);
  float* next = features;
  const auto add = [&](double feature) {
    *next++ = static_cast<float>(feature);
  };
  add(1);
  add(value > 0 ? 1 : value < 0 ? -1 : 0);
  add(value == 0 ? 1 : 0);
  add(logarithm / 4);
  for (const double unit : {.1, 1.0, 10.0, 100.0}) add(std::tanh(value / unit));
  for (const double period : {16.0, 8.0, 4.0, 2.0, 1.0}) {
    add(std::sin(2 * M_PI * logarithm / period));
    add(std::cos(2 * M_PI * logarithm / period));
  }
  for (const double period : {16.0, 4.0, 1.0}) {
    // Waves say nothing of numbers that are many periods long.
    const double share = std::exp(-.5 * std::pow(value / (4 * period), 2));
    add(share * std::sin(2 * M_PI * value / period));
    add(share * std::cos(2 * M_PI * value / period));
  }
}

std::vector<Token> PointTokens(const NamedPoint& point,
                               Vocabulary& vocabulary) {
  std::vector<const NamedValue*> sorted;
  sorted.reserve(point.size());
  for (const NamedValue& parameter : point) sorted.push_back(&parameter);
  std::sort(sorted.begin(), sorted.end(),
            [](const NamedValue* a, const NamedValue* b) {
              return a->name < b->name;
            });
  std::vector<Token> tokens;
  tokens.reserve(point.size());
  for (const NamedValue* parameter : sorted) {
    Token token{vocabulary.Add(parameter->name), -1, 0};
    if (const auto* word = std::get_if<std::string>(&parameter->value)) {
      token.word = vocabulary.Add(*word);
    } else {
      token.number = std::get<double>(parameter->value);
    }
    tokens.push_back(token);
  }
  return tokens;
}

std::vector<Token> StudyTokens(const StudyText& study, Vocabulary& vocabulary) {
  std::vector<std::pair<std::string, std::string>> metadata = study.metadata;
  std::sort(metadata.begin(), metadata.end());
  std::vector<Token> tokens;
  tokens.reserve(metadata.size() + 1);
  tokens.push_back(
      {vocabulary.Add(study.maximize ? "goal:maximize" : "goal:minimize"),
       vocabulary.Add(study.metric), 0});
  for (const auto& [key, value] : metadata) {
    tokens.push_back({vocabulary.Add(absl::StrCat("metadata:", key)),
                      vocabulary.Add(value), 0});
  }
  return tokens;
}

TokenStudy Tokenize(const NamedStudy& study, Vocabulary& vocabulary) {
  TokenStudy tokenized{
      study.text.maximize, StudyTokens(study.text, vocabulary), {}};
  tokenized.trials.reserve(study.trials.size());
  for (const NamedTrial& trial : study.trials) {
    tokenized.trials.push_back(
        {PointTokens(trial.point, vocabulary), trial.value});
  }
  return tokenized;
}

}  // namespace apogee
