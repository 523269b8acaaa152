#include "algorithms/math/boosted_trees.h"

#include <xgboost/c_api.h>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "base/rng.h"
#include "base/status_macros.h"

namespace apogee {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::MatrixXf;
using Eigen::VectorXd;
using Eigen::VectorXf;

namespace {

// Parts that the points are dealt into, one for each ensemble to leave out.
constexpr Index kParts = 5;
constexpr int kRounds = 40;
// Of more numbers than these, splits are looked for between bins only: it takes
// less time, but of few points it learns less.
constexpr Index kMaxExact = 5000;
constexpr std::pair<const char*, const char*> kParameters[] = {
    {"nthread", "1"},     {"verbosity", "0"}, {"objective", "reg:squarederror"},
    {"base_score", "0"},  {"eta", "0.2"},     {"max_depth", "4"},
    {"subsample", "0.7"}, {"max_bin", "64"},
};

absl::Status Check(int result) {
  if (result == 0) return absl::OkStatus();
  // A stack trace follows its first line.
  const std::pair<absl::string_view, absl::string_view> lines =
      absl::StrSplit(XGBGetLastError(), absl::MaxSplits('\n', 1));
  return absl::InternalError(absl::StrCat("XGBoost: ", lines.first));
}

// How XGBoost is told where numbers lie.
std::string Array(const MatrixXf& points) {
  return absl::StrCat(R"({"data": [)",
                      reinterpret_cast<uintptr_t>(points.data()),
                      R"(, true], "shape": [)", points.cols(), ", ",
                      points.rows(), R"(], "typestr": "<f4", "version": 3})");
}

struct FreeMatrix {
  void operator()(void* matrix) const { XGDMatrixFree(matrix); }
};

// Makes one ensemble. The caller frees `booster`, also after an error.
absl::Status Learn(const MatrixXf& points, const VectorXf& targets,
                   const std::string& method, const std::string& seed,
                   BoosterHandle& booster) {
  DMatrixHandle handle = nullptr;
  RETURN_IF_ERROR(Check(XGDMatrixCreateFromDense(
      Array(points).c_str(), R"({"missing": NaN, "nthread": 1})", &handle)));
  const std::unique_ptr<void, FreeMatrix> matrix(handle);
  RETURN_IF_ERROR(
      Check(XGDMatrixSetFloatInfo(handle, "label", targets.data(),
                                  static_cast<bst_ulong>(targets.size()))));
  RETURN_IF_ERROR(Check(XGBoosterCreate(&handle, 1, &booster)));
  for (const auto& [name, value] : kParameters) {
    RETURN_IF_ERROR(Check(XGBoosterSetParam(booster, name, value)));
  }
  RETURN_IF_ERROR(
      Check(XGBoosterSetParam(booster, "tree_method", method.c_str())));
  RETURN_IF_ERROR(Check(XGBoosterSetParam(booster, "seed", seed.c_str())));
  for (int round = 0; round < kRounds; ++round) {
    RETURN_IF_ERROR(Check(XGBoosterUpdateOneIter(booster, round, handle)));
  }
  return absl::OkStatus();
}

// The part of each point, 0 .. parts - 1: all of one size, give or take one.
std::vector<Index> Deal(Index count, Index parts, RandomStream random) {
  std::vector<Index> part(static_cast<size_t>(count));
  for (size_t i = 0; i < part.size(); ++i) {
    part[i] = static_cast<Index>(i) % parts;
    std::swap(part[i], part[random.Below(i + 1)]);
  }
  return part;
}

}  // namespace

void BoostedTrees::Free::operator()(void* booster) const {
  XGBoosterFree(booster);
}

absl::StatusOr<BoostedTrees> BoostedTrees::Fit(const MatrixXd& points,
                                               const VectorXd& targets,
                                               uint64_t seed) {
  const Index count = points.cols();
  if (count < 2 || points.rows() == 0) {
    return absl::FailedPreconditionError(
        "trees learn from two points or more, of one number or more");
  }
  BoostedTrees trees;
  trees.mean_ = targets.mean();
  const MatrixXf all = points.cast<float>();
  const VectorXf wanted = (targets.array() - trees.mean_).cast<float>();
  const std::string method = points.size() > kMaxExact ? "hist" : "exact";
  RandomStream random = Rng(seed).At(0);
  const Index parts = std::min(kParts, count);
  const std::vector<Index> part = Deal(count, parts, random);
  std::vector<Index> taken;
  taken.reserve(part.size());
  trees.boosters_.reserve(static_cast<size_t>(parts));
  for (Index left_out = 0; left_out < parts; ++left_out) {
    taken.clear();
    for (Index i = 0; i < count; ++i) {
      if (part[static_cast<size_t>(i)] != left_out) taken.push_back(i);
    }
    BoosterHandle handle = nullptr;
    const absl::Status learned =
        Learn(all(Eigen::all, taken), wanted(taken), method,
              absl::StrCat(random.Below(1 << 30)), handle);
    trees.boosters_.emplace_back(handle);
    RETURN_IF_ERROR(learned);
  }

  ASSIGN_OR_RETURN(const MatrixXd outputs, trees.Outputs(points));
  ASSIGN_OR_RETURN(const Prediction known, trees.Predict(points));
  double rest = 0;
  for (Index i = 0; i < count; ++i) {
    const double miss =
        outputs(part[static_cast<size_t>(i)], i) + trees.mean_ - targets[i];
    rest += miss * miss - known.sd[i] * known.sd[i];
  }
  trees.noise_variance_ = std::max(0.0, rest / static_cast<double>(count));
  return trees;
}

absl::StatusOr<MatrixXd> BoostedTrees::Outputs(const MatrixXd& points) const {
  const MatrixXf columns = points.cast<float>();
  const std::string array = Array(columns);
  MatrixXd outputs(static_cast<Index>(boosters_.size()), points.cols());
  for (size_t i = 0; i < boosters_.size(); ++i) {
    const bst_ulong* shape = nullptr;
    bst_ulong dimensions = 0;
    const float* values = nullptr;
    RETURN_IF_ERROR(Check(XGBoosterPredictFromDense(
        boosters_[i].get(), array.c_str(),
        R"({"type": 0, "training": false, "iteration_begin": 0, )"
        R"("iteration_end": 0, "strict_shape": false, "cache_id": 0, )"
        R"("missing": NaN})",
        nullptr, &shape, &dimensions, &values)));
    outputs.row(static_cast<Index>(i)) =
        Eigen::Map<const Eigen::RowVectorXf>(values, points.cols())
            .cast<double>();
  }
  return outputs;
}

absl::StatusOr<BoostedTrees::Prediction> BoostedTrees::Predict(
    const MatrixXd& points) const {
  ASSIGN_OR_RETURN(const MatrixXd outputs, Outputs(points));
  const Eigen::RowVectorXd mean = outputs.colwise().mean();
  // The jackknife's: any two ensembles have most of their points in common.
  const auto parts = static_cast<double>(outputs.rows());
  const VectorXd variance =
      (outputs.rowwise() - mean).colwise().squaredNorm().transpose() *
      ((parts - 1) / parts);
  return Prediction{mean.transpose().array() + mean_, variance.cwiseSqrt()};
}

}  // namespace apogee
