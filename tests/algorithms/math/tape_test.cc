#include "algorithms/math/tape.h"

#include <cmath>
#include <functional>
#include <vector>

#include "algorithms/math/adamw.h"
#include "algorithms/math/losses.h"
#include "algorithms/math/transformer.h"
#include "algorithms/math/weights.h"
#include "base/rng.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace apogee {
namespace {

using Net = WeightsView<double>;

// Compares the gradient of a loss by every weight with the difference that a
// small change of the weight makes.
class GradientTest : public testing::Test {
 protected:
  int Matrix(int rows, int cols) {
    return weights_.Add(rows, cols, .7, random_);
  }

  // `loss` computes with the weights and leaves a gradient.
  void Check(const std::function<double(Tape<double>&, const Net&)>& loss) {
    AdamW<double> optimizer(weights_);
    Tape<double> tape(true);
    loss(tape, optimizer);
    tape.Backward();
    Tape<double> plain(false);
    const auto evaluate = [&] {
      plain.Clear();
      return loss(plain, weights_);
    };
    constexpr double kStep = 1e-5;
    double largest = 0;
    for (int matrix = 0; matrix < weights_.size(); ++matrix) {
      const Tensor<double> tensor = optimizer[matrix];
      for (int i = 0; i < tensor.rows * tensor.cols; ++i) {
        double& weight = const_cast<double&>(tensor.value[i]);
        const double kept = weight;
        weight = kept + kStep;
        const double above = evaluate();
        weight = kept - kStep;
        const double below = evaluate();
        weight = kept;
        const double slope = (above - below) / (2 * kStep);
        largest = std::max(largest, std::abs(slope));
        ASSERT_NEAR(tensor.gradient[i], slope, 1e-7 * (1 + std::abs(slope)))
            << "matrix " << matrix << ", number " << i;
      }
    }
    // Otherwise the loss depends on nothing.
    EXPECT_GT(largest, .01);
  }

  // A loss whose slope differs from number to number.
  double Wavy(Tensor<double> x) {
    double loss = 0;
    for (int i = 0; i < x.rows * x.cols; ++i) {
      loss += std::sin(x.value[i] + i);
      if (x.gradient != nullptr) x.gradient[i] += std::cos(x.value[i] + i);
    }
    return loss;
  }

  RandomStream random_ = Rng(1).At(0);
  Weights<double> weights_;
};

TEST_F(GradientTest, Linear) {
  const int x = Matrix(5, 3);
  const int w = Matrix(3, 4);
  const int b = Matrix(1, 4);
  Check([&](Tape<double>& tape, const Net& net) {
    return Wavy(tape.Linear(net[x], net[w], net[b]));
  });
}

TEST_F(GradientTest, AddOfSharedTerms) {
  const int x = Matrix(3, 4);
  const int y = Matrix(3, 4);
  Check([&](Tape<double>& tape, const Net& net) {
    return Wavy(tape.Add(tape.Add(net[x], net[y]), net[x]));
  });
}

TEST_F(GradientTest, Gelu) {
  const int x = Matrix(4, 6);
  Check([&](Tape<double>& tape, const Net& net) {
    return Wavy(tape.Gelu(net[x]));
  });
}

TEST_F(GradientTest, LayerNorm) {
  const int x = Matrix(4, 6);
  const int affine = Matrix(2, 6);
  Check([&](Tape<double>& tape, const Net& net) {
    return Wavy(tape.LayerNorm(net[x], net[affine]));
  });
}

TEST_F(GradientTest, BagWithRepeatedAndNoRows) {
  const int table = Matrix(4, 3);
  const std::vector<int> ids = {0, 3, 3, 1};
  const std::vector<int> ends = {2, 2, 4};
  const std::vector<double> scales = {.5, 1, 2};
  Check([&](Tape<double>& tape, const Net& net) {
    return Wavy(tape.Bag(net[table], ids, ends, scales));
  });
}

TEST_F(GradientTest, RowsOfATensor) {
  const int x = Matrix(5, 3);
  Check([&](Tape<double>& tape, const Net& net) {
    return Wavy(tape.Gelu(net[x].Rows(1, 3)));
  });
}

TEST_F(GradientTest, AttentionInBlocks) {
  const int queries = Matrix(6, 4);
  const int keys_values = Matrix(5, 8);
  // Two blocks share keys; query 5 is in none, and neither is key 4.
  const std::vector<AttentionBlock> blocks = {{0, 2, 0, 3}, {2, 3, 1, 3}};
  Check([&](Tape<double>& tape, const Net& net) {
    return Wavy(tape.Attention(net[queries], net[keys_values], 2, blocks));
  });
}

TEST_F(GradientTest, TransformerLayer) {
  const int x = Matrix(5, 4);
  const TransformerLayer<double> layer(4, 2, 6, weights_, random_);
  const std::vector<AttentionBlock> blocks = {{0, 5, 0, 3}};
  Check([&](Tape<double>& tape, const Net& net) {
    return Wavy(layer.Apply(tape, net, net[x], net[x].Rows(0, 3), blocks));
  });
}

TEST_F(GradientTest, CrossEntropy) {
  const int logits = Matrix(3, 5);
  const std::vector<int> targets = {4, 0, 2};
  const std::vector<double> shares = {1, 0, .5};
  Check([&](Tape<double>& tape, const Net& net) {
    return CrossEntropy<double>(net[logits], targets, shares);
  });
}

TEST_F(GradientTest, GaussianLoss) {
  const int heads = Matrix(4, 2);
  const std::vector<double> targets = {.3, -2, 5, 0};
  const std::vector<double> shares = {1, .5, 2, 0};
  Check([&](Tape<double>& tape, const Net& net) {
    return GaussianLoss<double>(net[heads], targets, shares);
  });
}

TEST(AttentionTest, RowsThatNoBlockListsDoNotMatter) {
  RandomStream random = Rng(2).At(0);
  Weights<float> weights;
  const int queries = weights.Add(3, 4, 1, random);
  const int keys_values = weights.Add(4, 8, 1, random);
  Tape<float> tape(false);
  const auto first_row = [&](std::vector<AttentionBlock> blocks) {
    const Tensor<float> y =
        tape.Attention(weights[queries], weights[keys_values], 2, blocks);
    return std::vector<float>(y.value, y.value + 4);
  };
  const std::vector<float> alone = first_row({{0, 1, 0, 2}});
  EXPECT_EQ(first_row({{0, 1, 0, 2}, {1, 2, 2, 2}}), alone);
  EXPECT_NE(first_row({{0, 1, 0, 3}}), alone);
}

// A softmax regression on two separable clouds.
TEST(AdamWTest, LearnsWhatCanBeLearned) {
  RandomStream random = Rng(3).At(0);
  Weights<float> weights;
  const int w = weights.Add(2, 2, .1, random);
  const int b = weights.Add(1, 2, 0, random);
  AdamW<float> optimizer(weights);
  Tape<float> tape(true);
  const std::vector<float> shares(20, .05F);
  double loss = 0;
  for (int step = 0; step < 300; ++step) {
    tape.Clear();
    float* x = nullptr;
    const Tensor<float> input = tape.Input(20, 2, &x);
    std::vector<int> targets;
    targets.reserve(20);
    for (int i = 0; i < 20; ++i) {
      targets.push_back(i % 2);
      for (int j = 0; j < 2; ++j) {
        *x++ = static_cast<float>((i % 2 == 0 ? -2 : 2) + .5 * random.Normal());
      }
    }
    loss = CrossEntropy<float>(tape.Linear(input, optimizer[w], optimizer[b]),
                               targets, shares);
    tape.Backward();
    optimizer.Step(.03, 0);
  }
  EXPECT_LT(loss, .01);
}

TEST(AdamWTest, MovesOnlyTheRowsOfASparseMatrixThatWereTouched) {
  RandomStream random = Rng(4).At(0);
  Weights<float> weights;
  const int table = weights.Add(3, 2, 1, random);
  const std::vector<float> before(weights[table].value,
                                  weights[table].value + 6);
  AdamW<float> optimizer(weights);
  optimizer.MakeSparse(table);
  optimizer.Touch(table, 1);
  std::fill_n(optimizer[table].gradient + 2, 2, 1.F);
  optimizer.Step(.1, 0);
  const float* const after = weights[table].value;
  for (const int i : {0, 1, 4, 5}) EXPECT_EQ(after[i], before[i]);
  for (const int i : {2, 3}) EXPECT_LT(after[i], before[i]);
}

TEST(WeightsTest, ComeBackFromBytes) {
  RandomStream random = Rng(5).At(0);
  Weights<float> weights;
  weights.Add(3, 4, 1, random);
  weights.AddAffine(4);
  Weights<float> other;
  other.Add(3, 4, 1, random);
  other.AddAffine(4);
  ASSERT_NE(weights.Serialize(), other.Serialize());
  ASSERT_TRUE(other.Restore(weights.Serialize()).ok());
  EXPECT_EQ(weights.Serialize(), other.Serialize());
}

TEST(WeightsTest, OfAnotherNetworkAreRefusedAndChangeNothing) {
  RandomStream random = Rng(6).At(0);
  Weights<float> weights;
  weights.Add(3, 4, 1, random);
  weights.Add(2, 2, 1, random);
  const std::string bytes = weights.Serialize();
  Weights<float> other;
  other.Add(3, 4, 1, random);
  const std::string kept = other.Serialize();
  EXPECT_FALSE(other.Restore(bytes).ok());
  EXPECT_FALSE(other.Restore(bytes.substr(0, 30)).ok());
  EXPECT_EQ(other.Serialize(), kept);
}

TEST(LearningRateTest, RisesThenFalls) {
  EXPECT_LT(LearningRateShare(0), .1);
  EXPECT_DOUBLE_EQ(LearningRateShare(.05), 1);
  for (double at = .05; at < 1; at += .05) {
    EXPECT_GT(LearningRateShare(at), LearningRateShare(at + .05));
  }
  EXPECT_DOUBLE_EQ(LearningRateShare(1), .02);
}

}  // namespace
}  // namespace apogee
