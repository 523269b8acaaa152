#include "algorithms/elite_table.h"

#include <algorithm>
#include <utility>

namespace apogee {
bool EliteTable::Admits(const Finished& finished) const {
  const std::vector<Elite>& bucket = elites_[buckets_.Of(finished.cost)];
  return static_cast<int>(bucket.size()) < width_ ||
         IsBetter(finished.outcome, bucket.back().finished->outcome);
}

void EliteTable::Add(const Finished* finished, std::vector<int> open) {
  std::vector<Elite>& bucket = elites_[buckets_.Of(finished->cost)];
  if (static_cast<int>(bucket.size()) == width_) bucket.pop_back();
  const auto place =
      std::find_if(bucket.begin(), bucket.end(), [&](const Elite& other) {
        return IsBetter(finished->outcome, other.finished->outcome);
      });
  bucket.insert(place, {finished, std::move(open)});
}

void EliteTable::Close(const Architecture& architecture) {
  const int option = OptionOf(architecture, layer_);
  for (std::vector<Elite>& bucket : elites_) {
    for (Elite& elite : bucket) {
      if (elite.open.empty()) continue;
      Architecture child = elite.finished->architecture;
      SetOption(child, layer_, option);
      if (child == architecture) std::erase(elite.open, option);
    }
  }
}

std::vector<EliteTable::OpenMove> EliteTable::OpenMoves(bool of_front) const {
  std::vector<OpenMove> moves;
  const Finished* best = nullptr;
  for (const std::vector<Elite>& bucket : elites_) {
    if (bucket.empty()) continue;
    const Finished* leader = bucket.front().finished;
    const bool in_front =
        best == nullptr || IsBetter(leader->outcome, best->outcome);
    if (in_front) best = leader;
    if (of_front && !in_front) continue;
    for (const Elite& elite : bucket) {
      for (const int option : elite.open) {
        moves.push_back({elite.finished, option});
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
