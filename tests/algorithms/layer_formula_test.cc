#include "algorithms/layer_formula.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/algorithms/algorithm_testing.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using testing::HasSubstr;

constexpr char kChannels[] =
    "discrete_value_spec { values: 8 values: 16 values: 24 values: 32 "
    "values: 40 values: 48 values: 56 values: 64 }";
constexpr char kChannelNames[] =
    "categorical_value_spec { values: '8' values: '16' values: '24' "
    "values: '32' values: '40' values: '48' values: '56' values: '64' }";
constexpr char kOperations[] =
    "categorical_value_spec { values: 'none' values: 'skip_connect' "
    "values: 'nor_conv_1x1' values: 'nor_conv_3x3' values: 'avg_pool_3x3' }";

SearchSpace Space(int parameters, absl::string_view values) {
  std::string text;
  for (int i = 0; i < parameters; ++i) {
    absl::StrAppend(&text, "parameters { parameter_id: 'p", i, "' ", values,
                    " }");
  }
  return MakeSpace(text);
}

// Of the architecture with these options.
double Cost(const std::string& formula, absl::string_view values,
            const std::vector<int>& options) {
  const SearchSpace space = Space(static_cast<int>(options.size()), values);
  const auto layers = LayerSpace::Create(&space, {.levels = 10});
  EXPECT_OK(layers);
  const auto cost = FormulaCost(formula, space, *layers);
  EXPECT_OK(cost);
  Architecture architecture = layers->reference();
  for (size_t l = 0; l < options.size(); ++l) {
    SetOption(architecture, static_cast<int>(l), options[l]);
  }
  return cost->Of(architecture);
}

// Records that NATS-Bench ships for CIFAR-10.
TEST(LayerFormulaTest, KnowsTheSizesOfNatsBench) {
  struct Record {
    std::vector<int> options;  // of 8, 16, ..., 64 channels
    double parameters;
    double flops;
  };
  for (const Record& record : std::vector<Record>{
           {{0, 0, 0, 0, 0}, 11'714, 4'481'114},
           {{0, 0, 0, 1, 3}, 49'202, 6'840'650},
           {{0, 0, 4, 3, 4}, 144'834, 21'827'994},
       }) {
    for (const char* values : {kChannels, kChannelNames}) {
      EXPECT_EQ(Cost("nats_size_parameters", values, record.options),
                record.parameters);
      EXPECT_EQ(Cost("nats_size_flops", values, record.options), record.flops);
    }
  }
  EXPECT_EQ(Cost("nats_size_parameters", kChannels, {7, 7, 7, 7, 7}), 713'674);
  EXPECT_NEAR(Cost("nats_size_flops", kChannels, {7, 7, 7, 7, 7}), 274.40e6,
              0.005e6);
}

TEST(LayerFormulaTest, KnowsTheTopologiesOfNatsBench) {
  EXPECT_EQ(Cost("nats_topology_parameters", kOperations, {0, 1, 4, 0, 1, 4}),
            73'306);
  EXPECT_EQ(Cost("nats_topology_parameters", kOperations, {3, 3, 3, 2, 0, 1}),
            73'306 + 3 * 243'040 + 28'000);
  EXPECT_NEAR(Cost("nats_topology_flops", kOperations, {3, 3, 3, 2, 0, 1}),
              (7.78305 + 3 * 35.38944 + 3.93216) * 1e6, 1);
}

TEST(LayerFormulaTest, OtherSpacesAreRefused) {
  const auto refusal = [](const std::string& formula, int parameters,
                          absl::string_view values) {
    const SearchSpace space = Space(parameters, values);
    const auto layers = LayerSpace::Create(&space, {.levels = 10});
    EXPECT_OK(layers);
    return FormulaCost(formula, space, *layers).status();
  };
  for (const auto& [parameters, values] :
       std::vector<std::pair<int, std::string>>{
           {4, kChannels},
           {5, kOperations},
           {5, "discrete_value_spec { values: 0 values: 8 }"}}) {
    EXPECT_THAT(refusal("nats_size_flops", parameters, values),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("numbers of channels")));
  }
  for (const auto& [parameters, values] :
       std::vector<std::pair<int, std::string>>{{5, kOperations},
                                                {6, kChannels}}) {
    EXPECT_THAT(refusal("nats_topology_flops", parameters, values),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("nor_conv_3x3")));
  }
  EXPECT_THAT(refusal("nats_size_flosp", 5, kChannels),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("did you mean \"nats_size_flops\"")));
}

}  // namespace
}  // namespace apogee
