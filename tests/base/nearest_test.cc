#include "base/nearest.h"

#include "tests/testing/matchers.h"

namespace apogee {
namespace {

TEST(Nearest, FindsAMisspelling) {
  EXPECT_EQ(Nearest("sede", {"budget", "seed"}), "seed");
  EXPECT_EQ(Nearest("RANDOM_SERACH", {"GRID_SEARCH", "RANDOM_SEARCH"}),
            "RANDOM_SEARCH");
}

TEST(Nearest, IgnoresLetterCase) {
  EXPECT_EQ(Nearest("random_search", {"RANDOM_SEARCH"}), "RANDOM_SEARCH");
}

TEST(Nearest, OffersNothingWhenNothingIsNear) {
  EXPECT_EQ(Nearest("temperature", {"seed", "budget"}), "");
  EXPECT_EQ(Nearest("", {"a"}), "");
  EXPECT_EQ(Nearest(std::string(1 << 20, 'x'), {"seed"}), "");
}

TEST(Nearest, TakesNoLongOverLongLists) {
  // Compared one by one with all of these, a name would take minutes.
  const std::vector<std::string> known(1'000'000, std::string(128, 'a'));
  EXPECT_EQ(Nearest(std::string(128, 'b'), known), "");
  EXPECT_EQ(Nearest("seed", {std::string(64 << 20, 's'), "sede"}), "sede");
}

TEST(DidYouMean, EndsAnError) {
  EXPECT_EQ(DidYouMean("sead", {"seed"}), "; did you mean \"seed\"?");
  EXPECT_EQ(DidYouMean("zzzzzzzz", {"seed"}), "");
}

}  // namespace
}  // namespace apogee
