#include "algorithms/layer_search.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

namespace apogee {
namespace {

// How often the limit is the target, if there is one.
constexpr double kAtTarget = 0.8;
// Below the target, so many limits are drawn until one promises something.
constexpr int kLimits = 3;
// Children of which the best is picked, and attempts to make them.
constexpr int kChildren = 20;
constexpr int kAttempts = 70;
// The share of children that have no parents.
constexpr double kDrawn = 0.1;
// Parents are so near to the limit on the front.
constexpr int64_t kReach = 3;

struct Candidate {
  Architecture architecture;
  Outcome outcome;
  bool is_promising;
};

class Search {
 public:
  Search(const LayerTables& learned,
         absl::FunctionRef<bool(const Architecture&)> is_new,
         RandomStream& random)
      : learned_(learned),
        cost_(learned.cost()),
        table_(learned.tables().back()),
        front_(table_.Front()),
        is_new_(is_new),
        random_(random) {}

  std::optional<Architecture> Run() const {
    const int last = table_.buckets().size() - 1;
    if (last == 0 || (std::isfinite(learned_.target().max) &&
                      random_.Uniform() < kAtTarget)) {
      return Pick(BestUpTo(last));
    }
    std::optional<Candidate> first;
    for (int i = 0; i < kLimits; ++i) {
      auto best = BestUpTo(static_cast<int>(random_.Below(last + 1)));
      if (best.has_value() && best->is_promising) return Pick(std::move(best));
      if (!first.has_value()) first = std::move(best);
    }
    return Pick(std::move(first));
  }

 private:
  static std::optional<Architecture> Pick(std::optional<Candidate> candidate) {
    if (!candidate.has_value()) return std::nullopt;
    return std::move(candidate->architecture);
  }

  // The best new child that costs no more than the bucket.
  std::optional<Candidate> BestUpTo(int bucket) const {
    const double limit = std::min(table_.buckets().Limit(bucket),
                                  learned_.target().max - learned_.Safely(0));
    const bool is_line = table_.buckets().size() > 1;
    auto end = static_cast<int64_t>(front_.size());
    while (is_line && end > 0 &&
           table_.buckets().Of(front_[end - 1]->cost) > bucket) {
      --end;
    }
    const Finished* rival = end > 0 ? front_[is_line ? end - 1 : 0] : nullptr;
    // Parents.
    const int64_t low = is_line ? std::max<int64_t>(end - 1 - kReach, 0) : 0;
    const int64_t high = std::min(is_line ? end + kReach : end,
                                  static_cast<int64_t>(front_.size()));
    std::optional<Candidate> best;
    int children = kChildren;
    for (int i = 0; i < kAttempts && children > 0; ++i) {
      Architecture child = rival == nullptr || random_.Uniform() < kDrawn
                               ? cost_.Draw(limit, random_)
                               : Child(low, high);
      const double cost = cost_.Of(child);
      if (cost > limit || cost < learned_.target().min || !is_new_(child)) {
        continue;
      }
      --children;
      Outcome outcome = learned_.forecast().Of(child);
      if (best.has_value() && !IsBetter(outcome, best->outcome)) continue;
      const bool is_promising =
          rival == nullptr || IsBetter(outcome, rival->outcome);
      best = {std::move(child), std::move(outcome), is_promising};
    }
    return best;
  }

  // A child of one member of the front or, every other time, of two, with a
  // layer or two drawn anew. Parents are members `low` to `high` - 1.
  Architecture Child(int64_t low, int64_t high) const {
    const auto parent = [&]() -> const Architecture& {
      return front_[low + static_cast<int64_t>(random_.Below(high - low))]
          ->architecture;
    };
    Architecture child = parent();
    if (child.empty()) return child;
    if (random_.Below(2) == 0) {
      const Architecture& other = parent();
      for (size_t l = 0; l < child.size(); ++l) {
        if (random_.Below(2) == 0) child[l] = other[l];
      }
    }
    for (int changes = random_.Below(3) == 0 ? 2 : 1; changes > 0; --changes) {
      const auto layer = static_cast<int>(random_.Below(child.size()));
      SetOption(child, layer,
                static_cast<int>(random_.Below(cost_.Options(layer))));
    }
    return child;
  }

  const LayerTables& learned_;
  const LayerCost& cost_;
  const EliteTable& table_;
  const std::vector<const Finished*> front_;
  const absl::FunctionRef<bool(const Architecture&)> is_new_;
  RandomStream& random_;
};

}  // namespace

std::optional<Architecture> SearchLayers(
    const LayerTables& learned,
    absl::FunctionRef<bool(const Architecture&)> is_new, RandomStream& random) {
  return Search(learned, is_new, random).Run();
}

}  // namespace apogee
