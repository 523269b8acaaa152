// What models are trained on, which of them are used, and when to train again.

#include <algorithm>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "algorithms/regressor/training_run.h"
#include "apogee/v1/regressor_service.pb.h"
#include "gmock/gmock.h"
#include "nlohmann/json.hpp"
#include "server/engine/regressors.h"
#include "server/training/shared_studies.h"
#include "server/training/train.h"
#include "server/training/training_service.h"
#include "storage/open.h"
#include "tests/conformance/datastore_conformance.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/matchers.h"
#include "vizier/study.pb.h"

namespace apogee {
namespace {

using absl::StatusCode;
using apogee::v1::RegressorInfo;
using apogee::v1::TrainedModels;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class TrainingTest : public testing::Test {
 protected:
  // A study of one parameter, whose trials measure what `values` say of their
  // number.
  template <typename Values>
  void AddStudy(const StudyName& name, const std::string& sharing, int trials,
                Values values) {
    Commit commit;
    commit.study = name;
    commit.erase_study = true;
    vizier::Study study;
    study.set_name(name.ToString());
    *study.mutable_study_spec() = ParseProto<vizier::StudySpec>(
        "metrics { metric_id: 'y' goal: MAXIMIZE } parameters { parameter_id: "
        "'x' double_value_spec { max_value: 1 } }");
    commit.study_row = StudyRow{.proto = study.SerializeAsString(),
                                .state = "ACTIVE",
                                .sharing = sharing};
    for (int i = 0; i < trials; ++i) {
      TrialRow row;
      row.id = i + 1;
      row.state = "SUCCEEDED";
      row.finished = i;
      row.parameters_json = absl::StrCat("{\"x\": ", (i * 7 % 20) / 20., "}");
      row.final_metrics_json = absl::StrCat("{\"y\": ", values(i), "}");
      commit.trials.push_back(std::move(row));
    }
    ASSERT_OK(ApplyNow(*store_, std::move(commit)));
  }
  void AddStudy(const StudyName& name, const std::string& sharing,
                int trials = 20) {
    AddStudy(name, sharing, trials, [](int i) { return i * 7 % 20; });
  }
  void AddStudies(int count, const std::string& sharing, int trials = 20) {
    for (int i = 0; i < count; ++i) {
      AddStudy({"o", absl::StrCat("s", i)}, sharing, trials);
    }
  }
  void Delete(const StudyName& name) {
    Commit commit;
    commit.study = name;
    commit.erase_study = true;
    ASSERT_OK(ApplyNow(*store_, std::move(commit)));
  }

  // One step of each model.
  absl::StatusOr<TrainedModels> Train(
      std::optional<std::string> owner = std::nullopt) {
    return TrainModels(*store_,
                       {.owner = std::move(owner),
                        .cpu_time = absl::Nanoseconds(1),
                        .seed = 5},
                       [](const apogee::v1::Training&) {});
  }
  // As the server keeps it.
  int64_t Keep(const TrainedModels& models, int64_t chosen_at,
               const std::string& owner = "") {
    RegressorRow row = SomeRegressor(owner);
    row.chosen_time.reset();
    if (chosen_at > 0) row.chosen_time = absl::FromUnixSeconds(chosen_at);
    row.report_json =
        absl::StrCat("{\"trials\": ", models.report().trials(), "}");
    row.studies_json =
        nlohmann::json(std::vector<std::string>(models.studies().begin(),
                                                models.studies().end()))
            .dump();
    row.weights = models.weights();
    return *store_->AddRegressor(std::move(row));
  }

  std::unique_ptr<Datastore> store_ = *OpenDatastore("memory:");
  FakeClock clock_;
};

TEST_F(TrainingTest, OnlyStudiesThatConsentAreRead) {
  AddStudy({"o", "all"}, "SERVER");
  AddStudy({"o", "own"}, "OWNER");
  AddStudy({"o", "none"}, "");
  AddStudy({"p", "theirs"}, "OWNER");
  AddStudy({"p", "gift"}, "SERVER");
  const auto hashes = [&](std::optional<std::string> owner) {
    return ReadSharedStudies(*store_, owner)->hashes;
  };
  const auto hash = [](const char* name) {
    return StudyHash(absl::StrCat("owners/", name));
  };
  EXPECT_THAT(hashes(std::nullopt),
              ElementsAre(hash("p/studies/gift"), hash("o/studies/all")));
  EXPECT_THAT(hashes("o"),
              ElementsAre(hash("o/studies/own"), hash("o/studies/all")));
}

TEST_F(TrainingTest, AStudyThatDoesNotConsentChangesNoWeight) {
  AddStudies(3, "SERVER");
  ASSERT_OK_AND_ASSIGN(const TrainedModels before, Train());
  AddStudy({"o", "private"}, "");
  AddStudy({"o", "own"}, "OWNER");
  ASSERT_OK_AND_ASSIGN(const TrainedModels same, Train());
  EXPECT_EQ(same.weights(), before.weights());
  AddStudy({"o", "shared"}, "SERVER", 20, [](int i) { return i; });
  ASSERT_OK_AND_ASSIGN(const TrainedModels other, Train());
  EXPECT_NE(other.weights(), before.weights());
}

TEST_F(TrainingTest, StudiesThatTeachNothingAreLeftOut) {
  AddStudy({"o", "few"}, "SERVER", 4);
  AddStudy({"o", "constant"}, "SERVER", 20, [](int) { return 1; });
  AddStudy({"o", "long"}, "SERVER", 3000, [](int i) { return i; });
  ASSERT_OK_AND_ASSIGN(const SharedStudies shared,
                       ReadSharedStudies(*store_, std::nullopt));
  ASSERT_THAT(shared.studies, SizeIs(1));
  EXPECT_EQ(shared.trials, 1000);
  EXPECT_EQ(shared.studies[0].trials[1].value, 3);
  EXPECT_THAT(Train(), StatusIs(StatusCode::kFailedPrecondition,
                                HasSubstr("there are 1 studies")));
}

TEST_F(TrainingTest, WholeStudiesAreHeldOutAndStayOnTheirSide) {
  AddStudies(30, "SERVER");
  const auto split = [&] {
    const SharedStudies shared = *ReadSharedStudies(*store_, std::nullopt);
    return *SplitStudies(shared.studies, shared.hashes);
  };
  EXPECT_THAT(split().held_out, SizeIs(3));
  EXPECT_THAT(split().training, SizeIs(27));
  // The one that is held out first, by its hash, grows.
  std::vector<std::pair<std::string, int>> order;
  order.reserve(30);
  for (int i = 0; i < 30; ++i) {
    order.emplace_back(StudyHash(absl::StrCat("owners/o/studies/s", i)), i);
  }
  std::sort(order.begin(), order.end());
  AddStudy({"o", absl::StrCat("s", order[0].second)}, "SERVER", 100);
  const auto held_out = split().held_out;
  EXPECT_TRUE(std::any_of(
      held_out.begin(), held_out.end(),
      [](const NamedStudy& study) { return study.trials.size() == 100; }));
}

TEST_F(TrainingTest, TheFirstModelsAreAcceptedWhenTheyRankBetterThanChance) {
  AddStudies(12, "SERVER");
  ASSERT_OK_AND_ASSIGN(const TrainedModels models, Train());
  const auto& report = models.report();
  EXPECT_EQ(report.studies(), 12);
  EXPECT_EQ(report.trials(), 240);
  EXPECT_EQ(report.scores().studies(), 1);
  EXPECT_THAT(report.text().points(), SizeIs(1));
  EXPECT_THAT(report.context().points(), SizeIs(1));
  EXPECT_EQ(models.is_accepted(),
            std::max(report.scores().text().rank_correlation(),
                     report.scores().context().rank_correlation()) > 0);
  EXPECT_OK(ParseRegressors(models.weights()));
}

TEST_F(TrainingTest, TheReportComparesWithWhatKnowsOneStudyOnly) {
  AddStudies(12, "SERVER");
  ASSERT_OK_AND_ASSIGN(const TrainedModels trained, Train());
  const auto& models = trained.report().models();
  ASSERT_THAT(models, SizeIs(4));
  EXPECT_EQ(models[0].model(), "text");
  // Knows a study without a trial of it.
  EXPECT_EQ(models[0].rows(0).finished(), 0);
  EXPECT_EQ(models[1].model(), "context");
  EXPECT_EQ(models[2].model(), "process");
  EXPECT_EQ(models[3].model(), "trees");
  for (const auto& model : models) EXPECT_THAT(model.below(), SizeIs(7));
  for (const int alone : {2, 3}) {
    ASSERT_THAT(models[alone].rows(), SizeIs(2));
    const auto& row = models[alone].rows(1);
    EXPECT_EQ(row.finished(), 10);
    EXPECT_EQ(row.studies(), 1);
    EXPECT_GT(row.score().rank_correlation(), 0.8);
  }
}

TEST_F(TrainingTest, StudiesTooSmallToJudgeByAreNotReportedOn) {
  AddStudies(12, "SERVER", 8);
  ASSERT_OK_AND_ASSIGN(const TrainedModels trained, Train());
  EXPECT_THAT(trained.report().models(), IsEmpty());
}

TEST_F(TrainingTest, LaterOnesAreAcceptedWhenTheyAreBetter) {
  AddStudies(12, "SERVER");
  ASSERT_OK_AND_ASSIGN(const TrainedModels first, Train());
  const int64_t version = Keep(first, 10);
  ASSERT_OK_AND_ASSIGN(const TrainedModels again, Train());
  EXPECT_FALSE(again.is_accepted());
  EXPECT_THAT(again.report().verdict(), HasSubstr("no better than version 1"));
  EXPECT_EQ(again.report().before_version(), version);
  EXPECT_THAT(again.report().before(), EqualsProto(first.report().scores()));
  EXPECT_THAT(EvaluateModels(*store_, version),
              IsOkAndHolds(EqualsProto(first.report().scores())));
}

TEST_F(TrainingTest, ModelsThatKnowADeletedStudyHaveToGo) {
  AddStudies(12, "SERVER");
  Keep(*Train(), 10);
  Delete({"o", "s3"});
  ASSERT_OK_AND_ASSIGN(const TrainedModels models, Train());
  EXPECT_THAT(models.report().verdict(),
              HasSubstr("version 1 has seen studies that are not shared any "
                        "more"));
  EXPECT_FALSE(models.report().has_before());
  EXPECT_THAT(models.studies(), SizeIs(11));
}

TEST_F(TrainingTest, OfTheRejectedVersionsTheNewestThreeAreKept) {
  const TrainedModels models;
  for (const int chosen_at : {0, 10, 0, 0, 0, 0}) Keep(models, chosen_at);
  Keep(models, 0, "o");
  ASSERT_OK(EraseOldRejects(*store_, ""));
  std::vector<int64_t> versions;
  versions.reserve(7);
  ASSERT_OK_AND_ASSIGN(const std::vector<RegressorRow> rows,
                       store_->ListRegressors());
  for (const RegressorRow& row : rows) {
    versions.push_back(row.version);
  }
  EXPECT_THAT(versions, ElementsAre(2, 4, 5, 6, 7));
}

// In memory nothing can be trained, so the error says that it was tried.
MATCHER(IsTried, "") { return absl::IsUnimplemented(arg); }

TEST_F(TrainingTest, ATrainingIsDueWhenThereIsMoreToLearnOrToForget) {
  TrainingService service({.store = "memory:"}, store_.get(), &clock_);
  AddStudies(19, "SERVER");
  EXPECT_OK(service.TrainIfDue());
  AddStudies(20, "SERVER");
  EXPECT_THAT(service.TrainIfDue(), IsTried());
  TrainedModels models;
  models.mutable_report()->set_trials(400);
  for (int i = 0; i < 20; ++i) {
    models.add_studies(StudyHash(absl::StrCat("owners/o/studies/s", i)));
  }
  // A rejected one counts, too.
  Keep(models, 0);
  EXPECT_OK(service.TrainIfDue());
  AddStudies(1, "SERVER", 59);
  EXPECT_OK(service.TrainIfDue());
  AddStudies(1, "SERVER", 60);
  EXPECT_THAT(service.TrainIfDue(), IsTried());
  AddStudies(20, "SERVER");
  EXPECT_OK(service.TrainIfDue());
  AddStudy({"o", "new"}, "SERVER", 5);
  EXPECT_OK(service.TrainIfDue());
  Delete({"o", "s7"});
  EXPECT_THAT(service.TrainIfDue(), IsTried());
}

TEST_F(TrainingTest, AnOwnersStudiesAreTrainedOnForTheOwner) {
  TrainingService service({.store = "memory:"}, store_.get(), &clock_);
  AddStudies(20, "OWNER");
  EXPECT_THAT(service.TrainIfDue(), IsTried());
  TrainedModels models;
  models.mutable_report()->set_trials(400);
  Keep(models, 0, "other");
  EXPECT_THAT(service.TrainIfDue(), IsTried());
  Keep(models, 0, "o");
  EXPECT_OK(service.TrainIfDue());
}

// Calls a method of the service and waits for its answer.
template <typename Request, typename Result>
absl::StatusOr<Result> Call(TrainingService& service,
                            void (TrainingService::*method)(
                                const Request&, TrainingService::Done<Result>),
                            const Request& request) {
  std::promise<absl::StatusOr<Result>> promise;
  (service.*method)(request, [&](absl::StatusOr<Result> result) {
    promise.set_value(std::move(result));
  });
  return promise.get_future().get();
}

template <typename Request>
Request Versioned(int64_t version) {
  Request request;
  request.set_version(version);
  return request;
}

TEST_F(TrainingTest, VersionsAreListedUsedAndForgotten) {
  TrainingService service({.store = "memory:"}, store_.get(), &clock_);
  TrainedModels models;
  models.mutable_report()->set_trials(7);
  Keep(models, 10);
  Keep(models, 20);
  Keep(models, 0);
  Keep(models, 5, "o");
  const auto states = [&] {
    std::vector<RegressorInfo::State> found;
    const auto response = Call(service, &TrainingService::ListRegressors,
                               apogee::v1::ListRegressorsRequest());
    EXPECT_FALSE(response->has_training());
    found.reserve(response->regressors_size());
    for (const RegressorInfo& info : response->regressors()) {
      EXPECT_EQ(info.report().trials(), 7);
      found.push_back(info.state());
    }
    return found;
  };
  EXPECT_THAT(states(),
              ElementsAre(RegressorInfo::ACCEPTED, RegressorInfo::IN_USE,
                          RegressorInfo::REJECTED, RegressorInfo::IN_USE));
  clock_.Advance(absl::Hours(1));
  EXPECT_THAT(Call(service, &TrainingService::UseRegressor,
                   Versioned<apogee::v1::UseRegressorRequest>(1))
                  ->state(),
              RegressorInfo::IN_USE);
  EXPECT_EQ(states()[1], RegressorInfo::ACCEPTED);
  EXPECT_OK(Call(service, &TrainingService::ForgetRegressor,
                 Versioned<apogee::v1::ForgetRegressorRequest>(1)));
  EXPECT_THAT(states(),
              ElementsAre(RegressorInfo::IN_USE, RegressorInfo::REJECTED,
                          RegressorInfo::IN_USE));
  EXPECT_THAT(Call(service, &TrainingService::GetRegressor,
                   Versioned<apogee::v1::GetRegressorRequest>(4))
                  ->parent(),
              "owners/o");
}

TEST_F(TrainingTest, WhatCanNotBeDoneIsToldWithItsCure) {
  TrainingService service({.store = "memory:"}, store_.get(), &clock_);
  const auto gone = StatusIs(StatusCode::kNotFound,
                             "there is no regressor of version 9; \"apogee "
                             "regressor list\" has those there are");
  EXPECT_THAT(Call(service, &TrainingService::GetRegressor,
                   Versioned<apogee::v1::GetRegressorRequest>(9)),
              gone);
  EXPECT_THAT(Call(service, &TrainingService::UseRegressor,
                   Versioned<apogee::v1::UseRegressorRequest>(9)),
              gone);
  EXPECT_THAT(Call(service, &TrainingService::ForgetRegressor,
                   Versioned<apogee::v1::ForgetRegressorRequest>(9)),
              gone);
  EXPECT_THAT(Call(service, &TrainingService::EvaluateRegressor,
                   Versioned<apogee::v1::EvaluateRegressorRequest>(9)),
              gone);
  apogee::v1::TrainRegressorRequest request;
  EXPECT_THAT(Call(service, &TrainingService::TrainRegressor, request),
              StatusIs(StatusCode::kUnimplemented, HasSubstr("sqlite:FILE")));
  request.set_cpu_seconds(-1);
  EXPECT_THAT(Call(service, &TrainingService::TrainRegressor, request),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("cpu_seconds")));
  request.set_parent("me");
  EXPECT_THAT(Call(service, &TrainingService::TrainRegressor, request),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("owners/")));
}

}  // namespace
}  // namespace apogee
