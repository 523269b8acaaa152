#include "client/import/archive.h"

#include <limits>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "tests/client/import/collector.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using absl::StatusCode;
using apogee::v1::StudyRecord;
using apogee::v1::TrialRecord;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

StudyRecord SomeStudy() {
  return ParseProto<StudyRecord>(R"pb(
    study {
      name: "owners/o/studies/s"
      display_name: "s"
      state: COMPLETED
      inactive_reason: "it is over"
      create_time { seconds: 1700000000 nanos: 1 }
      study_spec {
        parameters {
          parameter_id: "lr"
          double_value_spec { min_value: 1e-300 max_value: 0.1 }
        }
        metadata { key: "k" value: "line\nbreak \"quoted\" \342\200\250" }
      }
    }
    seed: 18446744073709551615
    next_trial_id: 9007199254740993
  )pb");
}

TrialRecord SomeTrial() {
  return ParseProto<TrialRecord>(R"pb(
    trial {
      id: "7"
      state: SUCCEEDED
      parameters {
        parameter_id: "lr"
        value { number_value: 0.1 }
      }
      final_measurement { metrics { metric_id: "y" value: nan } }
      measurements {
        step_count: 1
        metrics { metric_id: "y" value: -inf }
      }
    }
    ordinal: 0
    memo: "\000\377"
    finished: 0
    started: true
  )pb");
}

std::string Archive(const StudyRecord& study, const TrialRecord& trial) {
  ArchiveWriter writer;
  std::string text = writer.Header();
  absl::StrAppend(&text, writer.Line(study));
  absl::StrAppend(&text, writer.Line(trial));
  return absl::StrCat(text, writer.End());
}

absl::Status Read(const std::string& text, Collector& collector) {
  std::istringstream in(text);
  return ReadArchive(in, collector);
}

TEST(Archive, HoldsEveryFieldOfARecord) {
  const std::string text = Archive(SomeStudy(), SomeTrial());
  EXPECT_THAT(std::vector<std::string>(absl::StrSplit(text, '\n')), SizeIs(5));
  EXPECT_TRUE(IsArchive(text));
  Collector collector;
  ASSERT_OK(Read(text, collector));
  ASSERT_THAT(collector.studies, SizeIs(1));
  ASSERT_THAT(collector.trials, SizeIs(1));
  EXPECT_THAT(collector.studies[0], EqualsProto(SomeStudy()));
  EXPECT_THAT(collector.trials[0], EqualsProto(SomeTrial()));
}

TEST(Archive, KeepsWhatJsonCanNotSay) {
  StudyRecord study = SomeStudy();
  vizier::KeyValue& entry =
      *study.mutable_study()->mutable_study_spec()->add_metadata();
  entry.mutable_proto()->set_type_url("type.googleapis.com/not.known.Here");
  entry.mutable_proto()->set_value("\xff\x01");
  TrialRecord trial = SomeTrial();
  trial.mutable_trial()
      ->mutable_parameters(0)
      ->mutable_value()
      ->set_number_value(std::numeric_limits<double>::quiet_NaN());
  const std::string text = Archive(study, trial);
  EXPECT_THAT(text, HasSubstr("{\"serializedStudy\":"));
  EXPECT_THAT(text, HasSubstr("{\"serializedTrial\":"));
  Collector collector;
  ASSERT_OK(Read(text, collector));
  EXPECT_THAT(collector.studies.at(0), EqualsProto(study));
  EXPECT_THAT(collector.trials.at(0), EqualsProto(trial));
}

TEST(Archive, ADamagedOneIsToldByItsLine) {
  const std::string good = Archive(SomeStudy(), SomeTrial());
  const auto refused = [](const std::string& text, const std::string& message) {
    Collector collector;
    EXPECT_THAT(Read(text, collector),
                StatusIs(StatusCode::kInvalidArgument, HasSubstr(message)));
  };
  const auto with = [&](absl::string_view old_text, absl::string_view text) {
    return absl::StrReplaceAll(good, {{old_text, text}});
  };
  refused("", "cut short");
  refused(good.substr(0, good.find("{\"end\"")), "cut short");
  refused(good.substr(0, good.size() - 20), "line 4, study \"s\": does not");
  refused(with("\"version\":1", "\"version\":2"),
          "line 1: has version 2 of the format; this program knows 1");
  refused(with("\"apogee\"", "\"other\""), "line 1: is not the header");
  refused(with("\"trials\":\"1\"", "\"trials\":\"2\""),
          "counts 1 studies and 2 trials, but there are 1 and 1");
  refused(with("\"state\":\"SUCCEEDED\"", "\"state\":[]"), "line 3");
  refused(
      with("{\"study\":{\"study\"", "{\"header\":{}}\n{\"study\":{\"study\""),
      "line 2: is neither a study nor a trial");
  refused(good + "{}\n", "line 5, study \"s\": follows the end");
  ArchiveWriter writer;
  refused(absl::StrCat(writer.Header(), writer.Line(SomeTrial())),
          "line 2: is a trial before any study");
}

TEST(Archive, AnErrorOfTheSinkIsPassedOn) {
  Collector collector;
  collector.error = absl::UnavailableError("no server");
  EXPECT_EQ(Read(Archive(SomeStudy(), SomeTrial()), collector),
            collector.error);
  collector.error = absl::InvalidArgumentError("trial 7 is bad");
  EXPECT_THAT(Read(Archive(SomeStudy(), SomeTrial()), collector),
              StatusIs(StatusCode::kInvalidArgument,
                       StartsWith("line 3, study \"s\": trial 7 is bad")));
}

}  // namespace
}  // namespace apogee
