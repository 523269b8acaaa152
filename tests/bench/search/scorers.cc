#include "tests/bench/search/scorers.h"

#include <algorithm>
#include <utility>

#include "tests/bench/search/hypervolume.h"

namespace apogee {
namespace {

using Points = std::vector<std::vector<double>>;

class Best : public Scorer {
 public:
  explicit Best(const BestScale& scale) : scale_(scale) {
    score_.regret = scale.regret_of_nothing;
  }

  void Add(const Evaluation& evaluation) override {
    if (evaluation.measured.size() > 1 &&
        evaluation.measured[1] > scale_.limit) {
      return;
    }
    const double sign = scale_.minimize ? -1 : 1;
    const double measured = sign * evaluation.measured[0];
    if (found_ && measured <= measured_) return;
    found_ = true;
    measured_ = measured;
    score_ = {
        .regret = std::max(
            0.0, sign * (scale_.best - evaluation.exact[0]) / scale_.unit),
        .value = evaluation.exact[0],
        .report = evaluation.report};
  }

  Score Get() const override { return score_; }

 private:
  const BestScale scale_;
  bool found_ = false;
  double measured_ = 0;
  Score score_;
};

class Limits : public Scorer {
 public:
  Limits(std::vector<LimitScale> limits, double cap)
      : limits_(std::move(limits)),
        cap_(cap),
        measured_(limits_.size(), -std::numeric_limits<double>::infinity()),
        regrets_(limits_.size(), cap) {}

  void Add(const Evaluation& evaluation) override {
    points_.push_back({evaluation.exact[0], evaluation.exact[1]});
    for (size_t i = 0; i < limits_.size(); ++i) {
      const LimitScale& limit = limits_[i];
      if (evaluation.measured[1] > limit.limit ||
          evaluation.measured[0] <= measured_[i]) {
        continue;
      }
      measured_[i] = evaluation.measured[0];
      regrets_[i] = std::clamp((limit.best - evaluation.exact[0]) / limit.unit,
                               0.0, cap_);
    }
  }

  Score Get() const override {
    double sum = 0;
    for (const double regret : regrets_) sum += regret;
    const double mean = sum / static_cast<double>(regrets_.size());
    return {.regret = mean, .value = mean};
  }

  Points Front() const override {
    Points front = points_;
    for (std::vector<double>& point : front) point[0] = -point[0];
    front = NonDominated(std::move(front));
    for (std::vector<double>& point : front) point[0] = -point[0];
    return front;
  }

 private:
  const std::vector<LimitScale> limits_;
  const double cap_;
  std::vector<double> measured_;
  std::vector<double> regrets_;
  Points points_;
};

Points Scaled(const Points& points, const VolumeScale& scale) {
  Points scaled;
  scaled.reserve(points.size());
  for (const std::vector<double>& point : points) {
    std::vector<double>& to = scaled.emplace_back();
    for (size_t i = 0; i < scale.ideal.size(); ++i) {
      to.push_back((point[i] - scale.ideal[i]) /
                   (scale.nadir[i] - scale.ideal[i]));
    }
  }
  return scaled;
}

// Whether a is nowhere worse than b; both are to be minimized.
bool IsAsGood(const std::vector<double>& a, const std::vector<double>& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] > b[i]) return false;
  }
  return true;
}

class Volume : public Scorer {
 public:
  explicit Volume(const VolumeScale& scale) : scale_(scale) {
    score_ = {.regret = scale.best, .value = 0};
  }

  void Add(const Evaluation& evaluation) override {
    const std::vector<double> point = Scaled({evaluation.exact}, scale_)[0];
    for (const std::vector<double>& other : front_) {
      if (IsAsGood(other, point)) return;
    }
    std::erase_if(front_, [&](const std::vector<double>& other) {
      return IsAsGood(point, other);
    });
    front_.push_back(point);
    is_known_ = false;
  }

  Score Get() const override {
    if (!is_known_) {
      const double volume = Hypervolume(
          front_, std::vector<double>(scale_.ideal.size(), kVolumeReference));
      score_ = {.regret = std::max(0.0, scale_.best - volume), .value = volume};
      is_known_ = true;
    }
    return score_;
  }

  Points Front() const override {
    Points front = front_;
    std::sort(front.begin(), front.end());
    for (std::vector<double>& point : front) {
      for (size_t i = 0; i < point.size(); ++i) {
        point[i] =
            scale_.ideal[i] + point[i] * (scale_.nadir[i] - scale_.ideal[i]);
      }
    }
    return front;
  }

 private:
  const VolumeScale scale_;
  // Scaled; no point is as good as another.
  Points front_;
  mutable Score score_;
  mutable bool is_known_ = true;
};

}  // namespace

std::unique_ptr<Scorer> BestScorer(const BestScale& scale) {
  return std::make_unique<Best>(scale);
}

std::unique_ptr<Scorer> LimitsScorer(std::vector<LimitScale> limits,
                                     double cap) {
  return std::make_unique<Limits>(std::move(limits), cap);
}

std::unique_ptr<Scorer> VolumeScorer(const VolumeScale& scale) {
  return std::make_unique<Volume>(scale);
}

double ScaledVolume(const Points& points, const VolumeScale& scale) {
  return Hypervolume(Scaled(points, scale),
                     std::vector<double>(scale.ideal.size(), kVolumeReference));
}

}  // namespace apogee
