#include "client/cli/tune/command_template.h"

#include "client/cli/exit_code.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using absl::StatusCode;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

vizier::StudySpec Spec() {
  return ParseProto<vizier::StudySpec>(R"pb(
    parameters {
      parameter_id: "lr"
      double_value_spec { max_value: 1 }
    }
    parameters {
      parameter_id: "layers"
      integer_value_spec { max_value: 9 }
    }
    parameters {
      parameter_id: "optimizer"
      categorical_value_spec { values: [ "adam", "sgd" ] }
      conditional_parameter_specs {
        parameter_spec {
          parameter_id: "momentum"
          double_value_spec { max_value: 1 }
        }
        parent_categorical_values { values: "sgd" }
      }
    }
    parameters {
      parameter_id: "use-bias"
      categorical_value_spec { values: [ "False", "True" ] }
      external_type: AS_BOOLEAN
    }
  )pb");
}

// Without momentum.
vizier::Trial AdamTrial() {
  return ParseProto<vizier::Trial>(R"pb(
    id: "7"
    parameters {
      parameter_id: "lr"
      value { number_value: 0.1 }
    }
    parameters {
      parameter_id: "layers"
      value { number_value: 100000 }
    }
    parameters {
      parameter_id: "optimizer"
      value { string_value: "adam" }
    }
    parameters {
      parameter_id: "use-bias"
      value { string_value: "True" }
    }
  )pb");
}

std::vector<std::string> Expand(const std::vector<std::string>& command,
                                const vizier::Trial& trial = AdamTrial()) {
  const auto parsed = CommandTemplate::Parse(command, Spec());
  EXPECT_OK(parsed);
  return parsed->Expand({.trial = &trial, .study = "digits"});
}

TEST(CommandTemplate, PlacesAreFilledIn) {
  EXPECT_THAT(Expand({"train.py", "--lr", "{lr}", "--layers={layers}",
                      "{use-bias}", "out/{study}-{trial_id}-{optimizer}.log"}),
              ElementsAre("train.py", "--lr", "0.1", "--layers=100000", "True",
                          "out/digits-7-adam.log"));
}

TEST(CommandTemplate, DoubledBracesAreBraces) {
  EXPECT_THAT(Expand({"awk", "{{ print {lr} }}", "}}{{"}),
              ElementsAre("awk", "{ print 0.1 }", "}{"));
}

TEST(CommandTemplate, ValuesAreNotExpandedAgain) {
  vizier::Trial trial = AdamTrial();
  trial.mutable_parameters(2)->mutable_value()->set_string_value("{lr} $(x)");
  EXPECT_THAT(Expand({"run", "{optimizer}"}, trial),
              ElementsAre("run", "{lr} $(x)"));
}

TEST(CommandTemplate, AnInactiveParameterTakesItsFlagAlong) {
  EXPECT_THAT(Expand({"run", "--momentum", "{momentum}", "--lr", "{lr}"}),
              ElementsAre("run", "--lr", "0.1"));
  EXPECT_THAT(Expand({"run", "--momentum={momentum}", "-m={momentum}"}),
              ElementsAre("run"));
  EXPECT_THAT(Expand({"run", "{momentum}", "rest"}),
              ElementsAre("run", "rest"));
  // What stands before is no flag of its own.
  EXPECT_THAT(Expand({"run", "--lr=1", "{momentum}"}),
              ElementsAre("run", "--lr=1"));
  EXPECT_THAT(Expand({"run", "--lr", "{lr}", "{momentum}"}),
              ElementsAre("run", "--lr", "0.1"));
  EXPECT_THAT(Expand({"run", "--a", "{momentum}", "{momentum}"}),
              ElementsAre("run"));
  EXPECT_THAT(Expand({"run", "--a", "--b", "{momentum}", "{momentum}"}),
              ElementsAre("run", "--a"));
}

TEST(CommandTemplate, WithinTextAnInactiveParameterIsEmpty) {
  EXPECT_THAT(Expand({"run", "m{momentum}", "--a={momentum}x", "x={momentum}"}),
              ElementsAre("run", "m", "--a=x", "x="));
}

TEST(CommandTemplate, UnknownNamesAreUsageErrors) {
  const auto unknown = CommandTemplate::Parse({"run", "--lr={lrr}"}, Spec());
  EXPECT_THAT(unknown, StatusIs(StatusCode::kInvalidArgument,
                                HasSubstr("did you mean \"lr\"?")));
  EXPECT_EQ(ExitCodeFor(unknown.status()), ExitCode::kUsage);
  for (const char* const wrong : {"{lr", "lr}", "{", "}", "{}", "{{{lr"}) {
    EXPECT_EQ(
        ExitCodeFor(CommandTemplate::Parse({"run", wrong}, Spec()).status()),
        ExitCode::kUsage)
        << wrong;
  }
}

TEST(CommandTemplate, TheProgramIsKnownUnlessItVaries) {
  EXPECT_EQ(CommandTemplate::Parse({"run", "{lr}"}, Spec())->program(), "run");
  EXPECT_EQ(CommandTemplate::Parse({"./{optimizer}"}, Spec())->program(), "");
}

TEST(Environment, HasEverything) {
  const vizier::Trial trial = AdamTrial();
  const Environment environment =
      TrialEnvironment(Spec(), {.trial = &trial, .study = "digits"});
  EXPECT_THAT(environment, Contains(Pair("APOGEE_PARAM_LR", "0.1")));
  EXPECT_THAT(environment, Contains(Pair("APOGEE_PARAM_USE_BIAS", "True")));
  EXPECT_THAT(environment, Contains(Pair("APOGEE_TRIAL_ID", "7")));
  EXPECT_THAT(environment, Contains(Pair("APOGEE_STUDY", "digits")));
  EXPECT_THAT(environment,
              Contains(Pair("APOGEE_PARAMS",
                            R"({"lr":0.1,"layers":100000,"optimizer":"adam",)"
                            R"("use-bias":true})")));
}

TEST(Environment, NamesMustDiffer) {
  EXPECT_EQ(EnvironmentName("use-bias"), "APOGEE_PARAM_USE_BIAS");
  EXPECT_EQ(EnvironmentName("x[0].é"), "APOGEE_PARAM_X_0____");
  EXPECT_OK(CheckEnvironmentNames(Spec()));
  vizier::StudySpec spec = Spec();
  spec.add_parameters()->set_parameter_id("LR");
  EXPECT_THAT(CheckEnvironmentNames(spec),
              StatusIs(StatusCode::kInvalidArgument,
                       "parameters \"lr\" and \"LR\" would both be the "
                       "environment variable APOGEE_PARAM_LR; rename one of "
                       "them"));
}

}  // namespace
}  // namespace apogee
