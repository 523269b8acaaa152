#include "algorithms/elite_table.h"

#include <algorithm>
#include <utility>

namespace apogee {
namespace {

// The only layer in which the two differ, or -1 if there is not exactly one.
int OnlyDifference(const Architecture& a, const Architecture& b) {
  const auto first = std::mismatch(a.begin(), a.end(), b.begin());
  if (first.first == a.end()) return -1;
  const bool only =
      std::equal(first.first + 1, a.end(), first.second + 1, b.end());
  return only ? static_cast<int>(first.first - a.begin()) : -1;
}

}  // namespace

bool EliteTable::Admits(const Finished& finished) const {
  const std::vector<Elite>& bucket = elites_[buckets_.Of(finished.cost)];
  return static_cast<int>(bucket.size()) < width_ ||
         IsBetter(finished.outcome, bucket.back().finished->outcome);
}

void EliteTable::Add(const Finished* finished, std::vector<Move> open) {
  std::vector<Elite>& bucket = elites_[buckets_.Of(finished->cost)];
  if (static_cast<int>(bucket.size()) == width_) {
    Count(bucket.back(), -1);
    bucket.pop_back();
  }
  const auto place =
      std::find_if(bucket.begin(), bucket.end(), [&](const Elite& other) {
        return IsBetter(finished->outcome, other.finished->outcome);
      });
  Count(*bucket.insert(place, {finished, std::move(open)}), 1);
}

void EliteTable::Count(const Elite& elite, int sign) {
  size_ += sign;
  total_open_ += sign * static_cast<int64_t>(elite.open.size());
  for (const Move& move : elite.open) open_[move.layer] += sign;
}

void EliteTable::Close(const Architecture& architecture) {
  if (total_open_ == 0) return;
  for (std::vector<Elite>& bucket : elites_) {
    for (Elite& elite : bucket) {
      const int layer =
          OnlyDifference(elite.finished->architecture, architecture);
      if (layer < 0) continue;
      const int option = OptionOf(architecture, layer);
      const auto closed = std::erase_if(elite.open, [&](const Move& move) {
        return move.layer == layer && move.option == option;
      });
      total_open_ -= static_cast<int64_t>(closed);
      open_[layer] -= static_cast<int64_t>(closed);
    }
  }
}

std::vector<EliteTable::OpenMove> EliteTable::OpenMoves(int layer) const {
  std::vector<OpenMove> moves;
  moves.reserve(open_[layer]);
  for (const std::vector<Elite>& bucket : elites_) {
    for (const Elite& elite : bucket) {
      for (const Move& move : elite.open) {
        if (move.layer == layer) moves.push_back({elite.finished, move});
      }
    }
  }
  return moves;
}

std::vector<const Finished*> EliteTable::Front() const {
  std::vector<const Finished*> front;
  if (elites_.size() == 1) {
    for (const Elite& elite : elites_[0]) front.push_back(elite.finished);
    return front;
  }
  for (const std::vector<Elite>& bucket : elites_) {
    if (bucket.empty()) continue;
    const Finished* best = bucket.front().finished;
    if (front.empty() || IsBetter(best->outcome, front.back()->outcome)) {
      front.push_back(best);
    }
  }
  return front;
}

}  // namespace apogee
