#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/rng.h"
#include "gtest/gtest.h"
#include "proto/study_file.h"
#include "proto/validate.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using vizier::StudySpec;
using ParameterSpec = StudySpec::ParameterSpec;

// Random studies that a file can say.
class RandomStudy {
 public:
  explicit RandomStudy(RandomStream random) : random_(random) {}

  vizier::Study Make() {
    vizier::Study study;
    study.set_display_name(Text());
    StudySpec& spec = *study.mutable_study_spec();
    if (Flip()) spec.set_algorithm(Text());
    for (uint64_t i = random_.Below(3); i > 0; --i) AddMetric(spec);
    for (uint64_t i = random_.Below(5); i > 0; --i) {
      FillParameter(*spec.add_parameters(), 1);
    }
    AddOptions(spec);
    spec.set_observation_noise(
        static_cast<StudySpec::ObservationNoise>(random_.Below(3)));
    for (uint64_t i = random_.Below(3); i > 0; --i) {
      vizier::KeyValue& entry = *spec.add_metadata();
      entry.set_key(UniqueText());
      entry.set_value(Text());
    }
    for (const char* const ns : {":a", ":pyglove:b"}) {
      for (uint64_t i = random_.Below(3); i > 0; --i) {
        vizier::KeyValue& entry = *spec.add_metadata();
        entry.set_ns(ns);
        entry.set_key(UniqueText());
        entry.set_value(Text());
      }
    }
    return study;
  }

 private:
  bool Flip() { return random_.Below(2) == 0; }

  // Not empty, no slash; everything that YAML might trip over.
  std::string Text() {
    static const auto* const pieces =
        new std::vector<std::string>{"a",    "B",
                                     "7",    "-",
                                     "e5",   ".",
                                     " ",    ": ",
                                     "# ",   "'",
                                     "\"",   "\\",
                                     "\n",   "\t",
                                     "{",    "}",
                                     "[",    "]",
                                     ",",    "&",
                                     "*",    "!",
                                     "|",    ">",
                                     "%",    "@",
                                     "`",    "?",
                                     "null", "~",
                                     "yes",  "true",
                                     "é",    "\x01",
                                     "\x7f", "x[=0/3]",
                                     "$",    "\xF0\x9F\x92\xA1",
                                     "<<",   "---"};
    std::string text;
    do {
      text += (*pieces)[random_.Below(pieces->size())];
    } while (Flip());
    for (char& c : text) c = c == '/' ? '|' : c;
    return text;
  }
  std::string UniqueText() { return absl::StrCat(Text(), ++names_); }

  double Number() {
    return random_.Normal() * std::pow(10, random_.Normal() * 5);
  }

  void AddMetric(StudySpec& spec) {
    auto& metric = *spec.add_metrics();
    metric.set_metric_id(UniqueText());
    metric.set_goal(Flip() ? StudySpec::MetricSpec::MAXIMIZE
                           : StudySpec::MetricSpec::MINIMIZE);
    if (Flip()) {
      metric.mutable_safety_config()->set_safety_threshold(Number());
      if (Flip()) {
        metric.mutable_safety_config()->set_desired_min_safe_trials_fraction(
            random_.Uniform());
      }
    }
  }

  void FillParameter(ParameterSpec& spec, int depth) {
    spec.set_parameter_id(UniqueText());
    switch (random_.Below(5)) {
      case 0:
        return FillDouble(spec);
      case 1:
        FillInteger(spec);
        break;
      case 2:
        FillDiscrete(spec);
        break;
      case 3:
        FillCategorical(spec);
        break;
      default:
        spec.set_external_type(ParameterSpec::AS_BOOLEAN);
        spec.mutable_categorical_value_spec()->add_values("False");
        spec.mutable_categorical_value_spec()->add_values("True");
        if (Flip()) {
          spec.mutable_categorical_value_spec()
              ->mutable_default_value()
              ->set_value(Flip() ? "True" : "False");
        }
    }
    if (depth == 4) return;
    for (uint64_t i = random_.Below(3); i > 0; --i) AddChild(spec, depth);
  }

  void FillDouble(ParameterSpec& spec) {
    auto& domain = *spec.mutable_double_value_spec();
    const double a = Number();
    const double b = Number();
    domain.set_min_value(std::min(a, b));
    domain.set_max_value(std::max(a, b));
    if (Flip()) domain.mutable_default_value()->set_value(std::min(a, b));
    if (Flip()) spec.set_scale_type(ParameterSpec::UNIT_LINEAR_SCALE);
    if (std::min(a, b) > 0) spec.set_scale_type(ParameterSpec::UNIT_LOG_SCALE);
    if (Flip()) spec.set_external_type(ParameterSpec::AS_FLOAT);
  }

  void FillInteger(ParameterSpec& spec) {
    auto& domain = *spec.mutable_integer_value_spec();
    domain.set_min_value(-static_cast<int64_t>(random_.Below(10)));
    domain.set_max_value(static_cast<int64_t>(random_.Below(1ull << 53)));
    if (Flip()) domain.mutable_default_value()->set_value(0);
    spec.set_external_type(
        static_cast<ParameterSpec::ExternalType>(random_.Below(4)));
  }

  void FillDiscrete(ParameterSpec& spec) {
    auto& domain = *spec.mutable_discrete_value_spec();
    double value = Number();
    for (uint64_t i = random_.Below(4); i > 0; --i) {
      domain.add_values(value);
      value += 1 + std::abs(value) * random_.Uniform();
    }
    domain.add_values(value);
    if (Flip()) domain.mutable_default_value()->set_value(value);
    spec.set_external_type(
        static_cast<ParameterSpec::ExternalType>(random_.Below(4)));
  }

  void FillCategorical(ParameterSpec& spec) {
    auto& domain = *spec.mutable_categorical_value_spec();
    if (Flip()) domain.add_values("");
    for (uint64_t i = 1 + random_.Below(3); i > 0; --i) {
      domain.add_values(UniqueText());
    }
    if (Flip()) domain.mutable_default_value()->set_value(domain.values(0));
  }

  // A child under one value of `parent`, or the same under two.
  void AddChild(ParameterSpec& parent, int depth) {
    ParameterSpec child;
    FillParameter(child, depth + 1);
    const auto add = [&](bool last) {
      auto& conditional = *parent.add_conditional_parameter_specs();
      *conditional.mutable_parameter_spec() = child;
      if (parent.has_integer_value_spec()) {
        const auto& domain = parent.integer_value_spec();
        conditional.mutable_parent_int_values()->add_values(
            last ? domain.max_value() : domain.min_value());
      } else if (parent.has_discrete_value_spec()) {
        const auto& domain = parent.discrete_value_spec().values();
        conditional.mutable_parent_discrete_values()->add_values(
            last ? *domain.rbegin() : domain[0]);
      } else {
        const auto& domain = parent.categorical_value_spec().values();
        conditional.mutable_parent_categorical_values()->add_values(
            last ? *domain.rbegin() : domain[0]);
      }
    };
    add(false);
    const bool two_values = parent.discrete_value_spec().values_size() > 1 ||
                            parent.categorical_value_spec().values_size() > 1;
    if (two_values && Flip()) add(true);
  }

  void AddOptions(StudySpec& spec) {
    if (Flip()) spec.mutable_apogee_options()->set_seed(random_.Next());
    if (Flip()) {
      spec.mutable_apogee_options()->mutable_budget()->set_trials(
          1 + static_cast<int64_t>(random_.Below(1000)));
    }
    if (Flip()) {
      spec.mutable_apogee_options()->add_constraints("a + 2*'b c' <= 1");
      auto& stopping = *spec.mutable_apogee_options()->mutable_stopping();
      if (Flip()) stopping.set_rule(Text());
      if (Flip()) {
        stopping.set_min_steps(static_cast<int64_t>(random_.Below(9)));
      }
      if (Flip()) stopping.set_min_trials(1);
    }
    if (Flip()) {
      auto& lease = *spec.mutable_apogee_options()->mutable_lease();
      if (Flip())
        lease.set_seconds(1 + static_cast<int64_t>(random_.Below(99)));
      if (Flip()) lease.set_reissues(static_cast<int64_t>(random_.Below(101)));
      if (Flip()) lease.set_trial_seconds(7200);
    }
    if (Flip()) AddTransfer(*spec.mutable_apogee_options());
    if (Flip()) {
      auto& fields =
          *spec.mutable_apogee_options()->mutable_algorithm()->mutable_fields();
      fields[UniqueText()].set_number_value(Number());
      fields[UniqueText()].set_string_value(Text());
      fields[UniqueText()].set_bool_value(Flip());
      fields[UniqueText()].set_null_value(google::protobuf::NULL_VALUE);
      auto& list = *fields[UniqueText()].mutable_list_value();
      (*list.add_values()->mutable_struct_value()->mutable_fields())[Text()]
          .set_string_value(Text());
    }
  }

  void AddTransfer(apogee::v1::StudyOptions& options) {
    options.set_share_for_training(Flip() ? "OWNER" : "SERVER");
    if (Flip()) return;
    apogee::v1::Transfer& transfer = *options.mutable_transfer();
    for (uint64_t i = random_.Below(3); i > 0; --i) {
      transfer.add_from(UniqueText());
    }
    if (Flip()) {
      transfer.set_similar(static_cast<int64_t>(random_.Below(21)));
    }
    if (Flip()) transfer.set_regressor(Flip() ? "none" : "12");
    if (Flip()) transfer.set_remote(Flip());
  }

  RandomStream random_;
  int names_ = 0;
};

TEST(StudyFile, RandomStudiesSurviveWritingAndReading) {
  const Rng rng(20240917);
  for (uint64_t i = 0; i < 300; ++i) {
    const vizier::Study study = RandomStudy(rng.At(i)).Make();
    ASSERT_OK(ValidateStudySpec(study.study_spec())) << study.DebugString();
    ASSERT_OK_AND_ASSIGN(const std::string text, FormatStudyFile(study));
    ASSERT_THAT(ParseStudyFile(text, "f.yaml"),
                IsOkAndHolds(EqualsProto(study)))
        << text;
  }
}

}  // namespace
}  // namespace apogee
