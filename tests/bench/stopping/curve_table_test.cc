#include "tests/bench/stopping/curve_table.h"

#include <fstream>

#include "tests/testing/matchers.h"
#include "tests/testing/temp_dir.h"

namespace apogee {
namespace {

using absl::StatusCode;
using testing::HasSubstr;

TEST(CurveTable, ACurveEndsWhereItDiverged) {
  const TempDir folder;
  const std::string path = folder.path() + "/task.csv";
  std::ofstream(path) << "id,valid_0,valid_1,valid_2\n"
                         "a,3,2,1\n"
                         "b,4,,\n"
                         "c,5,4,1e31\n";
  const auto table = ReadCurveTable(path);
  ASSERT_OK(table);
  EXPECT_EQ(table->name, "task");
  EXPECT_EQ(table->steps, 3u);
  EXPECT_EQ(table->curves,
            (std::vector<std::vector<double>>{{3, 2, 1}, {4}, {5, 4}}));
  EXPECT_EQ(table->Regret(1), 0);
  EXPECT_EQ(table->Regret(4), 1);
}

TEST(CurveTable, WhatIsNoTableIsRefused) {
  const TempDir folder;
  const std::string path = folder.path() + "/task.csv";
  EXPECT_THAT(ReadCurveTable(path), StatusIs(StatusCode::kNotFound));
  std::ofstream(path) << "id,loss\na,3\n";
  EXPECT_THAT(ReadCurveTable(path),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("valid_0")));
  std::ofstream(path) << "id,valid_0\na,3\n";
  EXPECT_THAT(ReadCurveTable(path), StatusIs(StatusCode::kInvalidArgument,
                                             HasSubstr("nothing to choose")));
}

}  // namespace
}  // namespace apogee
