#pragma once

#include <map>
#include <string>
#include <vector>

#include "Eigen/Core"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tests/bench/search/tasks.h"

namespace apogee {

// The network of YAHPO Gym (Pfisterer et al., 2022) that stands for LCBench: it
// knows what networks measure on 17 data sets after any number of epochs.
class Lcbench {
 public:
  // INVALID_ARGUMENT  this is no such network
  static absl::StatusOr<Lcbench> Parse(absl::string_view text);

  const std::vector<std::string>& tasks() const { return tasks_; }
  // In the order of the network's inputs, epochs first, and of its outputs.
  Eigen::VectorXf Predict(size_t task, const std::vector<double>& inputs) const;

 private:
  // A number as the network takes or gives it.
  struct Scale {
    bool is_log;
    double first;
    double second;
  };
  Eigen::VectorXf Norm(const std::string& name, const Eigen::VectorXf& x) const;
  // W x + b of a linear layer.
  Eigen::VectorXf Linear(const std::string& name,
                         const Eigen::VectorXf& x) const;
  const Eigen::MatrixXf& Tensor(const std::string& name) const {
    return tensors_.at(name);
  }

  std::vector<Scale> inputs_;
  std::vector<Scale> outputs_;
  std::vector<std::string> tasks_;
  std::vector<Eigen::VectorXf> embeddings_;
  // Vectors are rows.
  std::map<std::string, Eigen::MatrixXf> tensors_;
};

// Its tasks, to be maximized by validation accuracy after 52 epochs. `folder`
// has model.txt.gz and best.csv.
absl::StatusOr<TaskFamily> ReadLcbench(const std::string& folder);

}  // namespace apogee
