#include "tests/bench/search/lcbench.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "tests/bench/search/csv.h"

namespace apogee {

using Eigen::Index;
using Eigen::MatrixXf;
using Eigen::VectorXf;
using vizier::StudySpec;

namespace {

constexpr int kBlocks = 3;
constexpr double kEpochs = 52;
// What is added before a logarithm.
constexpr double kTiny = 1e-12;
// The place of the validation accuracy among the outputs.
constexpr Index kAccuracy = 1;

// Words of a text, line by line.
class Lines {
 public:
  explicit Lines(absl::string_view text)
      : lines_(absl::StrSplit(text, '\n', absl::SkipEmpty())) {}

  bool AtEnd() const { return next_ == lines_.size(); }
  std::vector<absl::string_view> Next() {
    if (AtEnd()) return {};
    return absl::StrSplit(lines_[next_++], ' ', absl::SkipEmpty());
  }

 private:
  std::vector<absl::string_view> lines_;
  size_t next_ = 0;
};

absl::Status Broken(absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("the LCBench network has a broken ", what));
}

// The words from `first` on as numbers.
bool ReadFloats(const std::vector<absl::string_view>& words, size_t first,
                Eigen::Ref<Eigen::RowVectorXf> out) {
  if (words.size() != first + static_cast<size_t>(out.size())) return false;
  for (size_t i = first; i < words.size(); ++i) {
    float& number = out[static_cast<Index>(i - first)];
    if (!absl::SimpleAtof(words[i], &number)) return false;
  }
  return true;
}

}  // namespace

absl::StatusOr<Lcbench> Lcbench::Parse(absl::string_view text) {
  Lcbench network;
  Lines lines(text);
  lines.Next();
  while (!lines.AtEnd()) {
    const std::vector<absl::string_view> words = lines.Next();
    if (words[0] == "end") break;
    int rows = 0;
    int columns = 0;
    if (words[0] == "input" || words[0] == "output") {
      Scale scale = {};
      if (words.size() != 5 || !absl::SimpleAtod(words[3], &scale.first) ||
          !absl::SimpleAtod(words[4], &scale.second)) {
        return Broken(words[0]);
      }
      scale.is_log = words[2] == "1";
      (words[0] == "input" ? network.inputs_ : network.outputs_)
          .push_back(scale);
    } else if (words[0] == "instances" && words.size() == 3 &&
               absl::SimpleAtoi(words[1], &rows) &&
               absl::SimpleAtoi(words[2], &columns)) {
      for (int i = 0; i < rows; ++i) {
        const std::vector<absl::string_view> line = lines.Next();
        Eigen::RowVectorXf row(columns);
        if (!ReadFloats(line, 1, row)) return Broken("instance");
        network.tasks_.emplace_back(line[0]);
        network.embeddings_.emplace_back(row.transpose());
      }
    } else if (words[0] == "tensor" && words.size() == 4 &&
               absl::SimpleAtoi(words[2], &rows) &&
               absl::SimpleAtoi(words[3], &columns)) {
      MatrixXf& tensor = network.tensors_[std::string(words[1])];
      tensor.resize(rows, columns);
      for (int i = 0; i < rows; ++i) {
        Eigen::RowVectorXf row(columns);
        if (!ReadFloats(lines.Next(), 0, row)) return Broken(words[1]);
        tensor.row(i) = row;
      }
    } else {
      return Broken(words[0]);
    }
  }
  if (network.tensors_.count("head.bias") == 0) return Broken("end");
  return network;
}

VectorXf Lcbench::Norm(const std::string& name, const VectorXf& x) const {
  const auto row = [&](const char* part) {
    return Tensor(absl::StrCat(name, ".", part)).row(0).transpose().array();
  };
  return (x.array() - row("running_mean")) /
             (row("running_var") + 1e-5F).sqrt() * row("weight") +
         row("bias");
}

VectorXf Lcbench::Linear(const std::string& name, const VectorXf& x) const {
  return Tensor(name + ".weight") * x +
         Tensor(name + ".bias").row(0).transpose();
}

VectorXf Lcbench::Predict(size_t task,
                          const std::vector<double>& inputs) const {
  const VectorXf& embedding = embeddings_[task];
  VectorXf x(embedding.size() + static_cast<Index>(inputs_.size()));
  x.head(embedding.size()) = embedding;
  for (size_t i = 0; i < inputs_.size(); ++i) {
    const double value =
        inputs_[i].is_log ? std::log(inputs[i] + kTiny) : inputs[i];
    x[embedding.size() + static_cast<Index>(i)] =
        static_cast<float>((value - inputs_[i].first) / inputs_[i].second);
  }
  VectorXf h = Linear("first_layer", x);
  for (int block = 0; block < kBlocks; ++block) {
    const std::string layer = absl::StrCat("layers.", block);
    const VectorXf u = Linear(layer + ".linear0", Norm(layer + ".norm", h));
    const Index half = u.size() / 2;
    const VectorXf gated = u.head(half).cwiseProduct(u.tail(half).cwiseMax(0));
    h += Linear(layer + ".linear1", gated);
  }
  VectorXf y = Linear("head", Norm("last_normalization", h).cwiseMax(0));
  for (size_t i = 0; i < outputs_.size(); ++i) {
    float& each = y[static_cast<Index>(i)];
    const double value =
        outputs_[i].first / (1 + std::exp(-static_cast<double>(each))) +
        outputs_[i].second;
    each = static_cast<float>(outputs_[i].is_log ? std::exp(value) - kTiny
                                                 : value);
  }
  return y;
}

absl::StatusOr<TaskFamily> ReadLcbench(const std::string& folder) {
  ASSIGN_OR_RETURN(const std::string text, ReadFile(folder + "/model.txt.gz"));
  ASSIGN_OR_RETURN(Lcbench parsed, Lcbench::Parse(text));
  const auto network = std::make_shared<const Lcbench>(std::move(parsed));
  TaskFamily family = {
      .name = "lcbench", .spec = {}, .minimize = false, .tasks = {}};
  AddInteger(family.spec, "batch_size", 16, 512);
  AddDouble(family.spec, "learning_rate", 1e-4, 0.1);
  AddDouble(family.spec, "momentum", 0.1, 0.98);
  AddDouble(family.spec, "weight_decay", 1e-5, 0.1);
  AddInteger(family.spec, "num_layers", 1, 4);
  AddInteger(family.spec, "max_units", 64, 1024);
  AddDouble(family.spec, "max_dropout", 0, 1);
  for (const int i : {0, 1, 5}) {
    family.spec.mutable_parameters(i)->set_scale_type(
        StudySpec::ParameterSpec::UNIT_LOG_SCALE);
  }
  AddObjective(family.spec, "val_accuracy", /*minimize=*/false);

  const std::string best_path = folder + "/best.csv";
  ASSIGN_OR_RETURN(const std::string best_text, ReadFile(best_path));
  ASSIGN_OR_RETURN(const Csv csv, Csv::Parse(best_text, best_path));
  ASSIGN_OR_RETURN(const size_t best, csv.Column("best_val_accuracy"));
  ASSIGN_OR_RETURN(const size_t median, csv.Column("median_random"));
  if (csv.rows().size() != network->tasks().size()) return Broken("best.csv");
  family.tasks.reserve(csv.rows().size());
  for (size_t i = 0; i < csv.rows().size(); ++i) {
    TaskFamily::Task task = {network->tasks()[i], 0, 0};
    if (!absl::SimpleAtod(csv.rows()[i][best], &task.best) ||
        !absl::SimpleAtod(csv.rows()[i][median], &task.median)) {
      return Broken("best.csv");
    }
    family.tasks.push_back(std::move(task));
  }
  family.measure = [network](
                       size_t task,
                       const Parameters& parameters) -> std::optional<double> {
    std::vector<double> inputs = {kEpochs};
    for (const double number : Numbers(parameters)) inputs.push_back(number);
    return network->Predict(task, inputs)[kAccuracy];
  };
  return family;
}

}  // namespace apogee
