#include "tests/bench/regressor/contest.h"

#include <algorithm>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "algorithms/gp/gp_predictor.h"
#include "algorithms/guided/trees_predictor.h"
#include "base/status_macros.h"

namespace apogee {

std::vector<Contestant> Contestants(const TextRegressor& text,
                                    const ContextRegressor& context,
                                    int tuning_steps) {
  const auto predict_with = [](const Regressor& regressor) -> Predictor {
    return [&regressor](const StudyText& study,
                        absl::Span<const NamedTrial> finished,
                        absl::Span<const NamedPoint> queries) {
      return regressor.Predict(study, finished, queries);
    };
  };
  const Predictor predict_tuned = [&text, tuning_steps](
                                      const StudyText& study,
                                      absl::Span<const NamedTrial> finished,
                                      absl::Span<const NamedPoint> queries)
      -> absl::StatusOr<std::vector<Prediction>> {
    if (finished.empty()) {
      return absl::FailedPreconditionError("no trial to learn from");
    }
    ASSIGN_OR_RETURN(const TextRegressor tuned,
                     text.Tuned(study, finished, tuning_steps, 1));
    return tuned.Predict(study, {}, queries);
  };
  return {{"in-study mean", PredictMean},
          {"GP, per study", PredictByGp},
          {"XGBoost, per study", PredictByTrees},
          {"R1 text, not tuned", predict_with(text)},
          {"R1 text, tuned", predict_tuned},
          {"R2 in context", predict_with(context)}};
}

absl::Status PrintReports(const std::string& title,
                          absl::Span<const Contestant> contestants,
                          absl::Span<const NamedStudy> studies) {
  std::vector<Report> reports;
  reports.reserve(contestants.size());
  for (const Contestant& contestant : contestants) {
    ASSIGN_OR_RETURN(reports.emplace_back(),
                     ReportOn(contestant.predict, studies));
  }
  absl::PrintF("\n%s: error / rank correlation\n%-22s", title, "");
  for (const size_t n : kFinishedCounts) {
    absl::PrintF(" %13s", absl::StrCat("n=", n));
  }
  absl::PrintF("\n");
  for (size_t i = 0; i < reports.size(); ++i) {
    absl::PrintF("%-22s", contestants[i].name);
    for (const size_t n : kFinishedCounts) {
      const auto row = std::find_if(
          reports[i].rows.begin(), reports[i].rows.end(),
          [n](const Report::Row& each) { return each.finished == n; });
      const bool is_there = row != reports[i].rows.end();
      absl::PrintF(" %13s",
                   is_there ? absl::StrFormat("%.3f / %.2f", row->score.error,
                                              row->score.rank_correlation)
                            : "-");
    }
    absl::PrintF("\n");
  }
  absl::PrintF("share of measurements below the quantiles\n%-22s", "");
  for (const double quantile : kQuantiles) {
    absl::PrintF(" %5.0f %%", 100 * quantile);
  }
  absl::PrintF("\n");
  for (size_t i = 0; i < reports.size(); ++i) {
    absl::PrintF("%-22s", contestants[i].name);
    for (const double share : reports[i].below) {
      absl::PrintF(" %5.0f %%", 100 * share);
    }
    absl::PrintF("\n");
  }
  return absl::OkStatus();
}

absl::StatusOr<FeasibilityQuality> JudgeFeasibility(
    const TextRegressor& text, const ContextRegressor& context,
    absl::Span<const NamedStudy> studies) {
  constexpr size_t kKnown = 20;
  std::vector<bool> feasible;
  std::vector<double> by_text;
  std::vector<double> by_context;
  double infeasible = 0;
  for (const NamedStudy& study : studies) {
    const auto trials = absl::MakeConstSpan(study.trials);
    const auto judged = trials.last(kJudgedTrials);
    std::vector<NamedPoint> queries;
    queries.reserve(judged.size());
    for (const NamedTrial& trial : judged) queries.push_back(trial.point);
    const auto predicted_in_context =
        context.Predict(study.text, trials.first(kKnown), queries);
    // Not where all that is known is infeasible.
    if (!predicted_in_context.ok()) continue;
    ASSIGN_OR_RETURN(const std::vector<Prediction> predicted,
                     text.Predict(study.text, {}, queries));
    for (size_t i = 0; i < queries.size(); ++i) {
      feasible.push_back(judged[i].value.has_value());
      infeasible += feasible.back() ? 0 : 1;
      by_text.push_back(predicted[i].p_feasible);
      by_context.push_back((*predicted_in_context)[i].p_feasible);
    }
  }
  return FeasibilityQuality{RankingQuality(by_text, feasible),
                            RankingQuality(by_context, feasible),
                            infeasible / static_cast<double>(feasible.size())};
}

}  // namespace apogee
