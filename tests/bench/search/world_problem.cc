#include "tests/bench/search/world_problem.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "algorithms/background.h"
#include "algorithms/guided/named_points.h"
#include "algorithms/regressor/context_regressor.h"
#include "algorithms/regressor/text_regressor.h"
#include "algorithms/space/search_space.h"
#include "algorithms/variation.h"
#include "base/check.h"
#include "base/rng.h"
#include "base/status_macros.h"
#include "server/engine/likeness.h"
#include "tests/bench/regressor/world.h"
#include "tests/bench/search/scorers.h"

namespace apogee {
namespace {

// The world of the database, and another.
constexpr uint64_t kWorld = 1;
constexpr uint64_t kOther = 2;
// The numbers of the studies that are searched begin here, each instance so
// far from the one before.
constexpr uint64_t kUnseen = 5'000'000;
constexpr uint64_t kNext = 100;
// As the server does it: the newest studies, and trials of those chosen.
constexpr int kMostCompared = 1000;
constexpr size_t kPriors = 8;
constexpr int kTrials = 60;
// Points by which the scale of regrets is found; as many again near the best.
constexpr int kScalePoints = 6000;
constexpr double kRegretOfNothing = 3;

using ParameterSpec = vizier::StudySpec::ParameterSpec;

void Fill(const WorldParameter& parameter, ParameterSpec& spec) {
  spec.set_parameter_id(parameter.name);
  if (!parameter.categories.empty()) {
    for (const std::string& category : parameter.categories) {
      spec.mutable_categorical_value_spec()->add_values(category);
    }
    return;
  }
  if (parameter.is_whole) {
    auto& bounds = *spec.mutable_integer_value_spec();
    bounds.set_min_value(std::llround(parameter.low));
    bounds.set_max_value(std::llround(parameter.high));
  } else {
    auto& bounds = *spec.mutable_double_value_spec();
    bounds.set_min_value(parameter.low);
    bounds.set_max_value(parameter.high);
  }
  if (parameter.is_logarithmic) {
    spec.set_scale_type(ParameterSpec::UNIT_LOG_SCALE);
  }
}

vizier::StudySpec SpecOf(const WorldStudy& study) {
  vizier::StudySpec spec;
  ParameterSpec* optimizer = nullptr;
  for (const WorldParameter& parameter : study.parameters) {
    if (parameter.optimizer.empty()) {
      Fill(parameter, *spec.add_parameters());
      continue;
    }
    if (optimizer == nullptr) {
      for (ParameterSpec& each : *spec.mutable_parameters()) {
        if (each.parameter_id() == "optimizer") optimizer = &each;
      }
    }
    auto& child = *optimizer->add_conditional_parameter_specs();
    child.mutable_parent_categorical_values()->add_values(parameter.optimizer);
    Fill(parameter, *child.mutable_parameter_spec());
  }
  AddObjective(spec, study.text.metric, !study.text.maximize);
  return spec;
}

NamedPoint ToNamed(const Parameters& parameters) {
  NamedPoint point;
  point.reserve(static_cast<size_t>(parameters.size()));
  for (const vizier::Trial::Parameter& each : parameters) {
    point.push_back({each.parameter_id(), each.value().number_value()});
    if (each.value().has_string_value()) {
      point.back().value = each.value().string_value();
    }
  }
  return point;
}

// The best of many points at random and around the best of them, and what half
// of the former reach. Nothing where hardly a point needs so little memory that
// it can be measured.
std::optional<BestScale> ScaleOf(const WorldStudy& study,
                                 const vizier::StudySpec& spec) {
  const absl::StatusOr<SearchSpace> space =
      SearchSpace::Create(spec.parameters());
  APOGEE_CHECK(space.ok());
  const double sign = study.text.maximize ? 1 : -1;
  RandomStream random = Rng(1).At(0);
  std::vector<double> values;
  values.reserve(kScalePoints);
  Point best_point;
  double best = -std::numeric_limits<double>::infinity();
  const auto measure = [&](const Point& point) {
    const std::optional<double> value =
        study.measure(ToNamed(*space, point), 0);
    if (value && sign * *value > best) {
      best = sign * *value;
      best_point = point;
    }
    return value;
  };
  for (int i = 0; i < kScalePoints; ++i) {
    const std::optional<double> value = measure(RandomPoint(*space, random));
    if (value) values.push_back(*value);
  }
  if (values.size() < kScalePoints / 10) return std::nullopt;
  for (int i = 0; i < kScalePoints; ++i) {
    measure(Perturb(*space, best_point, random));
  }
  const auto middle =
      values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return BestScale{.minimize = !study.text.maximize,
                   .best = sign * best,
                   .unit = std::abs(sign * best - *middle),
                   .regret_of_nothing = kRegretOfNothing};
}

std::set<std::string> NamesOf(const WorldStudy& study) {
  std::set<std::string> names;
  for (const WorldParameter& each : study.parameters) names.insert(each.name);
  return names;
}

// The most similar of the newest studies 0, 1, ... of the world.
std::vector<PriorStudy> PriorsOf(const World& world, int database,
                                 const WorldStudy& study) {
  // Most similar first, then newest.
  std::multimap<double, uint64_t, std::greater<>> similar;
  const std::set<std::string> names = NamesOf(study);
  for (int i = 0; i < std::min(database, kMostCompared); ++i) {
    const auto number = static_cast<uint64_t>(database - 1 - i);
    const WorldStudy other = world.Describe(number);
    similar.emplace(Likeness(names, study.text, NamesOf(other), other.text),
                    number);
  }
  std::vector<PriorStudy> priors;
  priors.reserve(kPriors);
  for (const auto& [likeness, number] : similar) {
    if (priors.size() == kPriors) break;
    priors.push_back(
        {absl::StrCat("study-", number), world.Study(number, kTrials)});
  }
  return priors;
}

absl::StatusOr<std::string> ReadWeights(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (file) return std::string(std::istreambuf_iterator<char>(file), {});
  return absl::NotFoundError(
      absl::StrCat("cannot read ", path,
                   "; make it with bench_regressor --weights and name its "
                   "folder with --data"));
}

}  // namespace

absl::StatusOr<std::vector<ProblemChoice>> WorldProblems(
    const WorldSearch& search, const std::string& weights) {
  ASSIGN_OR_RETURN(const std::string text_bytes,
                   ReadWeights(weights + "/text.weights"));
  ASSIGN_OR_RETURN(const std::string context_bytes,
                   ReadWeights(weights + "/context.weights"));
  ASSIGN_OR_RETURN(TextRegressor text, TextRegressor::Load(text_bytes));
  ASSIGN_OR_RETURN(ContextRegressor context,
                   ContextRegressor::Load(context_bytes));
  Background networks;
  networks.text_regressor =
      std::make_shared<const TextRegressor>(std::move(text));
  networks.context_regressor =
      std::make_shared<const ContextRegressor>(std::move(context));
  networks.regressor_version = "1";

  using Studies = WorldSearch::Studies;
  std::vector<ProblemChoice> choices;
  for (const bool with_priors : {false, true}) {
    const auto make = [=](const Occasion& occasion) {
      const World world(search.studies == Studies::kOtherWorld ? kOther
                                                               : kWorld);
      const World::Datasets datasets = search.studies == Studies::kNewDatasets
                                           ? World::Datasets::kNew
                                           : World::Datasets::kKnown;
      uint64_t number =
          kUnseen + kNext * static_cast<uint64_t>(occasion.instance);
      TestProblem problem;
      WorldStudy study;
      std::optional<BestScale> scale;
      for (; !scale; ++number) {
        study = world.Describe(number, datasets);
        problem.spec = SpecOf(study);
        scale = ScaleOf(study, problem.spec);
      }
      problem.evaluate = [study](const Parameters& parameters,
                                 RandomStream& noise) -> Evaluation {
        const NamedPoint point = ToNamed(parameters);
        const std::optional<double> exact = study.measure(point, 0);
        if (!exact) return {};
        return {
            .measured = {*study.measure(point, World::kNoise * noise.Normal())},
            .exact = {*exact}};
      };
      problem.new_scorer = [scale] { return BestScorer(*scale); };
      const auto background = std::make_shared<Background>(networks);
      background->text = study.text;
      if (with_priors) {
        background->priors = PriorsOf(World(kWorld), search.database, study);
      }
      problem.background = background;
      return problem;
    };
    choices.push_back(
        {.name = with_priors ? "world/networks+priors" : "world/networks",
         .make = make});
  }
  return choices;
}

}  // namespace apogee
