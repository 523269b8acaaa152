#include "algorithms/gp/gp_search.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "algorithms/gp/acquisition_search.h"
#include "algorithms/gp/trust_region.h"
#include "algorithms/math/halton.h"
#include "algorithms/space/grid.h"
#include "algorithms/variation.h"
#include "nlohmann/json.hpp"

namespace apogee {

namespace {

// Sets the seed points' scrambling apart from the points' own streams.
constexpr uint64_t kScramblePurpose = 1;
// Pending trials that the models know of: the latest.
constexpr size_t kMaxPending = 256;
// How often a trial explores: when results came since the last suggestion, and
// when none did. (OSS Vizier's.)
constexpr double kExploreNewResults = 0.1;
constexpr double kExploreNoResults = 0.75;
// The first of these under noise that outweighs the signal.
constexpr double kExploreNoise = 0.7;
constexpr double kNoisy = 0.7;
// The share of points that are looked for near the best, where that is worth
// it.
constexpr double kNearShare = 0.5;
// Good points around which is searched.
constexpr size_t kGood = 10;
// Draws for a seed point that is not known.
constexpr int kSeedTries = 100;

// A memo is the number of results that the suggestion knew, and its source:
// "12 exploit", "12 explore unfitted".
constexpr char kSeed[] = "seed";
constexpr char kExploit[] = "exploit";
constexpr char kNear[] = "near";
constexpr char kExplore[] = "explore";
constexpr char kFailed[] = "failed";
constexpr char kUnfitted[] = "unfitted";

std::optional<int64_t> ResultsKnown(absl::string_view memo) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(memo, absl::MaxSplits(' ', 1));
  int64_t results;
  if (!absl::SimpleAtoi(parts.first, &results)) return std::nullopt;
  return results;
}

// Every point of the space; none if there may be more than `limit`.
std::vector<Point> EveryPoint(const SearchSpace& space, double limit) {
  double combinations = 1;
  for (const Dimension& dimension : space.dimensions()) {
    if (dimension.kind == Dimension::Kind::kDouble) return {};
    combinations *= static_cast<double>(dimension.cardinality);
  }
  if (combinations > limit) return {};
  const absl::StatusOr<Grid> grid = Grid::Create(
      &space, {.double_points = 1,
               .integer_points = std::numeric_limits<int64_t>::max()});
  if (!grid.ok()) return {};
  const auto size = static_cast<size_t>(grid->size());
  std::vector<Point> points;
  points.reserve(size);
  for (size_t i = 0; i < size; ++i) points.push_back(grid->At(i));
  return points;
}

}  // namespace

GpSearch::GpSearch(const Problem& problem, bool explores)
    : space_(*problem.space),
      goals_(problem.goals),
      explores_(explores),
      initial_trials_(problem.options.Int("initial_trials")),
      optimism_(problem.options.Double("optimism")),
      candidates_(static_cast<int>(problem.options.Int("candidates"))),
      features_(problem.space),
      every_(EveryPoint(space_, candidates_)),
      trials_(problem.goals,
              static_cast<size_t>(problem.options.Int("max_trials"))) {}

absl::Status GpSearch::Observe(absl::Span<const Observation> finished) {
  for (const Observation& each : finished) {
    known_.Add(each.point);
    trials_.Add(each);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Suggestion>> GpSearch::Suggest(
    const Ask& ask) const {
  std::vector<Pending> pending(ask.pending.begin(), ask.pending.end());
  PointSetOverlay known(known_, ask.pending);
  const bool seeds = trials_.count() < initial_trials_;
  const GpSurrogate* const finished = seeds ? nullptr : Model();
  std::optional<GpSurrogate> surrogate;
  std::vector<Suggestion> suggestions;
  suggestions.reserve(static_cast<size_t>(ask.count));
  for (int i = 0; i < ask.count; ++i) {
    const int64_t ordinal = ask.ordinal + i;
    Suggestion suggestion;
    if (finished == nullptr) {
      suggestion = {
          SeedPoint(ordinal, ask.rng, known),
          absl::StrCat(trials_.count(), " ", seeds ? kSeed : kFailed)};
    } else {
      size_t news = 1;
      if (i == 0 || pending.size() > kMaxPending) {
        surrogate = *finished;
        news = std::min(kMaxPending, pending.size());
      }
      for (const Pending& each : absl::MakeConstSpan(pending).last(news)) {
        surrogate->AddPending(each.point);
      }
      RandomStream random = ask.rng.At(static_cast<uint64_t>(ordinal));
      suggestion = Search(*surrogate, pending, known, random);
    }
    known.Add(suggestion.point);
    pending.push_back({0, suggestion.point, suggestion.memo});
    suggestions.push_back(std::move(suggestion));
  }
  return suggestions;
}

Point GpSearch::SeedPoint(int64_t ordinal, const Rng& rng,
                          const PointSetOverlay& known) const {
  if (ordinal == 0) return space_.DefaultPoint();
  const int even = std::min(space_.size(), ScrambledHalton::kMaxDimensions);
  const ScrambledHalton halton(even, rng.Fork(kScramblePurpose));
  RandomStream random = rng.At(static_cast<uint64_t>(ordinal));
  Point point(static_cast<size_t>(space_.size()));
  for (int i = 0; i < space_.size(); ++i) {
    const double u = i < even ? halton.At(i, static_cast<uint64_t>(ordinal))
                              : random.Uniform();
    point[i] = space_.Quantile(i, u);
  }
  space_.Normalize(point);
  for (int i = 0; i < kSeedTries && known.Contains(point); ++i) {
    point = RandomPoint(space_, random);
  }
  return point;
}

std::string GpSearch::Explain(absl::string_view memo, double /*sign*/) {
  const std::vector<std::string> words = absl::StrSplit(memo, ' ');
  nlohmann::ordered_json json;
  if (const std::optional<int64_t> results = ResultsKnown(memo)) {
    json["results"] = *results;
  }
  if (words.size() > 1) {
    json["source"] = words[1] == kFailed ? kSeed : words[1];
  }
  const std::string fallback = Fallback(memo);
  if (!fallback.empty()) json["fallback"] = fallback;
  return json.dump();
}

std::string GpSearch::Fallback(absl::string_view memo) {
  if (absl::EndsWith(memo, kFailed)) {
    return "no model could be made of the results";
  }
  if (absl::EndsWith(memo, kUnfitted)) {
    return "the model could not be fitted to the results";
  }
  return "";
}

const GpSurrogate* GpSearch::Model() const {
  if (fit_ != trials_.count_at_fit()) {
    fit_ = trials_.count_at_fit();
    surrogate_ = GpSurrogate::Fit(&features_, trials_);
  }
  if (!surrogate_) return nullptr;
  surrogate_->Update(trials_);
  return &*surrogate_;
}

GpAcquisition::Kind GpSearch::Choose(absl::Span<const Pending> pending,
                                     RandomStream& random) const {
  using Kind = GpAcquisition::Kind;
  if (!explores_) return Kind::kExploit;
  bool news = true;
  for (const Pending& each : pending) {
    const std::optional<int64_t> known = ResultsKnown(each.memo);
    if (known && *known >= trials_.count()) news = false;
  }
  const GpModel& model = surrogate_->models().front();
  const bool noisy = model.signal_variance() < kNoisy * model.noise_variance();
  const double chance = !news   ? kExploreNoResults
                        : noisy ? kExploreNoise
                                : kExploreNewResults;
  return random.Uniform() < chance ? Kind::kExplore : Kind::kExploit;
}

std::optional<LocalModel> GpSearch::Near(
    absl::Span<const Pending> pending) const {
  if (near_count_ != trials_.count()) {
    near_count_ = trials_.count();
    near_ = LocalModel::Find(space_, features_, trials_, *Model());
  }
  std::optional<LocalModel> near = near_;
  for (const Pending& each :
       pending.last(std::min(pending.size(), kMaxPending))) {
    if (near) near->surrogate.AddPending(each.point);
  }
  return near;
}

Suggestion GpSearch::Search(const GpSurrogate& everywhere,
                            absl::Span<const Pending> pending,
                            const PointSetOverlay& known,
                            RandomStream& random) const {
  const GpAcquisition::Kind kind = Choose(pending, random);
  const bool exploits = kind == GpAcquisition::Kind::kExploit;
  TrustRegion region(space_, features_, everywhere.known(), trials_.count());
  std::optional<LocalModel> near;
  if (exploits && !region.IsLimited() && random.Uniform() < kNearShare) {
    near = Near(pending);
  }
  if (near) region = near->region;
  const GpSurrogate& surrogate = near ? near->surrogate : everywhere;
  const GpAcquisition acquisition(kind, optimism_, surrogate.models(),
                                  surrogate.goals(), surrogate.rows(),
                                  surrogate.labels());
  std::vector<Point> good;
  for (const size_t place : trials_.Best(kGood, trials_.trials().size())) {
    good.push_back(trials_.trials()[place].point);
  }
  const AcquisitionSearch search(space_, features_, acquisition, region, known,
                                 every_, candidates_);
  return {search.Maximize(good, random).point,
          absl::StrCat(trials_.count(), " ",
                       near       ? kNear
                       : exploits ? kExploit
                                  : kExplore,
                       surrogate.is_fitted() ? "" : " ",
                       surrogate.is_fitted() ? "" : kUnfitted)};
}

std::vector<OptionSpec> GpSearch::Options() {
  return {
      {.name = "candidates",
       .default_value = int64_t{5000},
       .min = 100,
       .max = 1'000'000,
       .description = "Points that are compared for one suggestion. Time grows "
                      "with it."},
      {.name = "initial_trials",
       .default_value = int64_t{1},
       .min = 1,
       .max = 10'000,
       .description = "Finished trials before the first model; until then, "
                      "the default point and points that cover the space."},
      {.name = "optimism",
       .default_value = 1.0,
       .min = 0,
       .max = 10,
       .description = "Standard deviations above its mean that a result is "
                      "hoped for; more of them search more widely."},
      {.name = "max_trials",
       .default_value = int64_t{1000},
       .min = 10,
       .max = 5000,
       .description = "Trials that are modelled: of more, the best and the "
                      "latest. Time grows with its square."},
  };
}

}  // namespace apogee
