#include "algorithms/regressor/token_embedding.h"

#include <cmath>
#include <cstddef>

namespace apogee {
namespace {

// Deviation of the numbers in the table of pieces.
constexpr double kPieceDeviation = .3;

// Rows to be added up, as Tape::Bag takes them.
struct Bags {
  std::vector<int> ids;
  std::vector<int> ends;

  void Close() { ends.push_back(static_cast<int>(ids.size())); }
};

// The texts of a batch, in the order in which they were asked for.
class BatchTexts {
 public:
  explicit BatchTexts(const Vocabulary& vocabulary)
      : vocabulary_(vocabulary),
        places_(static_cast<size_t>(vocabulary.size()), -1) {}

  int Place(int text) {
    int& place = places_[text];
    if (place < 0) {
      place = static_cast<int>(scales_.size());
      const absl::Span<const int> pieces = vocabulary_.Pieces(text);
      pieces_.ids.insert(pieces_.ids.end(), pieces.begin(), pieces.end());
      pieces_.Close();
      scales_.push_back(1 / std::sqrt(static_cast<float>(pieces.size())));
    }
    return place;
  }
  const Bags& pieces() const { return pieces_; }
  const std::vector<float>& scales() const { return scales_; }

 private:
  const Vocabulary& vocabulary_;
  std::vector<int> places_;
  Bags pieces_;
  std::vector<float> scales_;
};

}  // namespace

TokenEmbedding::TokenEmbedding(const NetworkShape& shape, int width,
                               Weights<float>& weights, RandomStream& random) {
  const double by_piece = 1 / std::sqrt(shape.piece_width);
  table_ =
      weights.Add(shape.buckets, shape.piece_width, kPieceDeviation, random);
  name_ = weights.Add(shape.piece_width, width, by_piece, random);
  name_bias_ = weights.Add(1, width, 0, random);
  word_ = weights.Add(shape.piece_width, width, by_piece, random);
  word_bias_ = weights.Add(1, width, 0, random);
  number_ = weights.Add(kNumberFeatures, width, 1 / std::sqrt(kNumberFeatures),
                        random);
  number_bias_ = weights.Add(1, width, 0, random);
}

void TokenEmbedding::PrepareTraining(AdamW<float>& optimizer) const {
  optimizer.MakeSparse(table_);
}

Tensor<float> TokenEmbedding::Apply(Tape<float>& tape,
                                    const WeightsView<float>& weights,
                                    const Vocabulary& vocabulary,
                                    absl::Span<const Token> tokens) const {
  BatchTexts texts(vocabulary);
  std::vector<int> names;
  names.reserve(tokens.size());
  Bags words;
  Bags numbers;
  words.ends.reserve(tokens.size());
  numbers.ends.reserve(tokens.size());
  std::vector<double> values;
  values.reserve(tokens.size());
  for (const Token& token : tokens) {
    names.push_back(texts.Place(token.name));
    if (token.word >= 0) {
      words.ids.push_back(texts.Place(token.word));
    } else {
      numbers.ids.push_back(static_cast<int>(values.size()));
      values.push_back(token.number);
    }
    words.Close();
    numbers.Close();
  }
  if (AdamW<float>* optimizer = weights.optimizer()) {
    for (const int piece : texts.pieces().ids) optimizer->Touch(table_, piece);
  }
  float* features = nullptr;
  const Tensor<float> number_rows =
      tape.Input(static_cast<int>(values.size()), kNumberFeatures, &features);
  for (size_t i = 0; i < values.size(); ++i) {
    NumberFeatures(values[i], features + i * kNumberFeatures);
  }
  const Tensor<float> text_rows = tape.Bag(weights[table_], texts.pieces().ids,
                                           texts.pieces().ends, texts.scales());
  const Tensor<float> name_rows = tape.Select(
      tape.Linear(text_rows, weights[name_], weights[name_bias_]), names);
  const Tensor<float> word_rows =
      tape.Bag(tape.Linear(text_rows, weights[word_], weights[word_bias_]),
               words.ids, words.ends);
  const Tensor<float> value_rows =
      tape.Add(word_rows, tape.Bag(tape.Linear(number_rows, weights[number_],
                                               weights[number_bias_]),
                                   numbers.ids, numbers.ends));
  return tape.Add(name_rows, value_rows);
}

}  // namespace apogee
