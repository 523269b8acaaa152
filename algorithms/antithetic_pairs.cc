#include "algorithms/antithetic_pairs.h"

#include <cmath>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "algorithms/math/evolution_strategy.h"

namespace apogee {
namespace {

// Pairs that wait for a half that never comes are given up, the oldest first,
// when more than this many wait.
constexpr size_t kMaxOpen = 2'000;

struct PendingHalf {
  HalfMemo memo;
  const Point* point;
};

// The pending trial of each side with the latest attempt.
using PendingPair = std::array<std::optional<PendingHalf>, 2>;

}  // namespace

std::string HalfMemo::ToText() const {
  return absl::StrFormat("%d %s %d %x %.17g %d %d", pair, side == 0 ? "+" : "-",
                         attempt, seed, sigma, finished, version);
}

std::optional<HalfMemo> HalfMemo::Parse(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ' ');
  HalfMemo memo;
  if (parts.size() != 7 || !absl::SimpleAtoi(parts[0], &memo.pair) ||
      (parts[1] != "+" && parts[1] != "-") ||
      !absl::SimpleAtoi(parts[2], &memo.attempt) ||
      !absl::SimpleHexAtoi(parts[3], &memo.seed) ||
      !absl::SimpleAtod(parts[4], &memo.sigma) ||
      !absl::SimpleAtoi(parts[5], &memo.finished) ||
      !absl::SimpleAtoi(parts[6], &memo.version)) {
    return std::nullopt;
  }
  memo.side = parts[1] == "-";
  if (memo.pair < 0 || memo.attempt < 1 || memo.attempt > 2 ||
      !(memo.sigma >= kSmallestSigma && memo.sigma <= 1) || memo.finished < 0 ||
      memo.version < 0) {
    return std::nullopt;
  }
  return memo;
}

AntitheticPairs::Result AntitheticPairs::Observe(const HalfMemo& memo,
                                                 const Point& point,
                                                 const Outcome& outcome) {
  if (closed_.contains(memo.pair)) return {.final = true};
  const auto it =
      open_
          .try_emplace(memo.pair, Pair{memo.seed, memo.sigma, memo.version, {}})
          .first;
  Half& half = it->second.halves[memo.side];
  if (half.done) return {.final = true};
  half.point = point;
  if (outcome.IsInfeasible() && !half.failed && memo.attempt == 1) {
    half.failed = true;
    return {.final = false};
  }
  half.done = true;
  half.outcome = outcome;
  Result result = {.final = true};
  if (it->second.halves[1 - memo.side].done) {
    result.id = memo.pair;
    result.pair = std::move(it->second);
    closed_.insert(memo.pair);
    open_.erase(it);
  } else if (open_.size() > kMaxOpen) {
    closed_.insert(open_.begin()->first);
    open_.erase(open_.begin());
  }
  return result;
}

std::vector<AntitheticPairs::Task> AntitheticPairs::Tasks(
    absl::Span<const Pending> pending, int64_t finished,
    int64_t patience) const {
  std::map<int64_t, PendingPair> pairs;
  for (const auto& [id, pair] : open_) pairs[id];
  for (const Pending& trial : pending) {
    const std::optional<HalfMemo> memo = HalfMemo::Parse(trial.memo);
    if (!memo.has_value() || closed_.contains(memo->pair)) continue;
    std::optional<PendingHalf>& half = pairs[memo->pair][memo->side];
    if (!half.has_value() || half->memo.attempt < memo->attempt) {
      half = {*memo, &trial.point};
    }
  }
  std::vector<Task> tasks;
  const Half unseen;
  for (const auto& [id, waiting] : pairs) {
    const auto it = open_.find(id);
    const bool known = it != open_.end();
    for (int side = 0; side < 2; ++side) {
      const Half& half = known ? it->second.halves[side] : unseen;
      const Half& other = known ? it->second.halves[1 - side] : unseen;
      const std::optional<PendingHalf>& here = waiting[side];
      const std::optional<PendingHalf>& there = waiting[1 - side];
      if (half.done || (here.has_value() && here->memo.attempt == 2)) continue;
      if (here.has_value() && !half.failed &&
          finished - here->memo.finished <= patience) {
        continue;
      }
      const HalfMemo& origin = here.has_value()    ? here->memo
                               : there.has_value() ? there->memo
                                                   : HalfMemo{};
      Task task = {
          .memo = {.pair = id,
                   .side = side,
                   .attempt = 1,
                   .seed = known ? it->second.seed : origin.seed,
                   .sigma = known ? it->second.sigma : origin.sigma,
                   .finished = finished,
                   .version = known ? it->second.version : origin.version}};
      if (half.failed || here.has_value()) {
        task.memo.attempt = 2;
        task.again = true;
        task.point = half.failed ? half.point : *here->point;
        if (!half.failed) task.waited = finished - here->memo.finished;
      } else {
        task.again = false;
        task.point = there.has_value() ? *there->point : other.point;
      }
      tasks.push_back(std::move(task));
    }
  }
  return tasks;
}

}  // namespace apogee
