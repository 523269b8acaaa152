#include "client/cli/table.h"

#include "tests/testing/matchers.h"

namespace apogee {
namespace {

Table Trials() {
  Table table({{"ID", true}, {"STATE"}, {"REASON"}});
  table.Add({"1", {"SUCCEEDED", Style::kGood}});
  table.Add({"10", {"INFEASIBLE", Style::kBad}, "out of memory at step 3"});
  return table;
}

TEST(Table, ColumnsAreAsWideAsTheirText) {
  EXPECT_EQ(Trials().ToString({}),
            "ID  STATE       REASON\n"
            " 1  SUCCEEDED\n"
            "10  INFEASIBLE  out of memory at step 3\n");
}

TEST(Table, TheWidestColumnsAreCutToFit) {
  EXPECT_EQ(Trials().ToString({.width = 26}),
            "ID  STATE       REASON\n"
            " 1  SUCCEEDED\n"
            "10  INFEASIBLE  out of me…\n");
  EXPECT_EQ(Trials().ToString({.width = 16}),
            "ID  STATE  REAS…\n"
            " 1  SUCC…\n"
            "10  INFE…  out …\n");
}

TEST(Table, WidthCountsCharacters) {
  EXPECT_EQ(DisplayWidth("größe"), 5);
  EXPECT_EQ(Shortened("größenordnung", 5), "größ…");
  EXPECT_EQ(Shortened("größe", 5), "größe");
}

TEST(Table, ColorsCoverTheTextOnly) {
  EXPECT_EQ(Trials().ToString({.color = true, .width = 26}),
            "\033[1mID\033[0m  \033[1mSTATE\033[0m       \033[1mREASON\033[0m\n"
            " 1  \033[32mSUCCEEDED\033[0m\n"
            "10  \033[31mINFEASIBLE\033[0m  out of me…\n");
}

TEST(Table, ACellIsOneLine) {
  Table table({{"A"}, {"B"}});
  table.Add({"x\ny\033[31m", "z"});
  EXPECT_EQ(table.ToString({}), "A         B\nx y [31m  z\n");
}

}  // namespace
}  // namespace apogee
