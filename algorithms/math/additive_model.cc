#include "algorithms/math/additive_model.h"

#include <cmath>

namespace apogee {
namespace {

// How many examples weigh as much as the wish for a small term.
constexpr double kLayerRidge = 0.01;
constexpr double kPairRidge = 1;
// Each fit goes on from the one before.
constexpr int kSweeps = 5;

}  // namespace

AdditiveModel::AdditiveModel(absl::Span<const int> options, bool with_pairs,
                             int64_t first_fit)
    : effects_(options, with_pairs),
      columns_(options.size()),
      next_fit_(first_fit) {}

bool AdditiveModel::Add(const std::string& choice, double y) {
  if (is_fitted_) {
    const double error = y - effects_.Of(choice);
    squares_ += error * error;
    ++unseen_;
  }
  for (size_t l = 0; l < columns_.size(); ++l) columns_[l].push_back(choice[l]);
  y_.push_back(y);
  residuals_.push_back(0);
  if (examples() < next_fit_) return false;
  Fit();
  return true;
}

void AdditiveModel::Fit() {
  next_fit_ = examples() + 1 + examples() / 8;
  deviation_ = unseen_ > 0 ? std::sqrt(squares_ / unseen_) : 0;
  squares_ = 0;
  unseen_ = 0;
  is_fitted_ = true;
  std::string choice(columns_.size(), 0);
  for (size_t k = 0; k < y_.size(); ++k) {
    for (size_t l = 0; l < columns_.size(); ++l) choice[l] = columns_[l][k];
    residuals_[k] = y_[k] - effects_.Of(choice);
  }
  const auto option = [this](int layer, size_t k) {
    return static_cast<unsigned char>(columns_[layer][k]);
  };
  std::vector<double> base(1);
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    base[0] = effects_.base();
    FitTerms(
        0, [](size_t) { return 0; }, base);
    effects_.base() = base[0];
    for (int i = 0; i < effects_.layers(); ++i) {
      FitTerms(
          kLayerRidge, [&](size_t k) { return option(i, k); },
          effects_.layer(i));
    }
    if (!effects_.has_pairs()) continue;
    for (int i = 0; i < effects_.layers(); ++i) {
      for (int j = i + 1; j < effects_.layers(); ++j) {
        const auto row = static_cast<int>(effects_.layer(j).size());
        FitTerms(
            kPairRidge,
            [&](size_t k) { return option(i, k) * row + option(j, k); },
            effects_.pair(i, j));
      }
    }
  }
}

// Sets terms of which example k has that at place cell(k), all others standing.
template <typename Cell>
void AdditiveModel::FitTerms(double ridge, Cell cell,
                             std::vector<double>& terms) {
  std::vector<double> sums(terms.size());
  std::vector<double> counts(terms.size());
  for (size_t k = 0; k < residuals_.size(); ++k) {
    sums[cell(k)] += residuals_[k];
    counts[cell(k)] += 1;
  }
  std::vector<double> changes(terms.size());
  for (size_t i = 0; i < terms.size(); ++i) {
    if (counts[i] == 0) continue;
    const double term = (sums[i] + counts[i] * terms[i]) / (counts[i] + ridge);
    changes[i] = term - terms[i];
    terms[i] = term;
  }
  for (size_t k = 0; k < residuals_.size(); ++k) {
    residuals_[k] -= changes[cell(k)];
  }
}

}  // namespace apogee
