#include "algorithms/guided/text_opinion.h"

#include <cstddef>
#include <utility>

#include "algorithms/guided/expected_scale.h"
#include "base/status_macros.h"

namespace apogee {

TextOpinion::TextOpinion(std::shared_ptr<const Regressor> regressor,
                         const StudyText* text, const StudyRecord* record)
    : regressor_(std::move(regressor)), text_(text), record_(record) {}

absl::StatusOr<Opinions> TextOpinion::operator()(
    const std::vector<Point>& points) const {
  if (!scale_) {
    ASSIGN_OR_RETURN(scale_, ExpectedScale(*regressor_, *text_, *record_, {}));
  }
  const auto count = static_cast<Eigen::Index>(points.size());
  Opinions opinions = {Eigen::MatrixXd(1, count), Eigen::VectorXd(count)};
  if (count == 0) return opinions;
  ASSIGN_OR_RETURN(
      const std::vector<Prediction> predictions,
      regressor_->Predict(*text_, {}, ToNamed(record_->space(), points)));
  for (Eigen::Index i = 0; i < count; ++i) {
    const Prediction& each = predictions[static_cast<size_t>(i)];
    opinions.means(0, i) = scale_->Label(record_->Sign() * each.Median());
    opinions.log_feasible[i] = LogFeasible(each);
  }
  return opinions;
}

}  // namespace apogee
