#include "algorithms/guided/prior_models.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "algorithms/gp/gp_fit.h"
#include "algorithms/gp/output_warp.h"
#include "algorithms/guided/named_points.h"
#include "base/rng.h"

namespace apogee {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

constexpr size_t kMaxStudies = 10;
constexpr double kMinShare = 0.5;
constexpr size_t kMinTrials = 5;
// Trials of a study that count, and how many of these are its best.
constexpr size_t kMaxTrials = 150;
constexpr size_t kBestTrials = 50;
// Points of a study that are worth a look by themselves.
constexpr size_t kBestPoints = 5;
// Trials on which parameters are searched before they are polished on all.
constexpr Index kCoarseTrials = 48;
// Starts of fits are the same for all studies.
constexpr uint64_t kFitSeed = 2;

// A trial of a prior study in this space; the value is to be maximized.
struct Mapped {
  Point point;
  std::optional<double> value;
};

// Those that count, best first, the infeasible ones last.
std::vector<Mapped> MapTrials(const SearchSpace& space,
                              const NamedStudy& study) {
  std::vector<Mapped> trials;
  trials.reserve(study.trials.size());
  for (const NamedTrial& each : study.trials) {
    MappedPoint mapped = MapPoint(space, each.point);
    if (mapped.share < kMinShare) continue;
    trials.push_back({std::move(mapped.point), each.value});
    if (each.value && !study.text.maximize) trials.back().value = -*each.value;
  }
  // No value is less than any value.
  std::stable_sort(
      trials.begin(), trials.end(),
      [](const Mapped& a, const Mapped& b) { return a.value > b.value; });
  if (trials.size() <= kMaxTrials) return trials;
  std::vector<Mapped> chosen;
  chosen.reserve(kMaxTrials);
  const size_t spread = kMaxTrials - kBestTrials;
  const size_t rest = trials.size() - kBestTrials;
  for (size_t i = 0; i < kBestTrials; ++i) {
    chosen.push_back(std::move(trials[i]));
  }
  for (size_t i = 0; i < spread; ++i) {
    chosen.push_back(std::move(trials[kBestTrials + i * rest / spread]));
  }
  return chosen;
}

// Infeasible trials count as the worst of the others.
VectorXd Labels(const std::vector<Mapped>& trials) {
  std::vector<double> values;
  values.reserve(trials.size());
  for (const Mapped& each : trials) {
    if (each.value) values.push_back(*each.value);
  }
  if (values.size() < kMinTrials) return VectorXd::Zero(0);
  values.resize(trials.size(), values.back());
  return WarpObjective(values);
}

}  // namespace

PriorModels::PriorModels(const SearchSpace* space, const GpFeatures* features,
                         const std::vector<PriorStudy>& priors)
    : features_(features) {
  if (features->size() == 0) return;
  for (const PriorStudy& prior : priors) {
    if (studies_.size() == kMaxStudies) break;
    std::vector<Mapped> trials = MapTrials(*space, prior.study);
    Study study = {{}, Labels(trials)};
    if (study.labels.size() == 0 || study.labels.isZero(0)) continue;
    study.points.reserve(trials.size());
    for (Mapped& each : trials) study.points.push_back(std::move(each.point));
    studies_.push_back(std::move(study));
  }
  best_.reserve(kBestPoints * studies_.size());
  for (size_t i = 0; i < kBestPoints; ++i) {
    for (const Study& each : studies_) best_.push_back(each.points[i]);
  }
}

void PriorModels::Fit() const {
  models_.reserve(studies_.size());
  for (const Study& study : studies_) {
    const MatrixXd rows = features_->Of(study.points);
    // Every so many, so that good and bad ones come first.
    const Index count = rows.cols();
    const Index step = std::max<Index>(1, count / kCoarseTrials);
    std::vector<Index> order;
    order.reserve(static_cast<size_t>(count));
    for (Index from = 0; from < step; ++from) {
      for (Index i = from; i < count; i += step) order.push_back(i);
    }
    const MatrixXd ordered = rows(Eigen::all, order);
    const VectorXd labels = study.labels(order);
    const GpParameters parameters = FitGp(features_->groups(), ordered, labels,
                                          kCoarseTrials, Rng(kFitSeed));
    std::optional<GpModel> model =
        GpModel::Create(parameters, features_->groups(), ordered);
    if (!model) {
      model = GpModel::Create(GpFit::Prior(features_->group_count()),
                              features_->groups(), ordered);
    }
    if (!model) continue;
    model->SetLabels(labels);
    models_.push_back(*std::move(model));
  }
}

MatrixXd PriorModels::Means(const MatrixXd& places) const {
  if (models_.empty()) Fit();
  MatrixXd means = MatrixXd::Zero(size(), places.cols());
  for (size_t i = 0; i < models_.size(); ++i) {
    means.row(static_cast<Index>(i)) = models_[i].Means(places);
  }
  return means;
}

}  // namespace apogee
