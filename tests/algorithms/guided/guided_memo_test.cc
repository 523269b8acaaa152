#include "algorithms/guided/guided_memo.h"

#include "gmock/gmock.h"

namespace apogee {
namespace {

TEST(GuidedMemoTest, IsWrittenAsText) {
  const GuidedMemo memo = {.chosen = Source::kPriors,
                           .hope = 0.4123,
                           .expected = {{Source::kProcess, {0.1, 0.2, 0.3}},
                                        {Source::kContext, {-1e10, 0, 1e10}}},
                           .version = "7"};
  EXPECT_EQ(memo.ToText(),
            "priors 0.412; process 0.1 0.2 0.3; context -1e+10 0 1e+10; @7");
}

TEST(GuidedMemoTest, ComesBack) {
  for (const Source chosen :
       {Source::kProcess, Source::kPriors, Source::kText, Source::kContext,
        Source::kRemote, Source::kRandom}) {
    GuidedMemo memo = {
        .chosen = chosen, .version = "12", .trouble = "text: a; @ b; c"};
    for (size_t count = 0; count < 3; ++count) {
      const std::optional<GuidedMemo> parsed = GuidedMemo::Parse(memo.ToText());
      ASSERT_TRUE(parsed.has_value());
      EXPECT_EQ(parsed->chosen, chosen);
      EXPECT_EQ(parsed->version, "12");
      EXPECT_EQ(parsed->trouble, "text: a; @ b; c");
      ASSERT_EQ(parsed->expected.size(), count);
      for (size_t i = 0; i < count; ++i) {
        EXPECT_EQ(parsed->expected[i].source, memo.expected[i].source);
        EXPECT_EQ(parsed->expected[i].values, memo.expected[i].values);
      }
      memo.expected.push_back({Source::kText, {1.25, -3e-5, 123456.75}});
    }
  }
}

TEST(GuidedMemoTest, IsToldToPeopleInTheirOwnUnits) {
  GuidedMemo memo = {.chosen = Source::kText,
                     .hope = 0.5,
                     .expected = {{Source::kProcess, {-3, -2, -1}},
                                  {Source::kText, {-6, -5, -4}}}};
  EXPECT_EQ(memo.ToJson(-1),
            R"({"source":"text","hope":0.5,)"
            R"("expected":{"process":[1.0,2.0,3.0],"text":[4.0,5.0,6.0]}})");
  memo.expected.pop_back();
  memo.version = "7";
  memo.trouble = "remote: \xff";
  EXPECT_EQ(memo.ToJson(1), R"({"source":"text","hope":0.5,"regressors":"7",)"
                            "\"fallback\":\"remote: \xef\xbf\xbd\","
                            R"("expected":{"process":[-3.0,-2.0,-1.0]}})");
}

TEST(GuidedMemoTest, OtherTextsAreNone) {
  for (const char* const text :
       {"", "@", "; @", "3 exploit", "priors; @", "nobody 1; @",
        "priors 1; process 1 2; @", "priors 1; process 1 2 x; @",
        "priors 1; process 1 2 3; "}) {
    EXPECT_FALSE(GuidedMemo::Parse(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace apogee
