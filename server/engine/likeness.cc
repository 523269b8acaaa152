#include "server/engine/likeness.h"

#include <cstddef>

#include "absl/strings/str_cat.h"

namespace apogee {
namespace {

double Overlap(const std::set<std::string>& a, const std::set<std::string>& b) {
  size_t common = 0;
  for (const std::string& item : a) common += b.count(item);
  const size_t all = a.size() + b.size() - common;
  return all == 0 ? 0 : static_cast<double>(common) / static_cast<double>(all);
}

std::set<std::string> MetadataTexts(const StudyText& text) {
  std::set<std::string> texts;
  for (const auto& [key, value] : text.metadata) {
    texts.insert(absl::StrCat(key, "=", value));
  }
  return texts;
}

}  // namespace

double Likeness(const std::set<std::string>& parameters, const StudyText& text,
                const std::set<std::string>& other_parameters,
                const StudyText& other) {
  const double names = Overlap(parameters, other_parameters);
  if (names == 0) return 0;
  return names + (text.metric == other.metric ? .5 : 0) +
         .5 * Overlap(MetadataTexts(text), MetadataTexts(other));
}

}  // namespace apogee
