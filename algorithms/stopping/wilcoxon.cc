#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "algorithms/stopping/stopper.h"

namespace apogee {
namespace {

// Above so many pairs the normal distribution is near enough.
constexpr size_t kMostExact = 50;

struct Fold {
  double size;  // of the difference
  bool better;
  int64_t twice_rank = 0;
};

// Ranks by size, doubled; equal ones share the mean of their places.
void Rank(std::vector<Fold>& folds) {
  std::sort(folds.begin(), folds.end(),
            [](const Fold& a, const Fold& b) { return a.size < b.size; });
  for (size_t i = 0, end = 0; i < folds.size(); i = end) {
    while (end < folds.size() && folds[end].size == folds[i].size) ++end;
    for (size_t j = i; j < end; ++j) {
      folds[j].twice_rank = static_cast<int64_t>(i + end + 1);
    }
  }
}

// How probable it is that the ranks of the better folds add up to so little or
// less, if a fold is as likely better as worse. Wilcoxon, "Individual
// comparisons by ranking methods", 1945.
double SignedRankTest(std::vector<Fold> folds) {
  Rank(folds);
  int64_t sum = 0;
  int64_t all = 0;
  double squares = 0;
  for (const Fold& fold : folds) {
    all += fold.twice_rank;
    if (fold.better) sum += fold.twice_rank;
    squares += static_cast<double>(fold.twice_rank * fold.twice_rank);
  }
  if (folds.size() > kMostExact) {
    const double z =
        (static_cast<double>(sum) + 1 - static_cast<double>(all) / 2) /
        std::sqrt(squares / 4);
    return std::erfc(-z / std::sqrt(2)) / 2;
  }
  // How many of the sets of folds have which sum, as a share of all.
  std::vector<double> share(static_cast<size_t>(all) + 1, 0);
  share[0] = 1;
  for (const Fold& fold : folds) {
    const auto rank = static_cast<size_t>(fold.twice_rank);
    for (size_t total = share.size(); total-- > 0;) {
      const double with = total >= rank ? share[total - rank] : 0;
      share[total] = (share[total] + with) / 2;
    }
  }
  double probability = 0;
  for (int64_t total = 0; total <= sum; ++total) {
    probability += share[static_cast<size_t>(total)];
  }
  return probability;
}

// For measurements that are not a curve but repetitions, the folds of a
// cross-validation: the step is the number of the fold. A trial is stopped when
// the signed-rank test says that it is worse, fold by fold, than the finished
// trial with the best mean.
class Wilcoxon : public Stopper {
 public:
  StopDecision Judge(const Curve& trial, Curves others,
                     const StopperOptions& options) const override {
    const int64_t step = trial.steps.back();
    size_t finished = 0;
    const Curve* best = nullptr;
    double most = 0;
    for (const Curve* const curve : others) {
      if (curve->running || curve->steps.empty()) continue;
      ++finished;
      // One that was stopped may have had the easy folds only.
      const double mean = *MeanUpTo(*curve, curve->steps.back());
      const size_t folds = curve->steps.size();
      if (best == nullptr || folds > best->steps.size() ||
          (folds == best->steps.size() && mean > most)) {
        best = curve;
        most = mean;
      }
    }
    if (const auto early = TooEarly(trial, finished, options)) return *early;
    const std::vector<Fold> folds = Differences(trial, *best);
    const double mean = *MeanUpTo(trial, step);
    if (folds.empty() || mean >= most) {
      return {false,
              absl::StrCat("after fold ", step, ": mean ", options.Shown(mean),
                           " is no worse than ", options.Shown(most),
                           ", that of trial ", best->trial)};
    }
    const double probability = SignedRankTest(folds);
    const bool worse = probability < 1 - options.confidence;
    return {worse, absl::StrCat("after fold ", step, ": on ", folds.size(),
                                " folds as good as trial ", best->trial,
                                " with probability ", probability,
                                worse ? ", less than " : ", not less than ",
                                1 - options.confidence)};
  }

  std::optional<double> Worth(const Curve& curve, int64_t step) const override {
    return MeanUpTo(curve, step);
  }

  std::vector<absl::string_view> Options() const override {
    return {"confidence"};
  }

 private:
  // On folds that both have; equal ones say nothing.
  static std::vector<Fold> Differences(const Curve& trial, const Curve& other) {
    std::vector<Fold> folds;
    for (size_t i = 0, j = 0; i < trial.steps.size(); ++i) {
      while (j < other.steps.size() && other.steps[j] < trial.steps[i]) ++j;
      if (j == other.steps.size() || other.steps[j] > trial.steps[i]) continue;
      const double difference = trial.values[i] - other.values[j];
      if (difference == 0) continue;
      folds.push_back({std::abs(difference), difference > 0});
    }
    return folds;
  }
};

}  // namespace

const Stopper* WilcoxonStopper() {
  static const Wilcoxon& rule = *new Wilcoxon;
  return &rule;
}

}  // namespace apogee
