#include <algorithm>
#include <cmath>
#include <deque>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "algorithms/point_set.h"
#include "algorithms/registry.h"
#include "algorithms/variation.h"

namespace apogee {
namespace {

// The longest step of a numeric parameter, as a share of its scale.
constexpr double kLongestStep = 0.25;
// Climbs that are not given up yet.
constexpr size_t kMaxOpen = 4;
// How often a starting point that is known already is drawn again.
constexpr int kMaxDraws = 64;

class LocalSearchAlgorithm : public Algorithm {
 public:
  explicit LocalSearchAlgorithm(const Problem& problem)
      : space_(problem.space), goals_(problem.goals) {
    const double min_step = problem.options.Double("min_step");
    levels_ = 1 + static_cast<int>(std::log2(kLongestStep / min_step));
    is_parent_.resize(static_cast<size_t>(space_->size()));
    for (const Dimension& dimension : space_->dimensions()) {
      for (const auto& condition : dimension.conditions) {
        is_parent_[static_cast<size_t>(condition.parent)] = true;
      }
    }
  }

  absl::Status Observe(absl::Span<const Observation> finished) override {
    for (const Observation& observation : finished) {
      known_.Add(observation.point);
      Outcome outcome = Judge(goals_, observation);
      if (outcome.IsInfeasible()) continue;
      const Note note = Read(observation.memo);
      if (note.climb > last_climb_) {
        Begin({note.climb, observation.point, std::move(outcome), 0});
        continue;
      }
      const auto climb = std::find_if(
          open_.begin(), open_.end(),
          [&](const Climb& each) { return each.number == note.climb; });
      if (climb == open_.end() || !IsBetter(outcome, climb->outcome)) continue;
      // Steps may grow again where there is success.
      *climb = {note.climb, observation.point, std::move(outcome),
                std::max(note.level - 1, 0)};
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<Suggestion>> Suggest(
      const Ask& ask) const override {
    PointSetOverlay known(known_, ask.pending);
    std::vector<Suggestion> suggestions;
    for (int i = 0; i < ask.count; ++i) {
      RandomStream random = ask.rng.At(static_cast<uint64_t>(ask.ordinal) + i);
      suggestions.push_back(Next(known, random));
      known.Add(suggestions.back().point);
    }
    return suggestions;
  }

 private:
  // A way up from a random point.
  struct Climb {
    int64_t number;
    // The best of it.
    Point point;
    Outcome outcome;
    // Longer steps than of this level have been tried.
    int level;
  };

  // What a memo says: the climb that a point belongs to, and the level of the
  // step to it.
  struct Note {
    int64_t climb;
    int level;
  };

  // Trials from elsewhere count for the latest climb.
  Note Read(const std::string& memo) const {
    const std::vector<absl::string_view> words = absl::StrSplit(memo, ' ');
    Note note;
    if (words.size() == 2 && absl::SimpleAtoi(words[0], &note.climb) &&
        absl::SimpleAtoi(words[1], &note.level) && note.climb >= 1 &&
        note.climb <= last_climb_ + 1 && note.level >= 0 &&
        note.level < levels_) {
      return note;
    }
    return {std::max<int64_t>(last_climb_, 1), 0};
  }

  // Of the earlier climbs only those stay open that wait for results.
  void Begin(Climb climb) {
    last_climb_ = climb.number;
    open_.erase(std::remove_if(open_.begin(), open_.end(),
                               [&](const Climb& each) {
                                 return Moves(each, known_).empty();
                               }),
                open_.end());
    if (open_.size() == kMaxOpen) open_.pop_front();
    open_.push_back(std::move(climb));
  }

  // One change of a climb's best point.
  struct Move {
    int level;
    int dimension;
    double coordinate;
  };

  Suggestion Next(const PointSetOverlay& known, RandomStream& random) const {
    for (const Climb& climb : open_) {
      const std::vector<Move> moves = Moves(climb, known);
      if (moves.empty()) continue;
      const Move& move = moves[random.Below(moves.size())];
      return {Moved(climb.point, move),
              absl::StrCat(climb.number, " ", move.level)};
    }
    Point point = RandomPoint(*space_, random);
    for (int i = 0; i < kMaxDraws && known.Contains(point); ++i) {
      point = RandomPoint(*space_, random);
    }
    return {std::move(point), absl::StrCat(last_climb_ + 1, " 0")};
  }

  // The changes of a climb's best that lead to points not known yet, at the
  // first level that has any.
  template <typename Known>
  std::vector<Move> Moves(const Climb& climb, const Known& known) const {
    std::vector<Move> moves;
    for (int level = climb.level; level < levels_ && moves.empty(); ++level) {
      const auto add = [&](int dimension, double coordinate) {
        const Move move = {level, dimension, coordinate};
        if (coordinate != climb.point[dimension] &&
            !known.Contains(Moved(climb.point, move))) {
          moves.push_back(move);
        }
      };
      for (int i = 0; i < space_->size(); ++i) {
        const double now = climb.point[i];
        if (!IsActive(now) || !HasChoice(*space_, i)) continue;
        if (space_->dimension(i).IsCategorical()) {
          for (int64_t k = 0; k < space_->dimension(i).cardinality; ++k) {
            add(i, static_cast<double>(k));
          }
        } else {
          const double step = std::ldexp(kLongestStep, -level);
          add(i, MoveTo(*space_, i, now, std::max(now - step, 0.0)));
          add(i, MoveTo(*space_, i, now, std::min(now + step, 1.0)));
        }
      }
    }
    return moves;
  }

  // With what the constraints change as well. Parameters that become active
  // take their default, or their middle.
  Point Moved(const Point& from, const Move& move) const {
    Point point = from;
    point[move.dimension] = move.coordinate;
    if (space_->IsConstrained()) {
      space_->Normalize(point);
      return point;
    }
    if (!is_parent_[static_cast<size_t>(move.dimension)]) return point;
    for (int i = move.dimension + 1; i < space_->size(); ++i) {
      if (!space_->IsActiveIn(point, i)) {
        point[i] = kInactive;
      } else if (!IsActive(point[i])) {
        point[i] = space_->dimension(i).default_coordinate;
        if (!IsActive(point[i])) point[i] = space_->Quantile(i, 0.5);
      }
    }
    return point;
  }

  const SearchSpace* space_;
  std::vector<Goal> goals_;
  // Step lengths, each half of the one before.
  int levels_;
  // Whether a dimension has children.
  std::vector<bool> is_parent_;

  PointSet known_;
  int64_t last_climb_ = 0;
  // The oldest first.
  std::deque<Climb> open_;
};

}  // namespace

AlgorithmInfo LocalSearch() {
  AlgorithmInfo info;
  info.summary = "Climbs from random points, one change at a time.";
  info.description =
      "First improvement: the neighbours of the best point of a climb, which "
      "differ from it in one parameter, are tried in random order; one that "
      "is better takes its place at once. When all are known the climb has "
      "reached a top, and the next begins at a random point. A categorical "
      "parameter may change to any other value; a numeric one steps up and "
      "down, first by a quarter of its scale and by half as much whenever no "
      "longer step helps. Known points are not repeated. Strong on smooth "
      "landscapes of categories with little noise, such as spaces of network "
      "cells, and with few trials.\n"
      "Workers never wait: while the last neighbours are still running, the "
      "next climb begins, and an earlier one goes on when a late result is "
      "better. Four climbs at most are kept open. Trials that break a "
      "constraint are worse than those that keep it; infeasible ones are left "
      "aside. Parameters that become active start at their default, or else "
      "in the middle.\n"
      "Not for noisy results, where a lucky point stops the climb, nor for "
      "more than a few dozen parameters, where one change at a time is slow. "
      "Under a tight limit on what all parameters cost together it stops at "
      "the limit, where only two changes at once lead on: "
      "REGULARIZED_EVOLUTION is better there.\n"
      "White, Nolen and Savani, \"Exploring the loss landscape in neural "
      "architecture search\", UAI 2021.";
  info.cheap = true;
  info.options = {
      {.name = "min_step",
       .default_value = 0.001,
       .min = 1e-9,
       .max = kLongestStep,
       .description = "shortest step of a number, as a share of its scale"},
  };
  info.create = CreateAlways<LocalSearchAlgorithm>;
  return info;
}

}  // namespace apogee
