// Our functions against test vectors that COCO's own code has made. The
// program gets the folder in APOGEE_BBOB_REFERENCE; it holds, gzipped,
// bbob-test-vectors.csv and bbob-mixint-test-vectors.csv with the columns
// function, dim, instance, f_opt, f_p0..f_p3.

#include <cmath>
#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/bench/search/bbob.h"
#include "tests/bench/search/csv.h"
#include "tests/bench/search/mixint.h"

namespace apogee {
namespace {

constexpr double kGolden = 0.6180339887498949;

double Fraction(double x) { return x - std::floor(x); }

double Number(const std::string& cell) {
  double number = 0;
  EXPECT_TRUE(absl::SimpleAtod(cell, &number)) << cell;
  return number;
}

class BbobReferenceTest : public testing::Test {
 protected:
  // Calls check(function, dimension, instance, f_opt, values) for each row.
  template <typename Check>
  void ForEachRow(const std::string& file, Check check) {
    const char* folder = std::getenv("APOGEE_BBOB_REFERENCE");
    ASSERT_NE(folder, nullptr);
    const auto text = ReadFile(absl::StrCat(folder, "/", file));
    ASSERT_TRUE(text.ok()) << text.status();
    const auto csv = Csv::Parse(*text, file);
    ASSERT_TRUE(csv.ok()) << csv.status();
    ASSERT_GT(csv->rows().size(), 100);
    for (const auto& row : csv->rows()) {
      check(static_cast<int>(Number(row[0])), static_cast<int>(Number(row[1])),
            static_cast<int>(Number(row[2])), Number(row[3]),
            std::vector<double>{Number(row[4]), Number(row[5]), Number(row[6]),
                                Number(row[7])});
    }
  }

  // Sums of cosines of huge numbers amplify rounding.
  static double Tolerance(int function, double value) {
    const bool wild = function == 16 || function == 19 || function == 24;
    return (wild ? 1e-8 : 1e-12) * std::max(1.0, std::abs(value));
  }
};

TEST_F(BbobReferenceTest, Bbob) {
  ForEachRow("bbob-test-vectors.csv.gz", [](int function, int dimension,
                                            int instance, double f_opt,
                                            const std::vector<double>& values) {
    const Bbob bbob(function, dimension, instance);
    EXPECT_DOUBLE_EQ(bbob.f_opt(), f_opt);
    for (int p = 0; p < 4; ++p) {
      std::vector<double> x;
      for (int i = 1; i <= dimension; ++i) {
        x.push_back(p == 0   ? 0
                    : p == 1 ? 4 * std::cos(1.3 * i + 0.7)
                    : p == 2 ? -5 + 10 * Fraction(kGolden * i)
                             : (i % 2 == 1 ? 6 : -6));
      }
      EXPECT_NEAR(bbob(x), values[p], Tolerance(function, values[p]))
          << function << " " << dimension << " " << instance << " " << p;
    }
  });
}

TEST_F(BbobReferenceTest, Mixint) {
  ForEachRow(
      "bbob-mixint-test-vectors.csv.gz",
      [](int function, int dimension, int instance, double f_opt,
         const std::vector<double>& values) {
        const Mixint mixint(function, dimension, instance);
        EXPECT_DOUBLE_EQ(mixint.f_opt(), f_opt);
        for (int p = 0; p < 4; ++p) {
          std::vector<double> x;
          for (int i = 1; i <= dimension; ++i) {
            const double u = p == 0 ? 0.5 : Fraction(i * (kGolden + 0.1 * p));
            const int count = mixint.Values(i - 1);
            x.push_back(count > 0 ? std::floor((count - 1) * u + 0.5)
                                  : -5 + 10 * u);
          }
          EXPECT_NEAR(mixint(x), values[p], Tolerance(function, values[p]))
              << function << " " << dimension << " " << instance << " " << p;
        }
      });
}

}  // namespace
}  // namespace apogee
