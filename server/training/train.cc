#include "server/training/train.h"

#include <algorithm>
#include <ctime>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "algorithms/regressor/training_run.h"
#include "apogee/v1/regressor.pb.h"
#include "base/status_macros.h"
#include "nlohmann/json.hpp"
#include "server/engine/regressors.h"
#include "server/training/model_reports.h"
#include "server/training/shared_studies.h"

namespace apogee {
namespace {

using apogee::v1::RegressorScore;
using apogee::v1::RegressorScores;
using apogee::v1::TrainedModels;
using apogee::v1::Training;
using apogee::v1::TrainingCurve;
using apogee::v1::TrainingReport;

constexpr int kRejectsKept = 3;
// The server reads them itself and has others to serve.
constexpr int64_t kTrialsToEvaluate = 100'000;

absl::Duration CpuTime() {
  timespec time = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return absl::DurationFromTimespec(time);
}

RegressorScore ToProto(const Score& score) {
  RegressorScore proto;
  proto.set_error(score.error);
  proto.set_rank_correlation(score.rank_correlation);
  return proto;
}

TrainingCurve ToProto(const std::vector<TrainingRun::CurvePoint>& curve) {
  TrainingCurve proto;
  for (const TrainingRun::CurvePoint& each : curve) {
    TrainingCurve::Point& point = *proto.add_points();
    point.set_progress(each.progress);
    point.set_steps(each.steps);
    point.set_loss(each.loss);
    *point.mutable_held_out() = ToProto(each.held_out);
  }
  return proto;
}

absl::StatusOr<StudySplit> Split(SharedStudies shared) {
  absl::StatusOr<StudySplit> split =
      SplitStudies(std::move(shared.studies), shared.hashes);
  if (!absl::IsFailedPrecondition(split.status())) return split;
  return absl::FailedPreconditionError(absl::StrCat(
      split.status().message(),
      "; those count that are shared for training (share_for_training) and "
      "have 5 finished trials that do not all measure the same"));
}

absl::StatusOr<RegressorScores> ScoreBoth(
    const TrainedRegressors& models, absl::Span<const NamedStudy> held_out) {
  RegressorScores scores;
  scores.set_studies(static_cast<int64_t>(held_out.size()));
  ASSIGN_OR_RETURN(const Score text, ScoreStudies(*models.text, held_out));
  ASSIGN_OR_RETURN(const Score context,
                   ScoreStudies(*models.context, held_out));
  *scores.mutable_text() = ToProto(text);
  *scores.mutable_context() = ToProto(context);
  return scores;
}

double Quality(const RegressorScores& scores) {
  return scores.text().rank_correlation() - scores.text().error() +
         scores.context().rank_correlation() - scores.context().error();
}

// Trains one model in its half of the time.
absl::StatusOr<TrainingRun> RunModel(
    ModelKind kind, const StudySplit& split, absl::Duration cpu_time,
    uint64_t seed,
    const std::function<void(double, const TrainingRun&)>& on_step) {
  ASSIGN_OR_RETURN(
      TrainingRun run,
      TrainingRun::Start(kind,
                         kind == ModelKind::kText ? kTextShape : kContextShape,
                         split, seed));
  const absl::Duration begin = CpuTime();
  double progress = 0;
  while (progress < 1) {
    progress = std::min(1.0, absl::FDivDuration(CpuTime() - begin, cpu_time));
    RETURN_IF_ERROR(run.Step(progress));
    on_step(progress, run);
  }
  return run;
}

void SetVerdict(const RegressorRow* before, bool has_to_go,
                TrainedModels& models) {
  TrainingReport& report = *models.mutable_report();
  const RegressorScores& scores = report.scores();
  const bool ranks = std::max(scores.text().rank_correlation(),
                              scores.context().rank_correlation()) > 0;
  if (before == nullptr) {
    models.set_is_accepted(ranks);
    report.set_verdict(ranks ? "the first one, and better than chance"
                             : "orders trials no better than chance");
    return;
  }
  if (has_to_go) {
    models.set_is_accepted(ranks);
    report.set_verdict(absl::StrCat(
        "version ", before->version,
        " has seen studies that are not shared any more, and this one orders "
        "trials ",
        ranks ? "better" : "no better", " than chance"));
    return;
  }
  const double now = Quality(scores);
  const double then = Quality(report.before());
  models.set_is_accepted(now > then);
  report.set_verdict(absl::StrFormat(
      "%s than version %d: %.3f against %.3f (rank correlations less errors)",
      now > then ? "better" : "no better", before->version, now, then));
}

}  // namespace

const RegressorRow* InUse(const std::vector<RegressorRow>& rows,
                          const std::string& owner) {
  const RegressorRow* found = nullptr;
  for (const RegressorRow& row : rows) {
    if (row.owner != owner || !row.chosen_time) continue;
    if (found == nullptr || *row.chosen_time >= *found->chosen_time) {
      found = &row;
    }
  }
  return found;
}

bool KnowsOthers(const RegressorRow& row,
                 const std::vector<std::string>& hashes) {
  const auto known = nlohmann::json::parse(row.studies_json, nullptr, false);
  if (!known.is_array()) return true;
  const std::set<std::string> shared(hashes.begin(), hashes.end());
  return std::any_of(known.begin(), known.end(), [&](const auto& hash) {
    return !hash.is_string() ||
           !shared.contains(hash.template get<std::string>());
  });
}

absl::StatusOr<TrainedModels> TrainModels(
    StudyReader& reader, const TrainOptions& options,
    const std::function<void(const Training&)>& on_progress) {
  const absl::Duration begin = CpuTime();
  ASSIGN_OR_RETURN(SharedStudies shared,
                   ReadSharedStudies(reader, options.owner));
  ASSIGN_OR_RETURN(const std::vector<RegressorRow> rows,
                   reader.ListRegressors());
  const RegressorRow* const before = InUse(rows, options.owner.value_or(""));
  const bool has_to_go =
      before != nullptr && KnowsOthers(*before, shared.hashes);

  TrainedModels models;
  models.mutable_studies()->Assign(shared.hashes.begin(), shared.hashes.end());
  Training training;
  TrainingReport& report = *training.mutable_report();
  report.set_studies(static_cast<int64_t>(shared.studies.size()));
  report.set_trials(shared.trials);
  ASSIGN_OR_RETURN(const StudySplit split, Split(std::move(shared)));

  ASSIGN_OR_RETURN(
      const TrainingRun text,
      RunModel(ModelKind::kText, split, options.cpu_time / 2, options.seed,
               [&](double progress, const TrainingRun& run) {
                 training.set_progress(progress / 2);
                 *report.mutable_text() = ToProto(run.curve());
                 on_progress(training);
               }));
  ASSIGN_OR_RETURN(
      const TrainingRun context,
      RunModel(ModelKind::kContext, split, options.cpu_time / 2, options.seed,
               [&](double progress, const TrainingRun& run) {
                 training.set_progress(.5 + progress / 2);
                 *report.mutable_context() = ToProto(run.curve());
                 on_progress(training);
               }));

  RegressorScores& scores = *report.mutable_scores();
  scores.set_studies(static_cast<int64_t>(split.held_out.size()));
  *scores.mutable_text() = ToProto(text.best_score());
  *scores.mutable_context() = ToProto(context.best_score());
  if (before != nullptr && !has_to_go) {
    ASSIGN_OR_RETURN(const RegressorRow row,
                     reader.LoadRegressor(before->version));
    ASSIGN_OR_RETURN(const TrainedRegressors old, ParseRegressors(row.weights));
    ASSIGN_OR_RETURN(*report.mutable_before(), ScoreBoth(old, split.held_out));
    report.set_before_version(before->version);
  }
  apogee::v1::RegressorWeights weights;
  weights.set_text(text.best());
  weights.set_context(context.best());
  models.set_weights(weights.SerializeAsString());
  ASSIGN_OR_RETURN(const TrainedRegressors best,
                   ParseRegressors(models.weights()));
  RETURN_IF_ERROR(AddModelReports(best, split.held_out, report));
  report.set_cpu_seconds(absl::ToDoubleSeconds(CpuTime() - begin));
  *models.mutable_report() = report;
  SetVerdict(before, has_to_go, models);
  return models;
}

absl::StatusOr<RegressorScores> EvaluateModels(StudyReader& reader,
                                               int64_t version) {
  ASSIGN_OR_RETURN(const RegressorRow row, reader.LoadRegressor(version));
  ASSIGN_OR_RETURN(const TrainedRegressors models,
                   ParseRegressors(row.weights));
  std::optional<std::string> owner;
  if (!row.owner.empty()) owner = row.owner;
  ASSIGN_OR_RETURN(SharedStudies shared,
                   ReadSharedStudies(reader, owner, kTrialsToEvaluate));
  ASSIGN_OR_RETURN(const StudySplit split, Split(std::move(shared)));
  return ScoreBoth(models, split.held_out);
}

absl::Status EraseOldRejects(Datastore& store, const std::string& owner) {
  ASSIGN_OR_RETURN(const std::vector<RegressorRow> rows,
                   store.ListRegressors());
  int kept = 0;
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    if (row->owner != owner || row->chosen_time) continue;
    if (++kept <= kRejectsKept) continue;
    RETURN_IF_ERROR(store.EraseRegressor(row->version));
  }
  return absl::OkStatus();
}

}  // namespace apogee
