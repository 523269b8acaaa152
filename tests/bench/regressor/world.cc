#include "tests/bench/regressor/world.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "algorithms/regressor/tokens.h"

namespace apogee {
namespace {

constexpr int kDatasets = 30;
// Trials that need more fail.
constexpr double kMemory = 1500;
constexpr int kModels = 6;

enum class Kind { kLinear, kLog, kInteger, kLogInteger, kCategory };

struct Parameter {
  const char* name;
  Kind kind;
  double low;
  double high;
  // What it has when a study does not tune it.
  double usual;
  std::vector<const char*> categories;
};

enum Name {
  kLearningRate,
  kWeightDecay,
  kDropout,
  kBatchSize,
  kLayers,
  kHidden,
  kOptimizer,
  kActivation,
  kSmoothing,
  kWarmup,
  // Children of optimizer.
  kMomentum,
  kBeta2,
  kParameters,
};
constexpr int kRoots = kMomentum;
constexpr int kSgd = 0;
constexpr int kAdam = 1;

const std::vector<Parameter>& Parameters() {
  static const auto* const parameters = new std::vector<Parameter>{
      {"learning_rate", Kind::kLog, 1e-5, 1, 3e-3, {}},
      {"weight_decay", Kind::kLog, 1e-6, 1e-1, 1e-4, {}},
      {"dropout", Kind::kLinear, 0, .8, .1, {}},
      {"batch_size", Kind::kLogInteger, 8, 1024, 128, {}},
      {"num_layers", Kind::kInteger, 1, 12, 4, {}},
      {"hidden_units", Kind::kLogInteger, 16, 2048, 256, {}},
      {"optimizer", Kind::kCategory, 0, 2, 1, {"sgd", "adam", "rmsprop"}},
      {"activation",
       Kind::kCategory,
       0,
       3,
       0,
       {"relu", "gelu", "tanh", "swish"}},
      {"label_smoothing", Kind::kLinear, 0, .4, .05, {}},
      {"warmup_steps", Kind::kInteger, 0, 5000, 500, {}},
      {"momentum", Kind::kLinear, 0, .99, .9, {}},
      {"beta2", Kind::kLinear, .8, .9999, .99, {}},
  };
  return *parameters;
}

constexpr std::array<const char*, kModels> kModelNames = {
    "mlp", "resnet", "transformer", "lstm", "convnet", "mixer"};
// Rough cost of a unit of each, for latency and memory.
constexpr std::array<double, kModels> kModelCosts = {.2, 1, 3, 2, .6, 1.5};

enum Metric { kAccuracy, kError, kLoss, kLatency, kMetrics };
constexpr std::array<const char*, kMetrics> kMetricNames = {
    "accuracy_percent", "valid_error", "train_loss", "latency_ms"};

// The place of a number in its parameter's widest range, [0, 1].
double Place(const Parameter& parameter, double value) {
  const bool log =
      parameter.kind == Kind::kLog || parameter.kind == Kind::kLogInteger;
  if (log) {
    return std::log(value / parameter.low) /
           std::log(parameter.high / parameter.low);
  }
  return (value - parameter.low) / (parameter.high - parameter.low);
}

double AtPlace(const Parameter& parameter, double place) {
  const bool log =
      parameter.kind == Kind::kLog || parameter.kind == Kind::kLogInteger;
  const double value =
      log ? parameter.low * std::pow(parameter.high / parameter.low, place)
          : parameter.low + place * (parameter.high - parameter.low);
  return parameter.kind == Kind::kInteger || parameter.kind == Kind::kLogInteger
             ? std::round(value)
             : value;
}

// What a parameter does: a bowl, or a number for each category.
struct Effect {
  double optimum;
  double weight;
  std::array<double, 4> categories;
};

// Of one study: dataset and model, its own deviations included.
struct Truth {
  std::array<Effect, kParameters> effects;
  // The quality that parameters spoil, and what nothing can mend.
  double best;
  double worst;
  // How the best learning rate follows batch size and optimizer.
  double lr_by_batch;
  std::array<double, 3> lr_by_optimizer;
  double cost;
};

double Around(double center, double deviation, RandomStream& random) {
  return center + deviation * random.Normal();
}

// Of one trial. Parameters that the study does not tune have a value, too.
struct Setting {
  std::array<double, kParameters> values;
  std::array<bool, kParameters> active;
  std::array<bool, kParameters> tuned;
};

// Draws in a fixed order, from the world, the model and the dataset, so that
// what they have in common is common to studies.
Truth MakeTruth(const Rng& rng, int dataset, int model, RandomStream own) {
  RandomStream world = rng.Fork(1).At(0);
  RandomStream of_model = rng.Fork(2).At(static_cast<uint64_t>(model));
  RandomStream of_dataset = rng.Fork(3).At(static_cast<uint64_t>(dataset));
  RandomStream of_pair =
      rng.Fork(4).At(static_cast<uint64_t>(dataset * kModels + model));
  Truth truth;
  for (Effect& effect : truth.effects) {
    effect.optimum = .2 + .6 * world.Uniform();
    effect.optimum = Around(effect.optimum, .12, of_model);
    effect.optimum = Around(effect.optimum, .08, of_dataset);
    effect.optimum = Around(effect.optimum, .05, of_pair);
    effect.optimum = std::clamp(Around(effect.optimum, .04, own), .02, .98);
    effect.weight = std::exp(.9 * world.Normal() + .4 * of_model.Normal() +
                             .3 * of_dataset.Normal());
    for (double& category : effect.categories) {
      category = Around(Around(world.Uniform(), .2, of_model), .1, of_dataset);
      category = std::max(0.0, Around(category, .04, own));
    }
  }
  truth.effects[kLearningRate].weight *= 3;
  truth.lr_by_batch = .15 + .25 * world.Uniform();
  for (double& shift : truth.lr_by_optimizer) shift = .15 * world.Normal();
  truth.best = .55 + .44 * of_dataset.Uniform() + .02 * of_pair.Normal();
  truth.best = std::clamp(truth.best + .01 * own.Normal(), .3, .999);
  truth.worst = .05 + .3 * truth.best * of_dataset.Uniform();
  truth.cost = kModelCosts[model] *
               std::exp(.7 * of_dataset.Normal() + .1 * own.Normal());
  return truth;
}

// Of what a parameter that a study does not tune can spoil, so much remains:
// somebody has set it with care.
constexpr double kUntuned = .15;

// In (0, 1]: 1 when every parameter is at its best.
double Quality(const Truth& truth, const Setting& setting) {
  const std::vector<Parameter>& parameters = Parameters();
  double spoiled = 0;
  const double batch =
      Place(parameters[kBatchSize], setting.values[kBatchSize]) - .5;
  const auto optimizer = static_cast<size_t>(setting.values[kOptimizer]);
  for (int i = 0; i < kParameters; ++i) {
    if (!setting.active[i]) continue;
    const Effect& effect = truth.effects[i];
    const double share = setting.tuned[i] ? 1 : kUntuned;
    if (parameters[i].kind == Kind::kCategory) {
      const auto category = static_cast<size_t>(setting.values[i]);
      spoiled += share * .4 * effect.weight * effect.categories[category];
      continue;
    }
    double optimum = effect.optimum;
    if (i == kLearningRate) {
      optimum += truth.lr_by_batch * batch + truth.lr_by_optimizer[optimizer];
    }
    const double off = Place(parameters[i], setting.values[i]) - optimum;
    spoiled += share * 2.5 * effect.weight * off * off;
  }
  return std::exp(-spoiled);
}

// Work of one pass, in units of the model.
double Work(const Setting& setting) {
  return std::pow(setting.values[kLayers] / 4, .9) *
         std::pow(setting.values[kHidden] / 256, 1.2);
}

double Measure(const Truth& truth, Metric metric, const Setting& setting,
               double noise) {
  const double quality = Quality(truth, setting) + noise;
  const double accuracy = truth.worst + (truth.best - truth.worst) * quality;
  switch (metric) {
    case kAccuracy:
      return 100 * accuracy;
    case kError:
      return 1 - accuracy;
    case kLoss:
      return .02 - 2 * std::log(.05 + .95 * accuracy);
    default:
      return 8 * truth.cost * Work(setting) *
             (1 + std::pow(setting.values[kBatchSize] / 64, .8)) *
             (setting.values[kActivation] == 0 ? 1 : 1.15) * (1 + noise);
  }
}

std::string Hashed(const std::string& text, uint64_t salt) {
  return absl::StrCat(absl::Hex(
      StableHash(absl::StrCat(text, salt)) & 0xffffffff, absl::kZeroPad8));
}

void HashTexts(uint64_t salt, NamedStudy& study) {
  study.text.metric = Hashed(study.text.metric, salt);
  for (auto& [key, value] : study.text.metadata) {
    key = Hashed(key, salt);
    value = Hashed(value, salt);
  }
  for (NamedTrial& trial : study.trials) {
    for (NamedValue& parameter : trial.point) {
      parameter.name = Hashed(parameter.name, salt);
      if (auto* word = std::get_if<std::string>(&parameter.value)) {
        *word = Hashed(*word, salt);
      }
    }
  }
}

// What a study is, without its words.
struct Job {
  int dataset;
  int model;
  Metric metric;
  Truth truth;
  std::array<bool, kParameters> tuned;
  // Most of the widest range of each parameter, as places.
  std::array<std::pair<double, double>, kParameters> bounds;
};

// `random` is of the study, and goes on with its trials.
Job MakeJob(const Rng& rng, uint64_t number, World::Datasets datasets,
            RandomStream& random) {
  Job job;
  job.dataset = static_cast<int>(random.Below(kDatasets));
  job.model = static_cast<int>(random.Below(kModels));
  job.metric = static_cast<Metric>(random.Below(kMetrics));
  const int other = datasets == World::Datasets::kNew ? kDatasets : 0;
  job.truth =
      MakeTruth(rng, job.dataset + other, job.model, rng.Fork(6).At(number));
  std::array<int, kRoots> order;
  for (int i = 0; i < kRoots; ++i) order[i] = i;
  std::shuffle(order.begin(), order.end(), random);
  const uint64_t spread = job.metric == kLatency ? 8 : 5;
  const size_t tuned_count = 3 + random.Below(spread);
  job.tuned = {};
  for (size_t i = 0; i < tuned_count; ++i) job.tuned[order[i]] = true;
  job.tuned[kMomentum] = job.tuned[kOptimizer];
  job.tuned[kBeta2] = job.tuned[kOptimizer];
  for (auto& [low, high] : job.bounds) {
    low = .3 * random.Uniform();
    high = 1 - .3 * random.Uniform();
  }
  return job;
}

StudyText TextOf(const Job& job) {
  return {kMetricNames[job.metric],
          job.metric == kAccuracy,
          {{"dataset", absl::StrCat("dataset-", job.dataset)},
           {"model", kModelNames[job.model]}}};
}

// A parameter as it is when nobody tunes it. Those before it are set.
void SetUsual(const Job& job, int i, Setting& setting) {
  setting.tuned = job.tuned;
  setting.values[i] = Parameters()[i].usual;
  const double optimizer = setting.values[kOptimizer];
  setting.active[i] = i == kMomentum ? optimizer == kSgd
                      : i == kBeta2  ? optimizer == kAdam
                                     : true;
}

std::optional<double> MeasureIfItFits(const Job& job, const Setting& setting,
                                      double noise) {
  const double memory =
      job.truth.cost * Work(setting) * setting.values[kBatchSize];
  if (memory >= kMemory) return std::nullopt;
  return Measure(job.truth, job.metric, setting, noise);
}

Setting ReadPoint(const Job& job, const NamedPoint& point) {
  Setting setting = {};
  for (int i = 0; i < kParameters; ++i) {
    SetUsual(job, i, setting);
    const Parameter& parameter = Parameters()[i];
    for (const NamedValue& each : point) {
      if (each.name != parameter.name) continue;
      if (parameter.kind != Kind::kCategory) {
        setting.values[i] = std::get<double>(each.value);
        continue;
      }
      const auto at =
          std::find(parameter.categories.begin(), parameter.categories.end(),
                    std::get<std::string>(each.value));
      setting.values[i] =
          static_cast<double>(at - parameter.categories.begin());
    }
  }
  return setting;
}

}  // namespace

WorldStudy World::Describe(uint64_t number, Datasets datasets) const {
  RandomStream random = rng_.Fork(5).At(number);
  const Job job = MakeJob(rng_, number, datasets, random);
  WorldStudy study = {
      .text = TextOf(job), .parameters = {}, .measure = nullptr};
  study.parameters.reserve(kParameters);
  for (int i = 0; i < kParameters; ++i) {
    if (!job.tuned[i]) continue;
    const Parameter& parameter = Parameters()[i];
    const Kind kind = parameter.kind;
    const auto [low, high] = job.bounds[i];
    study.parameters.push_back(
        {.name = parameter.name,
         .is_logarithmic = kind == Kind::kLog || kind == Kind::kLogInteger,
         .is_whole = kind == Kind::kInteger || kind == Kind::kLogInteger,
         .low = AtPlace(parameter, low),
         .high = AtPlace(parameter, high),
         .categories = {parameter.categories.begin(),
                        parameter.categories.end()},
         .optimizer = i == kMomentum ? "sgd"
                      : i == kBeta2  ? "adam"
                                     : ""});
  }
  study.measure = [job](const NamedPoint& point, double noise) {
    return MeasureIfItFits(job, ReadPoint(job, point), noise);
  };
  return study;
}

NamedStudy World::Study(uint64_t number, int trials, Names names) const {
  const std::vector<Parameter>& parameters = Parameters();
  RandomStream random = rng_.Fork(5).At(number);
  const Job job = MakeJob(rng_, number, Datasets::kKnown, random);
  NamedStudy study = {.text = TextOf(job), .trials = {}};
  study.trials.reserve(static_cast<size_t>(trials));
  for (int t = 0; t < trials; ++t) {
    Setting setting = {};
    NamedTrial trial;
    for (int i = 0; i < kParameters; ++i) {
      SetUsual(job, i, setting);
      const double at = random.Uniform();
      if (!job.tuned[i] || !setting.active[i]) continue;
      const Parameter& parameter = parameters[i];
      if (parameter.kind == Kind::kCategory) {
        const size_t chosen =
            std::min(static_cast<size_t>(
                         at * static_cast<double>(parameter.categories.size())),
                     parameter.categories.size() - 1);
        setting.values[i] = static_cast<double>(chosen);
        trial.point.push_back({parameter.name, parameter.categories[chosen]});
        continue;
      }
      const auto [low, high] = job.bounds[i];
      setting.values[i] = AtPlace(parameter, low + at * (high - low));
      trial.point.push_back({parameter.name, setting.values[i]});
    }
    trial.value = MeasureIfItFits(job, setting, kNoise * random.Normal());
    study.trials.push_back(std::move(trial));
  }
  if (names == Names::kHashed) HashTexts(rng_.Fork(7).At(number).Next(), study);
  return study;
}

}  // namespace apogee
