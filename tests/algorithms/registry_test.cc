#include "algorithms/registry.h"

#include <set>

#include "tests/testing/matchers.h"

namespace apogee {
namespace {

TEST(RegistryTest, NamesRiseAndAreUnique) {
  std::string previous;
  for (const RegisteredAlgorithm& algorithm : Algorithms()) {
    EXPECT_LT(previous, algorithm.name);
    previous = algorithm.name;
  }
}

TEST(RegistryTest, NamesAreFound) {
  for (const RegisteredAlgorithm& algorithm : Algorithms()) {
    EXPECT_EQ(FindAlgorithm(algorithm.name), &algorithm);
  }
  EXPECT_EQ(FindAlgorithm("random_search"), nullptr);
  EXPECT_EQ(FindAlgorithm("NO_SUCH"), nullptr);
}

TEST(RegistryTest, OptionTablesAreSound) {
  for (const RegisteredAlgorithm& algorithm : Algorithms()) {
    std::set<std::string> names;
    for (const OptionSpec& option : algorithm.info.options) {
      SCOPED_TRACE(algorithm.name + "." + option.name);
      EXPECT_TRUE(names.insert(option.name).second);
      EXPECT_FALSE(option.description.empty());
      EXPECT_EQ(option.description.find('\n'), std::string::npos);
      // The default passes its own check.
      google::protobuf::Struct given;
      google::protobuf::Value& value = (*given.mutable_fields())[option.name];
      if (const auto* flag = std::get_if<bool>(&option.default_value)) {
        value.set_bool_value(*flag);
      } else if (const auto* number =
                     std::get_if<int64_t>(&option.default_value)) {
        value.set_number_value(static_cast<double>(*number));
      } else if (const auto* real =
                     std::get_if<double>(&option.default_value)) {
        value.set_number_value(*real);
      } else if (const auto* text =
                     std::get_if<std::string>(&option.default_value)) {
        value.set_string_value(*text);
      } else {
        value = std::get<google::protobuf::Value>(option.default_value);
      }
      EXPECT_OK(CheckOptions(algorithm.name, algorithm.info.options, given));
    }
  }
}

}  // namespace
}  // namespace apogee
