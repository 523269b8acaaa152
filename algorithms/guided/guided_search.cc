#include "algorithms/guided/guided_search.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "algorithms/guided/candidate_search.h"
#include "algorithms/guided/network_expert.h"
#include "algorithms/guided/residual_expert.h"
#include "algorithms/guided/text_opinion.h"
#include "base/status_macros.h"

namespace apogee {

using Eigen::Index;
using Eigen::VectorXd;

namespace {

// Pending trials that experts know of: the latest.
constexpr size_t kMaxPending = 256;
// Good points of the study around which is searched.
constexpr size_t kGood = 5;
// The text regressor, which is slower, compares only one in so many.
constexpr int kTextShare = 4;
// A gain that counts as little, for labels between -0.5 and 0.5.
constexpr double kLittle = 0.02;
// Deviations between the middle and the outer values of a memo.
constexpr double kMemoDeviations = 0.9944579;

// ln(ln(1 + e^x)), without overflow.
double LogSoftPlus(double x) {
  if (x < -30) return x;
  return std::log(x > 30 ? x : std::log1p(std::exp(x)));
}

const std::vector<PriorStudy>& Priors(const Background* background) {
  static const auto* const none = new std::vector<PriorStudy>();
  return background == nullptr ? *none : background->priors;
}

}  // namespace

GuidedSearch::GuidedSearch(const Problem& problem)
    : space_(*problem.space),
      background_(problem.background),
      optimism_(problem.options.Double("optimism")),
      candidates_(static_cast<int>(problem.options.Int("candidates"))),
      network_candidates_(
          static_cast<int>(problem.options.Int("network_candidates"))),
      features_(problem.space),
      priors_(problem.space, &features_, Priors(background_.get())),
      search_(problem, /*explores=*/false),
      record_(problem.space, problem.goals,
              background_ == nullptr || background_->text.maximize),
      process_(&search_, &features_, &record_),
      trees_(&features_, &record_) {
  if (priors_.size() > 0) {
    const auto ask = [this](const std::vector<Point>& points) {
      const Eigen::MatrixXd places = features_.Of(points);
      return Opinions{priors_.Means(places), VectorXd::Zero(places.cols())};
    };
    others_.push_back(std::make_unique<ResidualExpert>(Source::kPriors, ask,
                                                       &features_, &record_));
  }
  if (background_ == nullptr) return;
  if (background_->text_regressor != nullptr) {
    others_.push_back(std::make_unique<ResidualExpert>(
        Source::kText,
        TextOpinion(background_->text_regressor, &background_->text, &record_),
        &features_, &record_));
  }
  for (const auto& [source, regressor] :
       {std::pair(Source::kContext, background_->context_regressor),
        std::pair(Source::kRemote, background_->remote_regressor)}) {
    if (regressor == nullptr) continue;
    others_.push_back(std::make_unique<NetworkExpert>(
        source, regressor, &background_->text, &features_, &record_));
  }
}

absl::Status GuidedSearch::Observe(absl::Span<const Observation> finished) {
  for (const Observation& each : finished) {
    known_.Add(each.point);
    record_.Add(each);
    trees_.Add(each);
    if (!each.IsFeasible()) continue;
    const std::optional<GuidedMemo> memo = GuidedMemo::Parse(each.memo);
    if (memo) gate_.Add(*memo, each.metrics[record_.objective()]);
  }
  return search_.Observe(finished);
}

absl::StatusOr<std::vector<Suggestion>> GuidedSearch::Suggest(
    const Ask& ask) const {
  std::vector<Pending> pending(ask.pending.begin(), ask.pending.end());
  PointSetOverlay known(known_, ask.pending);
  std::vector<Suggestion> suggestions;
  suggestions.reserve(static_cast<size_t>(ask.count));
  pending.reserve(pending.size() + static_cast<size_t>(ask.count));
  for (int i = 0; i < ask.count; ++i) {
    ASSIGN_OR_RETURN(suggestions.emplace_back(),
                     SuggestOne(ask.ordinal + i, ask.rng, pending, known));
    known.Add(suggestions.back().point);
    pending.push_back({0, suggestions.back().point, suggestions.back().memo});
  }
  return suggestions;
}

absl::StatusOr<Suggestion> GuidedSearch::SuggestOne(
    int64_t ordinal, const Rng& rng, absl::Span<const Pending> pending,
    const PointSetOverlay& known) const {
  std::vector<const Expert*> ready = Ready();
  Source chosen = Choose(ready, ordinal);
  const absl::Span<const Pending> latest =
      pending.last(std::min(pending.size(), kMaxPending));
  RandomStream random = rng.At(static_cast<uint64_t>(ordinal));
  Point point;
  std::string trouble;
  if (chosen == Source::kRandom) {
    point = RandomNewPoint(space_, known, random);
  } else if (chosen != Source::kProcess) {
    const auto expert = std::find_if(
        ready.begin(), ready.end(),
        [&](const Expert* each) { return each->source() == chosen; });
    absl::StatusOr<Point> found = Search(**expert, latest, known, random);
    if (found.ok()) {
      point = *std::move(found);
    } else {
      // This suggestion does without it.
      trouble = absl::StrCat(GuidedMemo::NameOf(chosen), ": ",
                             found.status().message());
      ready.erase(expert);
      chosen = Source::kProcess;
    }
  }
  if (chosen == Source::kProcess) {
    ASSIGN_OR_RETURN(std::vector<Suggestion> one,
                     search_.Suggest({1, ordinal, pending, rng}));
    point = std::move(one[0].point);
    const std::string fallback = GpSearch::Fallback(one[0].memo);
    if (trouble.empty() && !fallback.empty()) {
      trouble = absl::StrCat(GuidedMemo::NameOf(chosen), ": ", fallback);
    }
  }
  GuidedMemo memo = Memo(chosen, ready, latest, point);
  memo.trouble = std::move(trouble);
  return Suggestion{std::move(point), memo.ToText()};
}

std::vector<const Expert*> GuidedSearch::Ready() const {
  std::vector<const Expert*> ready = {&process_};
  for (const auto& each : others_) {
    if (each->IsReady()) ready.push_back(each.get());
  }
  if (trees_.IsReady()) ready.push_back(&trees_);
  return ready;
}

Source GuidedSearch::Choose(const std::vector<const Expert*>& ready,
                            int64_t ordinal) const {
  // One point where the others hope for most, one where the process begins:
  // the second shows whether the first was good.
  if (ordinal == 0 && ready.size() > 1) return ready[1]->source();
  if (ordinal == 1) return Source::kProcess;
  std::vector<Source> sources;
  sources.reserve(ready.size());
  for (const Expert* each : ready) sources.push_back(each->source());
  return gate_.Choose(sources, record_.scale(), ordinal);
}

absl::StatusOr<Point> GuidedSearch::Search(const Expert& expert,
                                           absl::Span<const Pending> pending,
                                           const PointSetOverlay& known,
                                           RandomStream& random) const {
  const Forecaster forecaster = expert.Prepare(pending);
  const std::optional<double> best = record_.best_label();
  const bool is_network =
      expert.source() != Source::kPriors && expert.source() != Source::kTrees;
  const bool limits = is_network || process_.KnowsLimits();
  const auto score =
      [&](const std::vector<Point>& points) -> absl::StatusOr<VectorXd> {
    ASSIGN_OR_RETURN(const Forecast forecast, forecaster(points));
    VectorXd hopes = forecast.mean + optimism_ * forecast.sd;
    if (!limits) return hopes;
    // What is gained over the best so far, times the probability that all goes
    // well.
    for (double& each : hopes) {
      each = best ? LogSoftPlus((each - *best) / kLittle) : kLittle * each;
    }
    return hopes + forecast.log_feasible + process_.LogSafe(points);
  };
  const int candidates = !is_network ? candidates_
                         : expert.source() == Source::kText
                             ? network_candidates_ / kTextShare
                             : network_candidates_;
  return CandidateSearch(space_, known, candidates)
      .Maximize(record_.Best(kGood), priors_.best(), score, random);
}

GuidedMemo GuidedSearch::Memo(Source chosen,
                              const std::vector<const Expert*>& ready,
                              absl::Span<const Pending> pending,
                              const Point& point) const {
  GuidedMemo memo = {.chosen = chosen};
  if (background_ != nullptr) memo.version = background_->regressor_version;
  for (const Expert* each : ready) {
    if (!each->IsReady()) continue;
    const absl::StatusOr<Forecast> forecast = each->Prepare(pending)({point});
    if (!forecast.ok()) continue;
    const double mean = forecast->mean[0];
    if (each->source() == chosen) {
      memo.hope = mean + optimism_ * forecast->sd[0];
    }
    if (ready.size() == 1 || !record_.scale().IsKnown()) continue;
    const double reach = kMemoDeviations * forecast->measured_sd[0];
    memo.expected.push_back(
        {each->source(),
         {record_.scale().Value(mean - reach), record_.scale().Value(mean),
          record_.scale().Value(mean + reach)}});
  }
  return memo;
}

std::string GuidedSearch::Explain(absl::string_view memo, double sign) {
  const std::optional<GuidedMemo> parsed = GuidedMemo::Parse(memo);
  return parsed ? parsed->ToJson(sign) : "{}";
}

std::vector<OptionSpec> GuidedSearch::Options() {
  std::vector<OptionSpec> options = GpSearch::Options();
  options.push_back({.name = "network_candidates",
                     .default_value = int64_t{1000},
                     .min = 20,
                     .max = 100'000,
                     .description =
                         "Points that the context regressor or a remote one "
                         "compares for one suggestion; the text regressor, "
                         "which is slower, compares a quarter of them."});
  return options;
}

}  // namespace apogee
