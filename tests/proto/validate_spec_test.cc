#include <string>

#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "proto/validate.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using absl::StatusCode;
using vizier::StudySpec;

std::string FieldOf(const absl::Status& status) {
  google::rpc::BadRequest details;
  details.ParseFromString(
      std::string(status.GetPayload("type.googleapis.com/google.rpc.BadRequest")
                      .value_or(absl::Cord())));
  return details.field_violations_size() == 1
             ? details.field_violations(0).field()
             : "(no details)";
}

// A spec is refused for `field` with this message.
void ExpectRefused(const std::string& spec, const std::string& field,
                   const std::string& message) {
  const absl::Status status = ValidateStudySpec(ParseProto<StudySpec>(spec));
  EXPECT_THAT(status, StatusIs(StatusCode::kInvalidArgument, message));
  EXPECT_EQ(FieldOf(status), field);
}

// The same for a spec with the one parameter "p".
void ExpectParameterRefused(const std::string& parameter,
                            const std::string& field,
                            const std::string& message) {
  ExpectRefused("parameters { parameter_id: 'p' " + parameter + "}",
                "parameters[0]." + field, "parameter \"p\": " + message);
}

void ExpectTaken(const std::string& spec) {
  EXPECT_OK(ValidateStudySpec(ParseProto<StudySpec>(spec))) << spec;
}

TEST(ValidateStudySpec, MayBeEmpty) { ExpectTaken(""); }

// What google-vizier and PyGlove put on the wire.
TEST(ValidateStudySpec, TakesWhatTheVizierClientSends) {
  ExpectTaken(R"pb(
    metrics { metric_id: "reward" goal: MAXIMIZE }
    metrics {
      metric_id: "safe"
      goal: MINIMIZE
      safety_config { safety_threshold: 0 desired_min_safe_trials_fraction: 0 }
    }
    parameters {
      parameter_id: "x[=0/3].y"
      double_value_spec {
        min_value: -1
        max_value: 1
        default_value {}
      }
      scale_type: UNIT_LINEAR_SCALE
    }
    parameters {
      parameter_id: "$"
      integer_value_spec {
        min_value: 0
        max_value: 0
        default_value {}
      }
    }
    parameters {
      parameter_id: "discrete"
      discrete_value_spec {
        values: [ -1, 0, 2.5 ]
        default_value {}
      }
      scale_type: UNIT_LINEAR_SCALE
      external_type: AS_FLOAT
    }
    parameters {
      parameter_id: "flag"
      categorical_value_spec { values: [ "False", "True" ] }
      external_type: AS_BOOLEAN
    }
    parameters {
      parameter_id: "model"
      categorical_value_spec {
        values: [ "", "b" ]
        default_value {}
      }
      conditional_parameter_specs {
        parameter_spec {
          parameter_id: "child"
          integer_value_spec { min_value: 1 max_value: 2 }
        }
        parent_categorical_values { values: "" }
      }
      conditional_parameter_specs {
        parameter_spec {
          parameter_id: "child"
          double_value_spec { min_value: 0 max_value: 1 }
        }
        parent_categorical_values { values: "b" }
      }
    }
    algorithm: "whatever"
    observation_noise: HIGH
    default_stopping_spec {}
    metadata {
      ns: ":pyglove"
      key: "k"
      proto { type_url: "x" value: "\001" }
    }
  )pb");
}

TEST(ValidateStudySpec, ParameterIdsAreGivenAndDifferent) {
  ExpectRefused("parameters { double_value_spec { max_value: 1 } }",
                "parameters[0].parameter_id", "a parameter has no id");
  const std::string p =
      "parameters { parameter_id: 'p' double_value_spec { max_value: 1 } }";
  ExpectRefused(p + p, "parameters[1].parameter_id",
                "parameter \"p\": is declared twice; rename or remove one");
}

TEST(ValidateStudySpec, AParameterHasAType) {
  ExpectParameterRefused(
      "", "parameter_value_spec",
      "has no type; make it double, integer, categorical or discrete");
}

TEST(ValidateStudySpec, BoundsAreFiniteAndOrdered) {
  ExpectParameterRefused("double_value_spec { min_value: nan }",
                         "double_value_spec.min_value",
                         "min nan is not finite");
  ExpectParameterRefused("double_value_spec { max_value: inf }",
                         "double_value_spec.max_value",
                         "max inf is not finite");
  ExpectParameterRefused("double_value_spec { min_value: 1 max_value: 0.1 }",
                         "double_value_spec.max_value",
                         "max 0.1 is below min 1");
  ExpectParameterRefused(
      "double_value_spec { min_value: -1e308 max_value: 1e308 }",
      "double_value_spec.max_value",
      "the range from min to max is too wide for a double");
  ExpectParameterRefused("integer_value_spec { min_value: 2 max_value: 1 }",
                         "integer_value_spec.max_value",
                         "max 1 is below min 2");
}

TEST(ValidateStudySpec, IntegersFitADouble) {
  ExpectTaken(
      "parameters { parameter_id: 'p' integer_value_spec { min_value: "
      "-9007199254740992 max_value: 9007199254740992 } }");
  ExpectParameterRefused("integer_value_spec { min_value: -9007199254740993 }",
                         "integer_value_spec.min_value",
                         "min -9007199254740993 is beyond ±2^53");
  ExpectParameterRefused("integer_value_spec { max_value: 9007199254740993 }",
                         "integer_value_spec.max_value",
                         "max 9007199254740993 is beyond ±2^53");
}

TEST(ValidateStudySpec, LogScalesNeedPositiveValues) {
  const std::string kDomains[] = {
      "double_value_spec { min_value: $0 max_value: 9 }",
      "integer_value_spec { min_value: $0 max_value: 9 }",
      "discrete_value_spec { values: [ $0, 9 ] }"};
  for (std::string domain : kDomains) {
    const size_t place = domain.find("$0");
    for (const std::string scale :
         {"UNIT_LOG_SCALE", "UNIT_REVERSE_LOG_SCALE"}) {
      ExpectParameterRefused(
          domain.replace(place, 2, "0 ") + "scale_type: " + scale, "scale_type",
          "a log scale needs values above 0, not 0; raise the lower bound or "
          "use a linear scale");
      ExpectTaken("parameters { parameter_id: 'p' " +
                  domain.replace(place, 2, "1 ") + "scale_type: " + scale +
                  "}");
    }
  }
  ExpectParameterRefused("double_value_spec {} scale_type: 9", "scale_type",
                         "unknown scale type 9");
  ExpectParameterRefused(
      "categorical_value_spec { values: 'a' } scale_type: UNIT_LOG_SCALE",
      "scale_type", "a categorical parameter has no scale; remove it");
}

TEST(ValidateStudySpec, ListsOfValuesAreProperSets) {
  ExpectParameterRefused("discrete_value_spec {}", "discrete_value_spec.values",
                         "has no values; list one or more");
  ExpectParameterRefused("discrete_value_spec { values: [ 1, nan ] }",
                         "discrete_value_spec.values[1]",
                         "value nan is not finite");
  ExpectParameterRefused("discrete_value_spec { values: [ 32, 16 ] }",
                         "discrete_value_spec.values[1]",
                         "values must rise, but 16 comes after 32");
  ExpectParameterRefused("discrete_value_spec { values: [ -0.0, 0.0 ] }",
                         "discrete_value_spec.values[1]",
                         "values must rise, but 0 comes after -0");
  ExpectParameterRefused("categorical_value_spec {}",
                         "categorical_value_spec.values",
                         "has no values; list one or more");
  ExpectParameterRefused("categorical_value_spec { values: [ 'a', 'b', 'a' ] }",
                         "categorical_value_spec.values[2]",
                         "value \"a\" is listed twice");
}

TEST(ValidateStudySpec, DefaultsAreFeasible) {
  ExpectParameterRefused(
      "double_value_spec { min_value: 1 max_value: 2 default_value {} }",
      "double_value_spec.default_value", "default 0 is outside [1, 2]");
  ExpectParameterRefused(
      "double_value_spec { max_value: 2 default_value { value: nan } }",
      "double_value_spec.default_value", "default nan is outside [0, 2]");
  ExpectParameterRefused(
      "integer_value_spec { min_value: 1 max_value: 2 default_value {} }",
      "integer_value_spec.default_value", "default 0 is outside [1, 2]");
  ExpectParameterRefused(
      "discrete_value_spec { values: [ 1, 2 ] default_value { value: 1.5 } }",
      "discrete_value_spec.default_value",
      "default 1.5 is not one of its values");
  ExpectParameterRefused(
      "categorical_value_spec { values: 'sgd' default_value { value: 'sgdd' } "
      "}",
      "categorical_value_spec.default_value",
      "default \"sgdd\" is not one of its values; did you mean \"sgd\"?");
}

// A parameter "p" with two children "c", the first active under `first`.
void ExpectConditionRefused(const std::string& parent, const std::string& first,
                            const std::string& field,
                            const std::string& message) {
  ExpectRefused(absl::StrCat("parameters { parameter_id: 'p' ", parent,
                             " conditional_parameter_specs { parameter_spec { "
                             "parameter_id: 'c' double_value_spec {} } ",
                             first, "} }"),
                "parameters[0].conditional_parameter_specs[0]." + field,
                "parameter \"c\": " + message);
}

TEST(ValidateStudySpec, AConditionListsValuesOfTheParent) {
  const std::string categorical =
      "categorical_value_spec { values: [ 'sgd' ] }";
  ExpectConditionRefused(
      categorical, "", "parent_value_condition",
      "has no condition; list the values of its parent \"p\" that activate it");
  ExpectConditionRefused(
      categorical, "parent_categorical_values {}", "parent_categorical_values",
      "its condition is empty; list the values of its parent \"p\" that "
      "activate it");
  ExpectConditionRefused(
      categorical, "parent_categorical_values { values: 'sdg' }",
      "parent_categorical_values",
      "its condition \"sdg\" is not a value of its parent \"p\"; did you mean "
      "\"sgd\"?");
  ExpectConditionRefused(
      categorical, "parent_int_values { values: 1 }", "parent_int_values",
      "its condition is in parent_int_values, but its parent \"p\" is "
      "categorical");
  ExpectConditionRefused(
      "integer_value_spec { min_value: 1 max_value: 2 }",
      "parent_int_values { values: [ 2, 3 ] }", "parent_int_values",
      "its condition \"3\" is not a value of its parent \"p\"");
  ExpectConditionRefused(
      "discrete_value_spec { values: [ 1, 2 ] }",
      "parent_discrete_values { values: 1.5 }", "parent_discrete_values",
      "its condition \"1.5\" is not a value of its parent \"p\"");
}

TEST(ValidateStudySpec, ADoubleHasNoChildren) {
  ExpectParameterRefused(
      "double_value_spec {} conditional_parameter_specs {}",
      "conditional_parameter_specs",
      "a double parameter has no children; only integer, discrete and "
      "categorical ones do");
}

TEST(ValidateStudySpec, OneChildIdMayStandUnderDifferentValuesOnly) {
  const auto spec = [](const std::string& first, const std::string& second) {
    const auto child = [](const std::string& values) {
      return "conditional_parameter_specs { parameter_spec { parameter_id: 'c' "
             "double_value_spec {} } parent_int_values { values: [" +
             values + "] } }";
    };
    return "parameters { parameter_id: 'p' integer_value_spec { min_value: 1 "
           "max_value: 9 } " +
           child(first) + child(second) + "}";
  };
  ExpectTaken(spec("1, 2", "3"));
  ExpectRefused(
      spec("1, 2", "3, 2"),
      "parameters[0].conditional_parameter_specs[1].parent_int_values",
      "parameter \"c\": stands twice under value \"2\" of its parent "
      "\"p\"");
}

TEST(ValidateStudySpec, ChildrenAreCheckedLikeRoots) {
  ExpectRefused(
      "parameters { parameter_id: 'p' integer_value_spec { max_value: 1 } "
      "conditional_parameter_specs { parameter_spec { parameter_id: 'c' "
      "double_value_spec { min_value: 1 } } parent_int_values { values: 1 } } "
      "}",
      "parameters[0].conditional_parameter_specs[0].parameter_spec."
      "double_value_spec.max_value",
      "parameter \"c\": max 0 is below min 1");
}

// A chain of `depth` parameters, each the child of the one before.
StudySpec Chain(int depth) {
  StudySpec spec;
  StudySpec::ParameterSpec* parameter = spec.add_parameters();
  for (int i = 1;; ++i) {
    parameter->set_parameter_id(absl::StrCat("p", i));
    parameter->mutable_integer_value_spec()->set_max_value(1);
    if (i == depth) return spec;
    auto& child = *parameter->add_conditional_parameter_specs();
    child.mutable_parent_int_values()->add_values(0);
    parameter = child.mutable_parameter_spec();
  }
}

TEST(ValidateStudySpec, DepthIsLimitedAndTheDeepestSurvivesTheWire) {
  EXPECT_OK(ValidateStudySpec(Chain(kMaxParameterDepth)));
  vizier::CreateStudyRequest request;
  *request.mutable_study()->mutable_study_spec() = Chain(kMaxParameterDepth);
  EXPECT_TRUE(vizier::CreateStudyRequest().ParseFromString(
      request.SerializeAsString()));
  EXPECT_THAT(ValidateStudySpec(Chain(kMaxParameterDepth + 1)),
              StatusIs(StatusCode::kInvalidArgument,
                       "parameter \"p33\": is nested more than 32 deep"));
}

TEST(ValidateStudySpec, TheNumberOfParametersIsLimited) {
  StudySpec spec;
  for (int i = 0; i < kMaxParameters; ++i) {
    auto& parameter = *spec.add_parameters();
    parameter.set_parameter_id(absl::StrCat("p", i));
    parameter.mutable_double_value_spec();
  }
  EXPECT_OK(ValidateStudySpec(spec));
  *spec.add_parameters() = Chain(1).parameters(0);
  EXPECT_THAT(ValidateStudySpec(spec),
              StatusIs(StatusCode::kInvalidArgument,
                       testing::HasSubstr("more than 10000 parameters")));
}

TEST(ValidateStudySpec, TheNumberOfMetricsIsLimited) {
  StudySpec spec;
  for (int i = 0; i < kMaxMetrics; ++i) {
    spec.add_metrics()->set_metric_id(absl::StrCat("m", i));
    spec.mutable_metrics(i)->set_goal(StudySpec::MetricSpec::MAXIMIZE);
  }
  EXPECT_OK(ValidateStudySpec(spec));
  spec.add_metrics();
  EXPECT_THAT(ValidateStudySpec(spec),
              StatusIs(StatusCode::kInvalidArgument,
                       "a study of 1001 metrics; at most 1000 are allowed"));
}

TEST(ValidateStudySpec, IdsAndCategoriesAndMetadataAreLimited) {
  const std::string longest(kMaxIdBytes, 'i');
  const std::string longer = longest + "i";
  const auto spec = [](const std::string& parameter, const std::string& metric,
                       const std::string& category) {
    return absl::StrCat("parameters { parameter_id: '", parameter,
                        "' categorical_value_spec { values: '", category,
                        "' } } metrics { metric_id: '", metric,
                        "' goal: MAXIMIZE }");
  };
  ExpectTaken(spec(longest, longest, longest));
  const std::string why = absl::StrCat(
      "\"", std::string(200, 'i'), "…\" has ", longer.size(),
      " bytes; at most 4096 are allowed, because every trial holds it");
  ExpectRefused(spec(longer, "m", "c"), "parameters[0].parameter_id", why);
  ExpectRefused(spec("p", longer, "c"), "metrics[0].metric_id", why);
  ExpectRefused(spec("p", "m", longer),
                "parameters[0].categorical_value_spec.values[0]", why);
  StudySpec large;
  large.add_metadata()->set_value(std::string(kMaxMetadataBytes, 'v'));
  EXPECT_THAT(ValidateStudySpec(large),
              StatusIs(StatusCode::kInvalidArgument,
                       testing::HasSubstr("at most 16777216 are allowed")));
}

TEST(ValidateStudySpec, MetricsHaveAnIdAGoalAndASaneThreshold) {
  ExpectRefused("metrics { goal: MAXIMIZE }", "metrics[0].metric_id",
                "a metric has no id");
  ExpectRefused("metrics { metric_id: 'm' }", "metrics[0].goal",
                "metric \"m\": has no goal; set MAXIMIZE or MINIMIZE");
  ExpectRefused("metrics { metric_id: 'm' goal: 7 }", "metrics[0].goal",
                "metric \"m\": has no goal; set MAXIMIZE or MINIMIZE");
  const std::string m = "metrics { metric_id: 'm' goal: MINIMIZE ";
  ExpectRefused(m + "}" + m + "}", "metrics[1].metric_id",
                "metric \"m\" is declared twice; remove one");
  ExpectRefused(m + "safety_config { safety_threshold: inf } }",
                "metrics[0].safety_config.safety_threshold",
                "metric \"m\": safety threshold inf is not finite");
  for (const std::string fraction : {"-0.1", "1.1", "nan"}) {
    ExpectRefused(m + "safety_config { desired_min_safe_trials_fraction: " +
                      fraction + "} }",
                  "metrics[0].safety_config.desired_min_safe_trials_fraction",
                  "metric \"m\": fraction of safe trials " + fraction +
                      " is outside [0, 1]");
  }
}

TEST(ValidateStudySpec, OptionsAreChecked) {
  ExpectRefused("apogee_options { budget { trials: 0 } }", "apogee_options",
                "option \"budget.trials\" is 0; it must be 1 or more");
  ExpectRefused(
      R"(metadata { ns: ":apogee" key: "options" value: "{\"sede\": 1}" })",
      "apogee_options", "option \"sede\" is unknown; did you mean \"seed\"?");
}

}  // namespace
}  // namespace apogee
