#include "base/nearest.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace apogee {
namespace {

// Levenshtein distance.
size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t substituted = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substituted, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string Nearest(absl::string_view name,
                    const std::vector<std::string>& known) {
  // Nobody mistypes a name of this length; comparing it would only cost time.
  constexpr size_t kLongest = 128;
  // Letters compared with letters: some milliseconds. Lists that are longer
  // come from no person's hand either.
  constexpr size_t kMostWork = 10'000'000;
  if (name.empty() || name.size() > kLongest) return "";
  const std::string lower = absl::AsciiStrToLower(name);
  std::string best;
  size_t best_distance = std::max<size_t>(2, name.size() / 3) + 1;
  size_t work = 0;
  for (const std::string& candidate : known) {
    // Each letter that one has more than the other is an edit.
    if (candidate.size() >= name.size() + best_distance) continue;
    work += name.size() * candidate.size();
    if (work > kMostWork) break;
    const size_t distance =
        EditDistance(lower, absl::AsciiStrToLower(candidate));
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string DidYouMean(absl::string_view name,
                       const std::vector<std::string>& known) {
  const std::string nearest = Nearest(name, known);
  return nearest.empty() ? ""
                         : absl::StrCat("; did you mean \"", nearest, "\"?");
}

}  // namespace apogee
