// A study is told of others once, when it is created, and never again.

#include "server/engine/background.h"

#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "algorithms/registry.h"
#include "algorithms/regressor/context_regressor.h"
#include "algorithms/regressor/text_regressor.h"
#include "gmock/gmock.h"
#include "server/engine/engine.h"
#include "storage/open.h"
#include "tests/conformance/datastore_conformance.h"
#include "tests/server/engine_harness.h"
#include "tests/server/study_harness.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using absl::StatusCode;
using apogee::v1::StudyBackground;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kStudy[] = "owners/o/studies/s";

// Suggests a point that follows from all that it was told.
class EchoSearch final : public Algorithm {
 public:
  explicit EchoSearch(const Problem& problem) {
    std::string told = "nothing";
    if (const Background* const background = problem.background.get()) {
      told = absl::StrCat(background->text.metric, " version ",
                          background->regressor_version, " ",
                          background->text_regressor != nullptr,
                          background->context_regressor != nullptr,
                          background->remote_regressor != nullptr);
      for (const PriorStudy& prior : background->priors) {
        absl::StrAppend(&told, " ", prior.name);
        for (const NamedTrial& trial : prior.study.trials) {
          absl::StrAppend(&told, " ", trial.value.value_or(-1));
        }
      }
    }
    told_ = told;
    place_ = static_cast<double>(std::hash<std::string>()(told) % 1000) / 1000;
  }

  absl::Status Observe(absl::Span<const Observation>) override {
    return absl::OkStatus();
  }
  absl::StatusOr<std::vector<Suggestion>> Suggest(
      const Ask& ask) const override {
    return std::vector<Suggestion>(ask.count,
                                   {.point = {place_}, .memo = told_});
  }

 private:
  std::string told_;
  double place_;
};

const bool kAdded = [] {
  AddAlgorithm({.name = "ECHO",
                .info = {.summary = "",
                         .description = "",
                         .learns = false,
                         .uses_background = true,
                         .create = CreateAlways<EchoSearch>}});
  return true;
}();

// In place of a model in another process.
class Nobody final : public Regressor {
  absl::StatusOr<std::vector<Prediction>> Predict(
      const StudyText&, absl::Span<const NamedTrial>,
      absl::Span<const NamedPoint>) const override {
    return absl::UnavailableError("nobody is there");
  }
};

class BackgroundTest : public testing::Test {
 protected:
  BackgroundTest() { StartEngine(); }
  ~BackgroundTest() override { engine_->Shutdown(); }

  void StartEngine() {
    engine_ =
        std::make_unique<Engine>(EngineOptions{.engine_threads = 2,
                                               .compute_threads = 1,
                                               .remote_regressor = remote_},
                                 store_.get(), &clock_, &policy_);
  }
  void RestartEngine() {
    engine_->Shutdown();
    engine_.reset();
    StartEngine();
  }
  void RestartWithRemote(bool there) {
    remote_ = there ? std::make_shared<Nobody>() : nullptr;
    RestartEngine();
  }
  void DeleteStudy() {
    vizier::DeleteStudyRequest request;
    request.set_name(kStudy);
    ASSERT_OK(Call(*engine_, &Engine::DeleteStudy, request));
  }

  // A study with a parameter, a metric, and trials that measure 1, 2, ...
  void AddStudy(const StudyName& name, const std::string& sharing,
                int trials = 6, absl::string_view spec = "",
                const std::string& parameter = "x") {
    Commit commit;
    commit.study = name;
    vizier::Study study;
    study.set_name(name.ToString());
    *study.mutable_study_spec() = ParseProto<vizier::StudySpec>(absl::StrCat(
        "metrics { metric_id: 'y' goal: MAXIMIZE } parameters { "
        "parameter_id: '",
        parameter, "' double_value_spec { max_value: 1 } } ", spec));
    commit.study_row = StudyRow{.proto = study.SerializeAsString(),
                                .state = "ACTIVE",
                                .sharing = sharing};
    for (int i = 1; i <= trials; ++i) {
      TrialRow row;
      row.id = i;
      row.state = "SUCCEEDED";
      row.finished = i - 1;
      row.parameters_json = absl::StrCat("{\"", parameter, "\": 0.5}");
      row.final_metrics_json = absl::StrCat("{\"y\": ", i, "}");
      commit.trials.push_back(std::move(row));
    }
    ASSERT_OK(ApplyNow(*store_, std::move(commit)));
  }

  absl::StatusOr<StudyBackground> Gather(absl::string_view options = "",
                                         absl::string_view spec = "") {
    return GatherBackground(
        *store_, {"o", "s"}, MakeCreateRequest(spec).study().study_spec(),
        ParseProto<apogee::v1::StudyOptions>(std::string(options)));
  }
  std::vector<std::string> Priors(absl::string_view options = "",
                                  absl::string_view spec = "") {
    const absl::StatusOr<StudyBackground> background = Gather(options, spec);
    EXPECT_OK(background);
    std::vector<std::string> names;
    names.reserve(background->priors_size());
    for (const auto& prior : background->priors()) {
      names.push_back(StudyName::Parse(prior.name())->study);
    }
    return names;
  }

  absl::StatusOr<vizier::Study> Create(absl::string_view options = "") {
    return Call(*engine_, &Engine::CreateStudy,
                MakeCreateRequest(absl::StrCat(
                    "algorithm: 'ECHO' apogee_options { ", options, " }")));
  }
  double Suggest(const std::string& client) {
    vizier::SuggestTrialsRequest request;
    request.set_parent(kStudy);
    request.set_client_id(client);
    request.set_suggestion_count(1);
    const auto operation = Call(*engine_, &Engine::SuggestTrials, request);
    EXPECT_OK(operation);
    return ResponseOf(*operation)
        .trials(0)
        .parameters(0)
        .value()
        .number_value();
  }
  apogee::v1::StudySummary Summary() {
    apogee::v1::GetStudySummaryRequest request;
    request.set_name(kStudy);
    return *Call(*engine_, &Engine::GetStudySummary, request);
  }
  int64_t AddRegressor(const std::string& owner, int chosen_at) {
    const NetworkShape tiny = {.layers = 1,
                               .width = 8,
                               .heads = 1,
                               .hidden = 8,
                               .buckets = 16,
                               .piece_width = 4};
    RegressorRow row = SomeRegressor(owner);
    row.chosen_time.reset();
    if (chosen_at > 0) row.chosen_time = absl::FromUnixSeconds(chosen_at);
    row.weights = SerializeRegressors(
        {.text = std::make_shared<TextRegressor>(tiny, 1),
         .context = std::make_shared<ContextRegressor>(tiny, 1)});
    return *store_->AddRegressor(row);
  }

  std::unique_ptr<Datastore> store_ = *OpenDatastore("memory:");
  FakeClock clock_;
  FakePolicy policy_;
  std::shared_ptr<const Regressor> remote_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(BackgroundTest, OnlyTheOwnersSharedStudiesAreFound) {
  AddStudy({"o", "mine"}, "OWNER");
  AddStudy({"o", "everybodys"}, "SERVER");
  AddStudy({"o", "private"}, "");
  AddStudy({"other", "theirs"}, "SERVER");
  EXPECT_THAT(Priors(), ElementsAre("everybodys", "mine"));
  EXPECT_THAT(Priors("transfer { similar: 1 }"), ElementsAre("everybodys"));
  EXPECT_THAT(Priors("transfer { similar: 0 }"), IsEmpty());
}

TEST_F(BackgroundTest, TheMostSimilarComeFirstAndStrangersNever) {
  AddStudy({"o", "same user"}, "OWNER", 6,
           "metadata { key: 'user' value: 'ann' }");
  AddStudy({"o", "more parameters"}, "OWNER", 6,
           "parameters { parameter_id: 'z' double_value_spec {} }");
  AddStudy({"o", "plain"}, "OWNER");
  AddStudy({"o", "stranger"}, "OWNER", 6, "", "other");
  EXPECT_THAT(Priors("", "metadata { key: 'user' value: 'ann' }"),
              ElementsAre("same user", "plain", "more parameters"));
}

TEST_F(BackgroundTest, StudiesWithFewTrialsAreLeftOut) {
  AddStudy({"o", "enough"}, "OWNER", 5);
  AddStudy({"o", "few"}, "OWNER", 4);
  EXPECT_THAT(Priors(), ElementsAre("enough"));
}

TEST_F(BackgroundTest, AtMostTwoHundredTrialsOfAStudyAreKept) {
  AddStudy({"o", "long"}, "OWNER", 1000);
  ASSERT_OK_AND_ASSIGN(const StudyBackground background, Gather());
  ASSERT_THAT(background.priors(), SizeIs(1));
  EXPECT_THAT(background.priors(0).trials(), SizeIs(200));
  EXPECT_EQ(background.priors(0).trials(199).value(), 1000);
  EXPECT_EQ(background.priors(0).trials(100).value(), 901);
}

TEST_F(BackgroundTest, NamedStudiesComeBeforeFoundOnes) {
  AddStudy({"o", "named"}, "", 6, "", "other");
  AddStudy({"o", "found"}, "OWNER");
  AddStudy({"o", "both"}, "OWNER");
  EXPECT_THAT(Priors("transfer { from: 'named' from: 'owners/o/studies/both' "
                     "similar: 1 }"),
              ElementsAre("named", "both", "found"));
}

TEST_F(BackgroundTest, ABadNameIsToldWithTheStudy) {
  AddStudy({"o", "few"}, "", 4);
  AddStudy({"other", "theirs"}, "SERVER");
  EXPECT_THAT(
      Gather("transfer { from: 'gone' }"),
      StatusIs(StatusCode::kNotFound, HasSubstr("\"transfer.from\": study "
                                                "\"owners/o/studies/gone\"")));
  EXPECT_THAT(Gather("transfer { from: 'owners/other/studies/theirs' }"),
              StatusIs(StatusCode::kInvalidArgument,
                       HasSubstr("is not a study of owner \"o\"")));
  EXPECT_THAT(Gather("transfer { from: 'few' }"),
              StatusIs(StatusCode::kInvalidArgument,
                       HasSubstr("has 4 finished trials; at least 5")));
  EXPECT_THAT(Gather("transfer { regressor: '7' }"),
              StatusIs(StatusCode::kNotFound, HasSubstr("version 7")));

  // Nothing was created.
  EXPECT_THAT(Create("transfer { from: 'gone' }"),
              StatusIs(StatusCode::kNotFound));
  vizier::GetStudyRequest request;
  request.set_name(kStudy);
  EXPECT_THAT(Call(*engine_, &Engine::GetStudy, request),
              StatusIs(StatusCode::kNotFound));
  EXPECT_OK(Create());
}

TEST_F(BackgroundTest, TheRegressorChosenLastIsPinnedTheOwnersOwnFirst) {
  const auto version = [&](absl::string_view choice) {
    return Gather(choice)->regressor_version();
  };
  EXPECT_EQ(version(""), 0);
  const int64_t servers = AddRegressor("", 30);
  AddRegressor("", 20);
  EXPECT_EQ(version(""), servers);
  const int64_t mine = AddRegressor("o", 10);
  AddRegressor("other", 40);
  const int64_t rejected = AddRegressor("o", 0);
  EXPECT_EQ(version(""), mine);
  EXPECT_EQ(version("transfer { regressor: 'none' }"), 0);
  EXPECT_EQ(version("transfer { regressor: '1' }"), servers);
  EXPECT_EQ(version("transfer { regressor: '5' }"), rejected);
  EXPECT_THAT(Gather("transfer { regressor: '4' }"),
              StatusIs(StatusCode::kNotFound));
}

TEST_F(BackgroundTest, AStudyGoesOnTheSameWhateverBecomesOfTheOthers) {
  AddStudy({"o", "prior"}, "OWNER");
  AddRegressor("", 10);
  ASSERT_OK(Create());
  const double told = Suggest("w1");
  EXPECT_THAT(Summary().priors(), ElementsAre("owners/o/studies/prior"));
  EXPECT_EQ(Summary().regressor_version(), 1);

  AddStudy({"o", "prior"}, "", 50);
  AddStudy({"o", "another"}, "OWNER");
  AddRegressor("", 20);
  ASSERT_OK(Create());  // the same study again
  RestartEngine();
  EXPECT_EQ(Suggest("w2"), told);
  vizier::SetStudyStateRequest pause;
  pause.set_parent(kStudy);
  pause.set_state(vizier::Study::INACTIVE);
  ASSERT_OK(Call(*engine_, &Engine::SetStudyState, pause));
  pause.set_state(vizier::Study::ACTIVE);
  ASSERT_OK(Call(*engine_, &Engine::SetStudyState, pause));
  RestartEngine();
  EXPECT_EQ(Suggest("w3"), told);
  EXPECT_EQ(Summary().regressor_version(), 1);

  // Forgetting is stronger than repeating.
  ASSERT_OK(store_->EraseRegressor(1));
  RestartEngine();
  EXPECT_NE(Suggest("w4"), told);
}

TEST_F(BackgroundTest, AStudyAsksTheRemoteRegressorUnlessItDeclines) {
  EXPECT_THAT(
      Create("transfer { remote: true }"),
      StatusIs(StatusCode::kNotFound, AllOf(HasSubstr("\"transfer.remote\""),
                                            HasSubstr("--remote-regressor"))));
  for (const char* const options :
       {"", "transfer { remote: true }", "transfer { remote: false }"}) {
    RestartWithRemote(true);
    ASSERT_OK(Create(options));
    const bool asks = !absl::StrContains(options, "false");
    EXPECT_EQ(Summary().remote_regressor(), asks);
    const double told = Suggest("w1");
    RestartEngine();
    EXPECT_EQ(Suggest("w2"), told);
    EXPECT_EQ(Summary().remote_regressor(), asks);
    RestartWithRemote(false);
    EXPECT_EQ(Suggest("w3") == told, !asks);
    DeleteStudy();
  }
}

TEST_F(BackgroundTest, ARemoteRegressorThatComesLaterIsForNewStudies) {
  ASSERT_OK(Create());
  const double told = Suggest("w1");
  RestartWithRemote(true);
  EXPECT_EQ(Suggest("w2"), told);
  EXPECT_FALSE(Summary().remote_regressor());
}

TEST_F(BackgroundTest, ADamagedRegressorIsNotPassedOver) {
  AddRegressor("", 10);
  RegressorRow row = SomeRegressor("");
  row.chosen_time = absl::FromUnixSeconds(20);
  ASSERT_OK(store_->AddRegressor(row));
  EXPECT_THAT(Create(), StatusIs(StatusCode::kDataLoss, HasSubstr("damaged")));
}

TEST_F(BackgroundTest, TwoWhoCreateAStudyAtOnceGetTheSame) {
  AddStudy({"o", "prior"}, "OWNER");
  const vizier::CreateStudyRequest request =
      MakeCreateRequest("algorithm: 'ECHO'");
  auto first = Start(*engine_, &Engine::CreateStudy, request);
  auto second = Start(*engine_, &Engine::CreateStudy, request);
  ASSERT_OK_AND_ASSIGN(const vizier::Study study, first.get());
  EXPECT_THAT(second.get(), IsOkAndHolds(EqualsProto(study)));
}

TEST_F(BackgroundTest, PriorsMoveWithTheStudyAndRegressorsStay) {
  AddStudy({"o", "prior"}, "OWNER");
  AddRegressor("", 10);
  RestartWithRemote(true);
  ASSERT_OK(Create());
  apogee::v1::ExportStudyRequest request;
  request.set_name(kStudy);
  apogee::v1::ImportStudyRequest import;
  import.set_parent("owners/o");
  ASSERT_OK_AND_ASSIGN(*import.mutable_record(),
                       Call(*engine_, &Engine::ExportStudy, request));
  EXPECT_EQ(import.record().background().regressor_version(), 0);
  EXPECT_FALSE(import.record().background().remote_regressor());
  DeleteStudy();

  import.mutable_record()->mutable_background()->set_regressor_version(1);
  import.mutable_record()->mutable_background()->set_remote_regressor(true);
  ASSERT_OK(Call(*engine_, &Engine::ImportStudy, import));
  RestartEngine();
  EXPECT_THAT(Summary().priors(), ElementsAre("owners/o/studies/prior"));
  EXPECT_EQ(Summary().regressor_version(), 0);
  EXPECT_FALSE(Summary().remote_regressor());

  import.mutable_record()->mutable_study()->set_display_name("bad");
  import.mutable_record()
      ->mutable_background()
      ->mutable_priors(0)
      ->mutable_trials(0)
      ->set_value(std::numeric_limits<double>::infinity());
  EXPECT_THAT(Call(*engine_, &Engine::ImportStudy, import),
              StatusIs(StatusCode::kInvalidArgument, HasSubstr("finite")));
}

}  // namespace
}  // namespace apogee
