// Requests that no client should send. Each gets an error that says what is
// wrong, and soon; or is an ordinary request after all.

#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "apogee/v1/admin.grpc.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/text_format.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/security/credentials.h"
#include "proto/validate.h"
#include "tests/hostile/bystander.h"
#include "tests/testing/matchers.h"

namespace apogee {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using grpc::StatusCode;
using testing::AnyOf;
using testing::HasSubstr;

constexpr char kStudy[] = "owners/o/studies/s";

// A message of one field that is bytes or a message.
std::string Field(int number, absl::string_view bytes) {
  std::string text;
  const auto varint = [&](uint64_t value) {
    for (; value > 127; value >>= 7) {
      text += static_cast<char>((value & 127) | 128);
    }
    text += static_cast<char>(value);
  };
  varint(static_cast<uint64_t>(number) << 3 | 2);
  varint(bytes.size());
  return text.append(bytes.data(), bytes.size());
}

// All that a caller learns of a call.
struct Outcome {
  grpc::Status status;
  std::string answer;
  absl::Duration elapsed;
};

class Requests : public testing::Test {
 protected:
  Requests()
      : server_({"--store", "memory:", "--log-level", "error"}),
        channel_(Channel()),
        generic_(channel_),
        stub_(vizier::VizierService::NewStub(channel_)) {
    Send("CreateStudy", PlainStudy("s"));
    vizier::SuggestTrialsRequest suggest;
    suggest.set_parent(kStudy);
    suggest.set_client_id("w");
    suggest.set_suggestion_count(1);
    EXPECT_TRUE(Send("SuggestTrials", suggest).status.ok());
  }

  // The server is well, and its memory is bounded.
  void TearDown() override {
    vizier::GetTrialRequest request;
    request.set_name(absl::StrCat(kStudy, "/trials/1"));
    EXPECT_TRUE(Send("GetTrial", request).status.ok());
    const int64_t resident = ResidentMiB(server_);
    printf("the server takes %d MiB\n", static_cast<int>(resident));
    EXPECT_LT(resident, kSlowness * 1000);
  }

  Outcome SendBytes(const std::string& method, const std::string& bytes,
                    bool compressed = false) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::minutes(1));
    if (compressed) context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
    const grpc::Slice slice(bytes);
    const grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    grpc::CompletionQueue queue;
    const absl::Time start = absl::Now();
    Outcome outcome;
    const auto call = generic_.PrepareUnaryCall(
        &context, absl::StrCat("/vizier.VizierService/", method), request,
        &queue);
    call->StartCall();
    call->Finish(&response, &outcome.status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    outcome.elapsed = absl::Now() - start;
    std::vector<grpc::Slice> slices;
    if (outcome.status.ok() && response.Dump(&slices).ok()) {
      for (const grpc::Slice& piece : slices) {
        outcome.answer.append(reinterpret_cast<const char*>(piece.begin()),
                              piece.size());
      }
    }
    return outcome;
  }

  Outcome Send(const std::string& method, const Message& request) {
    return SendBytes(method, request.SerializeAsString());
  }

  // Expects a refusal with these words, within seconds.
  void Refused(const std::string& method, const Message& request,
               StatusCode code, const std::string& words) {
    const Outcome outcome = Send(method, request);
    EXPECT_EQ(outcome.status.error_code(), code) << words;
    EXPECT_THAT(outcome.status.error_message(), HasSubstr(words));
    EXPECT_LT(outcome.elapsed, kSlowness * absl::Seconds(10)) << words;
  }
  void Refused(const std::string& method, const Message& request,
               const std::string& words) {
    Refused(method, request, StatusCode::INVALID_ARGUMENT, words);
  }

  std::shared_ptr<grpc::Channel> Channel() {
    grpc::ChannelArguments arguments;
    arguments.SetMaxSendMessageSize(-1);
    arguments.SetMaxReceiveMessageSize(-1);
    return grpc::CreateCustomChannel(
        server_.address(), grpc::InsecureChannelCredentials(), arguments);
  }

  ApogeedProcess server_;
  const std::shared_ptr<grpc::Channel> channel_;
  grpc::GenericStub generic_;
  const std::unique_ptr<vizier::VizierService::Stub> stub_;
};

TEST_F(Requests, NamesOfAMebibyte) {
  const std::string name(1 << 20, 'n');
  vizier::GetStudyRequest get;
  get.set_name(absl::StrCat("owners/o/studies/", name));
  Refused("GetStudy", get, "has 1048576 bytes; at most 1024 are allowed");
  get.set_name(name);
  Refused("GetStudy", get, "owners/{owner}/studies/{study}");

  vizier::SuggestTrialsRequest suggest;
  suggest.set_parent(kStudy);
  suggest.set_client_id(name);
  Refused("SuggestTrials", suggest, "client_id");

  Refused("CreateStudy", PlainStudy(name), "display_name");
  vizier::CreateStudyRequest create = PlainStudy("t");
  vizier::StudySpec& spec = *create.mutable_study()->mutable_study_spec();
  const vizier::StudySpec good = spec;
  spec.set_algorithm(name);
  Refused("CreateStudy", create, "is unknown (there are ");
  spec = good;
  spec.mutable_parameters(0)->set_parameter_id(name);
  Refused("CreateStudy", create, "at most 4096 are allowed");
  spec = good;
  spec.mutable_metrics(0)->set_metric_id(name);
  Refused("CreateStudy", create, "at most 4096 are allowed");
  spec = good;
  spec.mutable_parameters(0)->mutable_categorical_value_spec()->add_values(
      name);
  Refused("CreateStudy", create, "at most 4096 are allowed");
  spec = good;
  spec.mutable_apogee_options()->mutable_stopping()->set_rule(name);
  Refused("CreateStudy", create, "stopping rule");
  spec = good;
  (*spec.mutable_apogee_options()->mutable_algorithm()->mutable_fields())[name]
      .set_bool_value(true);
  Refused("CreateStudy", create, "option");

  vizier::ListTrialsRequest list;
  list.set_parent(kStudy);
  list.set_page_token(name);
  Refused("ListTrials", list, "page_token");
}

TEST_F(Requests, HundredThousandOfEverything) {
  constexpr int kMany = 100'000;
  vizier::CreateStudyRequest create = PlainStudy("t");
  vizier::StudySpec& spec = *create.mutable_study()->mutable_study_spec();
  const vizier::StudySpec good = spec;
  for (int i = 0; i < kMany; ++i) {
    *spec.add_parameters() = good.parameters(0);
    spec.mutable_parameters(i + 1)->set_parameter_id(absl::StrCat("p", i));
  }
  Refused("CreateStudy", create, "more than 10000 parameters");

  spec = good;
  for (int i = 0; i < kMany; ++i) {
    *spec.add_metrics() = good.metrics(0);
    spec.mutable_metrics(i + 1)->set_metric_id(absl::StrCat("m", i));
  }
  Refused("CreateStudy", create, "at most 1000 are allowed");

  // A misspelt value of so many is refused as soon as any other.
  spec = good;
  vizier::StudySpec::ParameterSpec& parameter = *spec.mutable_parameters(0);
  for (int i = 0; i < kMany; ++i) {
    parameter.mutable_categorical_value_spec()->add_values(
        absl::StrCat(std::string(100, 'a'), i));
  }
  parameter.mutable_categorical_value_spec()
      ->mutable_default_value()
      ->set_value(std::string(100, 'b'));
  Refused("CreateStudy", create, "is not one of its values");

  vizier::CreateTrialRequest trial;
  trial.set_parent(kStudy);
  for (int i = 0; i < kMany; ++i) {
    vizier::Trial::Parameter& added = *trial.mutable_trial()->add_parameters();
    added.set_parameter_id(absl::StrCat("p", i));
    added.mutable_value()->set_number_value(i);
  }
  Refused("CreateTrial", trial, "at most 10000 are allowed");
  trial.clear_trial();
  for (int i = 0; i < kMany; ++i) {
    trial.mutable_trial()
        ->mutable_final_measurement()
        ->add_metrics()
        ->set_metric_id(absl::StrCat("m", i));
  }
  Refused("CreateTrial", trial, "at most 1000 are allowed");
  trial.clear_trial();
  for (int i = 0; i <= kMany; ++i) trial.mutable_trial()->add_measurements();
  Refused("CreateTrial", trial, "at most 100000 are allowed");
}

TEST_F(Requests, MetadataOfAnySize) {
  constexpr int kMany = 100'000;
  vizier::UpdateMetadataRequest update;
  update.set_name(kStudy);
  for (int i = 0; i < kMany; ++i) {
    vizier::UnitMetadataUpdate& delta = *update.add_delta();
    if (i % 2 == 0) delta.set_trial_id("1");
    delta.mutable_metadatum()->set_key(absl::StrCat("k", i));
    delta.mutable_metadatum()->set_value("v");
  }
  Outcome outcome = Send("UpdateMetadata", update);
  EXPECT_TRUE(outcome.status.ok()) << outcome.status.error_message();
  EXPECT_EQ(outcome.answer, "");
  EXPECT_LT(outcome.elapsed, kSlowness * absl::Seconds(10));

  // Bytes that name no type, or are none of it, are kept.
  update.clear_delta();
  google::protobuf::Any& any =
      *update.add_delta()->mutable_metadatum()->mutable_proto();
  any.set_type_url("nobody/knows.This");
  any.set_value("\xff\xff\xff");
  EXPECT_EQ(Send("UpdateMetadata", update).answer, "");

  for (const bool of_trial : {false, true}) {
    update.clear_delta();
    vizier::UnitMetadataUpdate& delta = *update.add_delta();
    if (of_trial) delta.set_trial_id("1");
    delta.mutable_metadatum()->set_key("large");
    delta.mutable_metadatum()->set_value(std::string(20 << 20, 'v'));
    outcome = Send("UpdateMetadata", update);
    vizier::UpdateMetadataResponse response;
    ASSERT_TRUE(response.ParseFromString(outcome.answer));
    EXPECT_THAT(response.error_details(),
                HasSubstr("at most 16777216 are allowed"));
  }
}

TEST_F(Requests, CountsBeyondReason) {
  vizier::SuggestTrialsRequest suggest;
  suggest.set_parent(kStudy);
  suggest.set_client_id("greedy");
  for (const int32_t count : {std::numeric_limits<int32_t>::max(),
                              std::numeric_limits<int32_t>::min()}) {
    suggest.set_suggestion_count(count);
    Refused("SuggestTrials", suggest, "it must be from 0 to 10000");
  }
  vizier::ListTrialsRequest list;
  list.set_parent(kStudy);
  list.set_page_size(std::numeric_limits<int32_t>::max());
  EXPECT_TRUE(Send("ListTrials", list).status.ok());
  list.set_page_size(std::numeric_limits<int32_t>::min());
  Refused("ListTrials", list, "page_size -2147483648 is below 0");
  vizier::CreateStudyRequest create = PlainStudy("t");
  vizier::StudySpec& spec = *create.mutable_study()->mutable_study_spec();
  spec.mutable_apogee_options()->mutable_budget()->set_trials(
      std::numeric_limits<int64_t>::max());
  EXPECT_TRUE(Send("CreateStudy", create).status.ok());
}

TEST_F(Requests, BatchesOfLargeTrials) {
  vizier::CreateStudyRequest create = PlainStudy("large");
  vizier::StudySpec& spec = *create.mutable_study()->mutable_study_spec();
  const vizier::StudySpec::ParameterSpec x = spec.parameters(0);
  for (int i = 0; i < 1000; ++i) {
    vizier::StudySpec::ParameterSpec& parameter = *spec.add_parameters();
    parameter = x;
    parameter.set_parameter_id(absl::StrCat("p", i));
  }
  ASSERT_TRUE(Send("CreateStudy", create).status.ok());
  vizier::SuggestTrialsRequest suggest;
  suggest.set_parent("owners/o/studies/large");
  suggest.set_client_id("w");
  suggest.set_suggestion_count(10'000);
  Refused("SuggestTrials", suggest, "ask for at most ");
  // 1,000 trials of 1,000 parameters are ordinary work.
  suggest.set_suggestion_count(1000);
  const Outcome outcome = Send("SuggestTrials", suggest);
  EXPECT_TRUE(outcome.status.ok()) << outcome.status.error_message();
  EXPECT_LT(outcome.elapsed, kSlowness * absl::Seconds(30));
}

TEST_F(Requests, NestedAThousandDeep) {
  // On the wire, in case a client's own library refuses to make it.
  std::string parameter = Field(1, "p");
  for (int i = 0; i < 1000; ++i) {
    parameter = Field(1, "p") + Field(10, Field(1, parameter));
  }
  const std::string request =
      Field(1, "owners/o") + Field(2, Field(3, Field(2, parameter)));
  const Outcome outcome = SendBytes("CreateStudy", request);
  EXPECT_EQ(outcome.status.error_code(), StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(outcome.status.error_message(),
            "the request is no vizier.CreateStudyRequest: its bytes do not "
            "parse, its text is not UTF-8, or it is nested more than 100 "
            "messages deep");

  // As deep as the wire allows.
  vizier::CreateStudyRequest create = PlainStudy("t");
  vizier::StudySpec::ParameterSpec* last =
      create.mutable_study()->mutable_study_spec()->mutable_parameters(0);
  for (int i = 0; i < 40; ++i) {
    last->set_parameter_id(absl::StrCat("p", i));
    last->mutable_integer_value_spec()->set_max_value(1);
    auto& child = *last->add_conditional_parameter_specs();
    child.mutable_parent_int_values()->add_values(1);
    last = child.mutable_parameter_spec();
  }
  last->set_parameter_id("leaf");
  last->mutable_double_value_spec()->set_max_value(1);
  Refused("CreateStudy", create, "is nested more than 32 deep");

  std::string json = "1";
  for (int i = 0; i < 1000; ++i) json = absl::StrCat("{\"a\":", json, "}");
  create = PlainStudy("t");
  vizier::KeyValue& entry =
      *create.mutable_study()->mutable_study_spec()->add_metadata();
  entry.set_ns(":apogee");
  entry.set_key("options");
  entry.set_value(absl::StrCat("{\"algorithm\":", json, "}"));
  Refused("CreateStudy", create, "is nested deeper than 20 levels");
}

TEST_F(Requests, BytesThatAreNoMessage) {
  for (const std::string& bytes :
       {std::string("\xff\xff\xff\xff"), Field(1, "not UTF-8: \xff\xfe"),
        Field(1, "cut").substr(0, 3)}) {
    const Outcome outcome = SendBytes("GetStudy", bytes);
    EXPECT_EQ(outcome.status.error_code(), StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(outcome.status.error_message(),
                HasSubstr("the request is no vizier.GetStudyRequest"));
  }
  const Outcome outcome = SendBytes("NoSuchMethod", "");
  EXPECT_EQ(outcome.status.error_code(), StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(outcome.status.error_message(),
            "this server has no method \"/vizier.VizierService/NoSuchMethod\"");
}

TEST_F(Requests, MessagesBeyondTheLimit) {
  const Outcome outcome =
      SendBytes("GetStudy", Field(1, std::string(65 << 20, 'n')));
  EXPECT_EQ(outcome.status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(outcome.status.error_message(),
              HasSubstr("larger than max (68157445 vs. 67108864)"));
}

TEST_F(Requests, CompressedNothing) {
  const Outcome outcome = SendBytes(
      "GetStudy", Field(1, std::string(512 << 20, '\0')), /*compressed=*/true);
  EXPECT_EQ(outcome.status.error_code(), StatusCode::UNIMPLEMENTED);
  EXPECT_THAT(outcome.status.error_message(),
              HasSubstr("Compression algorithm 'gzip' is disabled"));
  EXPECT_LT(ResidentMiB(server_), kSlowness * 300);
}

// One number somewhere in a message.
struct NumberPlace {
  Message* message;
  const FieldDescriptor* field;
  int index;  // of a repeated one
};

// Every number in `message`, and every one that could be in its submessages.
void FindNumbers(Message& message, std::vector<NumberPlace>& places) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *message.GetDescriptor()->field(i);
    const int size =
        field.is_repeated() ? reflection.FieldSize(message, &field) : 1;
    for (int k = 0; k < size; ++k) {
      switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_MESSAGE:
          if (field.is_map()) break;
          if (field.is_repeated()) {
            FindNumbers(*reflection.MutableRepeatedMessage(&message, &field, k),
                        places);
          } else if (reflection.HasField(message, &field)) {
            FindNumbers(*reflection.MutableMessage(&message, &field), places);
          }
          break;
        case FieldDescriptor::CPPTYPE_DOUBLE:
        case FieldDescriptor::CPPTYPE_INT32:
        case FieldDescriptor::CPPTYPE_INT64:
        case FieldDescriptor::CPPTYPE_UINT64:
        case FieldDescriptor::CPPTYPE_ENUM:
          places.push_back({&message, &field, k});
          break;
        default:
          break;
      }
    }
  }
}

// Sets the number to the i-th extreme of its type; false when there are no
// more.
bool SetExtreme(const NumberPlace& place, size_t i) {
  const google::protobuf::Reflection& r = *place.message->GetReflection();
  const FieldDescriptor* field = place.field;
  const auto set = [&](auto values, auto set_one, auto set_repeated) {
    if (i >= values.size()) return false;
    if (field->is_repeated()) {
      (r.*set_repeated)(place.message, field, place.index, values[i]);
    } else {
      (r.*set_one)(place.message, field, values[i]);
    }
    return true;
  };
  using R = google::protobuf::Reflection;
  using D = std::numeric_limits<double>;
  using I32 = std::numeric_limits<int32_t>;
  using I64 = std::numeric_limits<int64_t>;
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return set(
          std::vector<double>{D::quiet_NaN(), D::infinity(), -D::infinity(),
                              D::max(), D::lowest(), D::denorm_min(), -0.0},
          &R::SetDouble, &R::SetRepeatedDouble);
    case FieldDescriptor::CPPTYPE_INT32:
      return set(std::vector<int32_t>{I32::max(), I32::min()}, &R::SetInt32,
                 &R::SetRepeatedInt32);
    case FieldDescriptor::CPPTYPE_INT64:
      return set(std::vector<int64_t>{I64::max(), I64::min()}, &R::SetInt64,
                 &R::SetRepeatedInt64);
    case FieldDescriptor::CPPTYPE_UINT64:
      return set(std::vector<uint64_t>{std::numeric_limits<uint64_t>::max()},
                 &R::SetUInt64, &R::SetRepeatedUInt64);
    default:
      return set(std::vector<int>{I32::max(), I32::min()}, &R::SetEnumValue,
                 &R::SetRepeatedEnumValue);
  }
}

TEST_F(Requests, EveryNumberAtItsExtremes) {
  auto create = ParseProto<vizier::CreateStudyRequest>(R"pb(
    parent: "owners/o"
    study {
      create_time { seconds: 1 nanos: 1 }
      study_spec {
        algorithm: "QUASI_RANDOM_SEARCH"
        metrics {
          metric_id: "y"
          goal: MAXIMIZE
          safety_config {
            safety_threshold: 1
            desired_min_safe_trials_fraction: 0.5
          }
        }
        metrics { metric_id: "z" goal: MINIMIZE }
        parameters {
          parameter_id: "a"
          double_value_spec {
            min_value: 1
            max_value: 2
            default_value { value: 1 }
          }
          scale_type: UNIT_LOG_SCALE
        }
        parameters {
          parameter_id: "b"
          integer_value_spec {
            max_value: 9
            default_value { value: 1 }
          }
          conditional_parameter_specs {
            parent_int_values { values: 1 }
            parameter_spec {
              parameter_id: "c"
              discrete_value_spec { values: 1 values: 2 }
              conditional_parameter_specs {
                parent_discrete_values { values: 2 }
                parameter_spec {
                  parameter_id: "d"
                  categorical_value_spec { values: "e" }
                }
              }
            }
          }
        }
        observation_noise: LOW
        apogee_options {
          seed: 1
          budget { trials: 5 }
          stopping { min_steps: 1 min_trials: 1 }
        }
      }
    }
  )pb");
  auto trial = ParseProto<vizier::CreateTrialRequest>(R"pb(
    parent: "owners/o/studies/s"
    trial {
      state: SUCCEEDED
      parameters {
        parameter_id: "x"
        value { number_value: 0.5 }
      }
      final_measurement {
        elapsed_duration { seconds: 1 nanos: 1 }
        step_count: 1
        metrics { metric_id: "y" value: 1 }
      }
      measurements { metrics { metric_id: "y" value: 1 } }
      start_time { seconds: 1 nanos: 1 }
      end_time { seconds: 1 nanos: 1 }
    }
  )pb");
  auto measurement = ParseProto<vizier::AddTrialMeasurementRequest>(R"pb(
    trial_name: "owners/o/studies/s/trials/1"
    measurement {
      elapsed_duration { seconds: 1 nanos: 1 }
      step_count: 1
      metrics { metric_id: "y" value: 1 }
    }
  )pb");
  auto state = ParseProto<vizier::SetStudyStateRequest>(
      "parent: 'owners/o/studies/s' state: ACTIVE");
  auto optimal = ParseProto<vizier::ListOptimalTrialsRequest>(
      "parent: 'owners/o/studies/s' page_size: 1");
  auto studies =
      ParseProto<vizier::ListStudiesRequest>("parent: 'owners/o' page_size: 1");
  int sent = 0;
  int refused = 0;
  const auto attack = [&](const std::string& method, Message& request) {
    std::vector<NumberPlace> places;
    FindNumbers(request, places);
    ASSERT_FALSE(places.empty());
    const std::unique_ptr<Message> good(request.New());
    good->CopyFrom(request);
    for (size_t place = 0; place < places.size(); ++place) {
      for (size_t i = 0;; ++i) {
        request.CopyFrom(*good);
        places.clear();
        FindNumbers(request, places);
        if (!SetExtreme(places[place], i)) break;
        if (method == "CreateStudy") {
          create.mutable_study()->set_display_name(
              absl::StrCat("extreme ", sent));
        }
        const Outcome outcome = Send(method, request);
        ++sent;
        if (outcome.status.ok()) continue;
        ++refused;
        EXPECT_EQ(outcome.status.error_code(), StatusCode::INVALID_ARGUMENT)
            << outcome.status.error_message() << request.DebugString();
        EXPECT_NE(outcome.status.error_message(), "");
      }
    }
    request.CopyFrom(*good);
  };
  attack("CreateStudy", create);
  attack("CreateTrial", trial);
  attack("AddTrialMeasurement", measurement);
  attack("ListOptimalTrials", optimal);
  attack("ListStudies", studies);
  attack("SetStudyState", state);
  printf("%d requests sent, %d refused\n", sent, refused);
  EXPECT_GT(refused, sent / 4);

  // What was taken can be worked with and read.
  vizier::ListTrialsRequest list;
  list.set_parent(kStudy);
  EXPECT_TRUE(Send("ListTrials", list).status.ok());
  vizier::ListStudiesResponse all;
  ASSERT_TRUE(all.ParseFromString(
      Send("ListStudies",
           ParseProto<vizier::ListStudiesRequest>("parent: 'owners/o'"))
          .answer));
  ASSERT_GT(all.studies_size(), 5);
  for (const vizier::Study& study : all.studies()) {
    if (study.state() != vizier::Study::ACTIVE) continue;
    vizier::SuggestTrialsRequest suggest;
    suggest.set_parent(study.name());
    suggest.set_client_id("w");
    suggest.set_suggestion_count(2);
    const Outcome outcome = Send("SuggestTrials", suggest);
    EXPECT_TRUE(outcome.status.ok())
        << outcome.status.error_message() << study.DebugString();
  }
}

}  // namespace
}  // namespace apogee
