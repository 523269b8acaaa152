#include "client/cli/output.h"

#include "client/cli/json.h"
#include "tests/testing/matchers.h"
#include "yaml-cpp/yaml.h"

namespace apogee {
namespace {

TEST(Output, JsonKeepsItsOrder) {
  const Json document = {{"name", "b"}, {"id", 1}, {"a", nullptr}};
  EXPECT_EQ(Serialize(document, Format::kJson),
            "{\n  \"name\": \"b\",\n  \"id\": 1,\n  \"a\": null\n}\n");
}

TEST(Output, YamlReadsBackAsTheSame) {
  const Json document = {{"plain", "a-b_c"},
                         {"number", 1.5},
                         {"big", 12228241389514604208U},
                         {"flag", true},
                         {"nothing", nullptr},
                         {"list", {1, 2}},
                         {"empty", Json::array()},
                         {"none", Json::object()}};
  EXPECT_EQ(Serialize(document, Format::kYaml),
            "plain: a-b_c\nnumber: 1.5\nbig: 12228241389514604208\nflag: "
            "true\nnothing: ~\nlist:\n  - 1\n  - 2\nempty: []\nnone: {}\n");
}

TEST(Output, YamlTextIsNeverTakenForSomethingElse) {
  for (const std::string text :
       {"true", "no", "null", "~", "1", "1e5", "", " x", "a: b", "# c", "a\nb",
        "- d", "{", "'", "\"", "0x1F", "2026-01-01"}) {
    const YAML::Node node =
        YAML::Load(Serialize(Json{{"text", text}}, Format::kYaml))["text"];
    EXPECT_EQ(node.as<std::string>(), text);
    const std::string yaml = Serialize(Json{{"text", text}}, Format::kYaml);
    EXPECT_EQ(yaml.substr(0, 7), "text: \"") << yaml;
  }
}

TEST(Output, CsvHasAColumnForEveryKey) {
  const Json document = {{{"id", 1},
                          {"parameters", {{"lr", 0.1}}},
                          {"metrics", {{"accuracy", 0.5}}},
                          {"reason", nullptr}},
                         {{"id", 2},
                          {"parameters", {{"lr", 0.2}, {"momentum", 0.9}}},
                          {"metrics", Json::object()},
                          {"reason", "a \"b\", c\nd"}}};
  EXPECT_EQ(Serialize(document, Format::kCsv),
            "id,param.lr,param.momentum,metric.accuracy,reason\r\n"
            "1,0.1,,0.5,\r\n"
            "2,0.2,0.9,,\"a \"\"b\"\", c\nd\"\r\n");
}

TEST(Output, CsvOfOneObjectIsOneRow) {
  EXPECT_EQ(Serialize({{"a", {{"b", 1}}}, {"list", {1, 2}}}, Format::kCsv),
            "a.b,list\r\n1,\"[1,2]\"\r\n");
  EXPECT_EQ(Serialize(Json::array(), Format::kCsv), "");
}

TEST(Json, NonFiniteNumbersAreText) {
  EXPECT_EQ(NumberJson(0.5), Json(0.5));
  EXPECT_EQ(NumberJson(std::numeric_limits<double>::quiet_NaN()), "NaN");
  EXPECT_EQ(NumberJson(std::numeric_limits<double>::infinity()), "Infinity");
  EXPECT_EQ(NumberJson(-std::numeric_limits<double>::infinity()), "-Infinity");
}

TEST(Json, BytesThatAreNotUtf8DoNotHurt) {
  EXPECT_NO_THROW(Serialize(Json{{"a", "\xff"}}, Format::kJson));
}

TEST(Output, YamlOnOneLine) {
  const Json value = {{"int", {1, 4}}, {"default", 2}, {"word", "yes"}};
  EXPECT_EQ(FlowYaml(value), "{int: [1, 4], default: 2, word: \"yes\"}");
  EXPECT_EQ(FlowYaml(Json::object()), "{}");
  EXPECT_EQ(FlowYaml("a b"), "\"a b\"");
}

TEST(Output, CsvCellsAreQuotedWhereTheyMustBe) {
  EXPECT_EQ(CsvLine({"a", "b,c", "say \"x\"", ""}),
            "a,\"b,c\",\"say \"\"x\"\"\",\r\n");
  EXPECT_EQ(CsvCell(nullptr), "");
  EXPECT_EQ(CsvCell("text"), "text");
  EXPECT_EQ(CsvCell(0.5), "0.5");
}

}  // namespace
}  // namespace apogee
