#include "algorithms/math/sparse_polynomial.h"

#include <set>

#include "base/rng.h"
#include "gmock/gmock.h"

namespace apogee {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::vector<int8_t>> RandomRows(int rows, int variables) {
  RandomStream random = Rng(1).At(0);
  std::vector<std::vector<int8_t>> result(rows);
  for (auto& row : result) {
    row.reserve(variables);
    for (int j = 0; j < variables; ++j) {
      row.push_back(random.Below(2) == 0 ? -1 : 1);
    }
  }
  return result;
}

TEST(SparsePolynomialTest, FindsTheTermsAmongThousands) {
  const auto rows = RandomRows(150, 30);  // 4,525 products
  RandomStream random = Rng(2).At(0);
  std::vector<double> values;
  values.reserve(rows.size());
  for (const auto& row : rows) {
    values.push_back(7 + 3 * row[4] - 2 * row[1] * row[20] +
                     1.5 * row[2] * row[3] * row[29] + 0.3 * random.Normal());
  }
  const auto terms = FitSparsePolynomial(rows, values, 3, 3);
  ASSERT_EQ(terms.size(), 3);
  EXPECT_THAT(terms[0].variables, ElementsAre(4));
  EXPECT_THAT(terms[1].variables, ElementsAre(1, 20));
  EXPECT_THAT(terms[2].variables, ElementsAre(2, 3, 29));
  // Shrunk, but of the right sign and scale.
  EXPECT_NEAR(terms[0].weight, 3, 1.5);
  EXPECT_NEAR(terms[1].weight, -2, 1.5);
}

TEST(SparsePolynomialTest, KeepsToTheDegree) {
  const auto rows = RandomRows(100, 10);
  std::vector<double> values;
  values.reserve(rows.size());
  for (const auto& row : rows) values.push_back(row[0] * row[1] + 0.5 * row[2]);
  const auto terms = FitSparsePolynomial(rows, values, 1, 2);
  ASSERT_FALSE(terms.empty());
  EXPECT_THAT(terms[0].variables, ElementsAre(2));
  for (const SparseTerm& term : terms) EXPECT_EQ(term.variables.size(), 1);
}

// 300 variables have more than 4 million products of three.
TEST(SparsePolynomialTest, LowersTheDegreeForManyVariables) {
  const auto rows = RandomRows(100, 300);
  std::vector<double> values;
  values.reserve(rows.size());
  for (const auto& row : rows) values.push_back(3 * row[7] + row[250]);
  const auto terms = FitSparsePolynomial(rows, values, 3, 2);
  ASSERT_FALSE(terms.empty());
  EXPECT_THAT(terms[0].variables, ElementsAre(7));
}

TEST(SparsePolynomialTest, NothingToExplainNothingFound) {
  EXPECT_THAT(FitSparsePolynomial({}, {}, 3, 5), IsEmpty());
  EXPECT_THAT(FitSparsePolynomial({{1}, {-1}}, {2, 2}, 3, 5), IsEmpty());
  EXPECT_THAT(FitSparsePolynomial({{1, 0}, {1, 0}}, {1, 2}, 3, 5), IsEmpty());
  EXPECT_THAT(FitSparsePolynomial({{}, {}}, {1, 2}, 3, 5), IsEmpty());
}

}  // namespace
}  // namespace apogee
