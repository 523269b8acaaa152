#include "algorithms/math/pareto.h"

#include <algorithm>
#include <utility>

namespace apogee {
namespace {

// Whether a is at least b everywhere.
bool Covers(const std::vector<double>& a, const std::vector<double>& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] < b[i]) return false;
  }
  return true;
}

}  // namespace

void ParetoFront::Add(int64_t id, std::vector<double> point) {
  // Only members before this place can cover the point, only those from it on
  // can be covered.
  const auto place =
      std::lower_bound(members_.begin(), members_.end(), point,
                       [](const Member& member, const std::vector<double>& p) {
                         return member.point > p;
                       });
  if (place != members_.end() && place->point == point) {
    place->ids.push_back(id);
    return;
  }
  const auto covers_point = [&](const Member& member) {
    return Covers(member.point, point);
  };
  const auto covered = [&](const Member& member) {
    return Covers(point, member.point);
  };
  if (point.size() <= 2) {
    // The second coordinate rises along the members, so the nearest tells.
    if (place != members_.begin() && covers_point(*std::prev(place))) return;
    const auto end = std::find_if_not(place, members_.end(), covered);
    members_.insert(members_.erase(place, end), {std::move(point), {id}});
    return;
  }
  if (std::any_of(members_.begin(), place, covers_point)) return;
  const auto at = place - members_.begin();
  members_.erase(std::remove_if(place, members_.end(), covered),
                 members_.end());
  members_.insert(members_.begin() + at, {std::move(point), {id}});
}

std::vector<int64_t> ParetoFront::Ids() const {
  std::vector<int64_t> ids;
  for (const Member& member : members_) {
    ids.insert(ids.end(), member.ids.begin(), member.ids.end());
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace apogee
