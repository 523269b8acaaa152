#include "tests/bench/search/csv.h"

#include <zlib.h>

#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/matchers.h"
#include "tests/testing/temp_dir.h"

namespace apogee {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(CsvTest, ReadsCellsWithAndWithoutQuotes) {
  const auto csv = Csv::Parse("a,b,c\r\n1,,\"x,\"\"y\"\"\"\n\n4,5,6", "t");
  ASSERT_THAT(csv, IsOk());
  EXPECT_THAT(csv->columns(), ElementsAre("a", "b", "c"));
  EXPECT_THAT(csv->rows(), ElementsAre(ElementsAre("1", "", "x,\"y\""),
                                       ElementsAre("4", "5", "6")));
  EXPECT_THAT(csv->Column("c"), IsOkAndHolds(2));
}

TEST(CsvTest, SaysWhatIsWrongAndWhere) {
  EXPECT_THAT(Csv::Parse("", "t").status().message(), HasSubstr("t is empty"));
  EXPECT_THAT(Csv::Parse("a,a\n", "t").status().message(),
              HasSubstr("t:1: two columns are named \"a\""));
  EXPECT_THAT(Csv::Parse("a,b\n1,2\n3\n", "t").status().message(),
              HasSubstr("t:3: has 1 cells; the header names 2"));
  EXPECT_THAT(Csv::Parse("a\n\"1\n2", "t").status().message(),
              HasSubstr("t:2: a double quote is never closed"));
  EXPECT_THAT(
      Csv::Parse("acc,cost\n1,2\n", "t")->Column("ac").status().message(),
      HasSubstr("t has no column \"ac\"; did you mean \"acc\"?"));
}

TEST(ReadFileTest, UnpacksGzipAndTakesOtherFilesAsTheyAre) {
  const TempDir dir;
  std::ofstream(dir.File("plain")) << "some text";
  EXPECT_THAT(ReadFile(dir.File("plain")), IsOkAndHolds("some text"));

  const std::string text(200'000, 'x');
  gzFile file = gzopen(dir.File("packed.gz").c_str(), "wb");
  gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
  gzclose(file);
  EXPECT_THAT(ReadFile(dir.File("packed.gz")), IsOkAndHolds(text));

  // Cut short.
  std::filesystem::resize_file(
      dir.File("packed.gz"),
      std::filesystem::file_size(dir.File("packed.gz")) - 20);
  EXPECT_THAT(ReadFile(dir.File("packed.gz")),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("broken")));
  EXPECT_THAT(ReadFile(dir.File("none")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("none")));
}

}  // namespace
}  // namespace apogee
