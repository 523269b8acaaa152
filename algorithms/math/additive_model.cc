#include "algorithms/math/additive_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace apogee {
namespace {

// How many examples weigh as much as the wish for a small term.
constexpr double kRidge = 0.01;
constexpr int kSweeps = 20;

int OptionAt(const std::string& options, size_t layer) {
  return static_cast<unsigned char>(options[layer]);
}

}  // namespace

AdditiveModel::AdditiveModel(absl::Span<const int> options) {
  for (const int count : options) terms_.emplace_back(count);
}

void AdditiveModel::Add(std::string options, double y) {
  options_.push_back(std::move(options));
  y_.push_back(y);
}

void AdditiveModel::Fit() {
  std::vector<double> residuals = y_;
  for (size_t i = 0; i < y_.size(); ++i) {
    residuals[i] -= base_;
    for (size_t l = 0; l < terms_.size(); ++l) {
      residuals[i] -= terms_[l][OptionAt(options_[i], l)];
    }
  }
  for (int sweep = 0; sweep < kSweeps; ++sweep) Sweep(residuals);

  double squares = 0;
  for (const double residual : residuals) squares += residual * residual;
  double parameters = 1;
  for (const std::vector<double>& terms : terms_) {
    const auto unused = std::count(terms.begin(), terms.end(), 0.0);
    parameters += std::max(0.0, static_cast<double>(terms.size()) - 1 -
                                    static_cast<double>(unused));
  }
  deviation_ = std::sqrt(
      squares / std::max(1.0, static_cast<double>(y_.size()) - parameters));
}

void AdditiveModel::Sweep(std::vector<double>& residuals) {
  double mean = 0;
  for (const double residual : residuals) mean += residual;
  mean /= static_cast<double>(residuals.size());
  base_ += mean;
  for (double& residual : residuals) residual -= mean;

  for (size_t l = 0; l < terms_.size(); ++l) {
    std::vector<double>& terms = terms_[l];
    std::vector<double> sums(terms.size());
    std::vector<double> counts(terms.size(), kRidge);
    for (size_t i = 0; i < residuals.size(); ++i) {
      const int option = OptionAt(options_[i], l);
      sums[option] += residuals[i] + terms[option];
      counts[option] += 1;
    }
    std::vector<double> changes(terms.size());
    for (size_t option = 0; option < terms.size(); ++option) {
      const double term = sums[option] / counts[option];
      changes[option] = term - terms[option];
      terms[option] = term;
    }
    for (size_t i = 0; i < residuals.size(); ++i) {
      residuals[i] -= changes[OptionAt(options_[i], l)];
    }
  }
}

}  // namespace apogee
