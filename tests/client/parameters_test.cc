#include "client/cli/parameters.h"

#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using absl::StatusCode;
using testing::ElementsAre;

vizier::StudySpec Spec() {
  return ParseProto<vizier::StudySpec>(R"pb(
    parameters {
      parameter_id: "lr"
      double_value_spec { min_value: 1e-5 max_value: 0.1 }
    }
    parameters {
      parameter_id: "layers"
      integer_value_spec {
        min_value: 1
        max_value: 4
        default_value { value: 2 }
      }
    }
    parameters {
      parameter_id: "width"
      discrete_value_spec {
        values: [ 16, 100000 ]
        default_value { value: 16 }
      }
    }
    parameters {
      parameter_id: "bias"
      categorical_value_spec {
        values: [ "False", "True" ]
        default_value { value: "True" }
      }
      external_type: AS_BOOLEAN
    }
    parameters {
      parameter_id: "optimizer"
      categorical_value_spec {
        values: [ "sgd", "adam" ]
        default_value { value: "adam" }
      }
      conditional_parameter_specs {
        parameter_spec {
          parameter_id: "momentum"
          double_value_spec { max_value: 0.99 }
        }
        parent_categorical_values { values: "sgd" }
      }
    }
  )pb");
}

std::string Parsed(const std::vector<std::string>& assignments) {
  const auto parameters = ParseParameters(Spec(), assignments);
  if (!parameters.ok()) return std::string(parameters.status().message());
  std::string text;
  for (const auto& parameter : *parameters) {
    text += parameter.parameter_id() + "=" + ValueText(parameter.value()) + " ";
  }
  return text;
}

TEST(Parameters, NamesIncludeChildren) {
  EXPECT_THAT(
      ParameterNames(Spec()),
      ElementsAre("lr", "layers", "width", "bias", "optimizer", "momentum"));
  EXPECT_EQ(FindParameter(Spec(), "nope"), nullptr);
}

TEST(Parameters, DefaultsFillUp) {
  EXPECT_EQ(Parsed({"lr=0.01"}),
            "lr=0.01 layers=2 width=16 bias=True optimizer=adam ");
  EXPECT_EQ(Parsed({"optimizer=sgd", "momentum=0.5", "lr=1e-5", "bias=false",
                    "layers=4", "width=100000"}),
            "lr=1e-05 layers=4 width=100000 bias=False optimizer=sgd "
            "momentum=0.5 ");
}

TEST(Parameters, ErrorsNameTheParameter) {
  EXPECT_EQ(Parsed({}),
            "parameter \"lr\" has no value and no default; add lr=...");
  EXPECT_EQ(Parsed({"lr=1"}),
            "parameter \"lr\": \"1\" is not a number from 1e-05 to 0.1");
  EXPECT_EQ(Parsed({"lr=nan"}),
            "parameter \"lr\": \"nan\" is not a number from 1e-05 to 0.1");
  EXPECT_EQ(Parsed({"lr=0.1", "layers=2.5"}),
            "parameter \"layers\": \"2.5\" is not a whole number from 1 to 4");
  EXPECT_EQ(Parsed({"lr=0.1", "width=17"}),
            "parameter \"width\": \"17\" is not one of 16, 100000");
  EXPECT_EQ(Parsed({"lr=0.1", "optimizer=rms"}),
            "parameter \"optimizer\": \"rms\" is not one of sgd, adam");
  EXPECT_EQ(Parsed({"lrr=0.1"}),
            "the study has no parameter \"lrr\"; did you mean \"lr\"?");
  EXPECT_EQ(Parsed({"lr"}), "\"lr\" is not of the form NAME=VALUE");
  EXPECT_EQ(Parsed({"lr=0.1", "lr=0.1"}), "parameter \"lr\" is given twice");
  EXPECT_EQ(Parsed({"lr=0.1", "momentum=0.5"}),
            "parameter \"momentum\" is not active with these values of the "
            "others; leave it out");
  EXPECT_EQ(Parsed({"lr=0.1", "optimizer=sgd"}),
            "parameter \"momentum\" has no value and no default; add "
            "momentum=...");
}

TEST(Parameters, NumbersAreForPrograms) {
  EXPECT_EQ(PlainNumber(100000), "100000");
  EXPECT_EQ(PlainNumber(-3), "-3");
  EXPECT_EQ(PlainNumber(0.1), "0.1");
  EXPECT_EQ(PlainNumber(1e-5), "1e-05");
  EXPECT_EQ(PlainNumber(1e300), "1e+300");
}

TEST(Parameters, JsonHasTheirTypes) {
  const vizier::StudySpec spec = Spec();
  google::protobuf::Value value;
  value.set_number_value(1);
  EXPECT_EQ(ValueJson(value, FindParameter(spec, "lr")).dump(), "1.0");
  EXPECT_EQ(ValueJson(value, FindParameter(spec, "layers")).dump(), "1");
  EXPECT_EQ(ValueJson(value, nullptr).dump(), "1");
  value.set_string_value("True");
  EXPECT_EQ(ValueJson(value, FindParameter(spec, "bias")).dump(), "true");
  EXPECT_EQ(ValueJson(value, FindParameter(spec, "optimizer")).dump(),
            "\"True\"");
}

}  // namespace
}  // namespace apogee
