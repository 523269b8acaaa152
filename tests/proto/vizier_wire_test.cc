#include <fstream>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "google/longrunning/operations.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "vizier/key_value.pb.h"
#include "vizier/pythia_service.pb.h"
#include "vizier/study.pb.h"
#include "vizier/vizier_service.pb.h"

namespace apogee {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using Lines = std::set<std::string>;

std::string Type(const FieldDescriptor& field) {
  if (field.message_type() != nullptr) return field.message_type()->full_name();
  if (field.enum_type() != nullptr) return field.enum_type()->full_name();
  return field.type_name();
}

std::string Label(const FieldDescriptor& field) {
  if (field.is_repeated()) return "repeated";
  if (field.has_optional_keyword()) return "optional";
  if (const auto* oneof = field.real_containing_oneof()) {
    return "oneof:" + oneof->name();
  }
  return "singular";
}

void Describe(const EnumDescriptor& type, Lines& lines) {
  for (int i = 0; i < type.value_count(); ++i) {
    lines.insert(absl::StrCat("enum ", type.full_name(), " ",
                              type.value(i)->name(), " ",
                              type.value(i)->number()));
  }
}

void Describe(const Descriptor& message, Lines& lines) {
  if (message.field_count() == 0) {
    lines.insert("message " + message.full_name());
  }
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    lines.insert(absl::StrCat(message.full_name(), " ", field.name(), " ",
                              field.number(), " ", Type(field), " ",
                              Label(field)));
  }
  for (int i = 0; i < message.reserved_range_count(); ++i) {
    for (int number = message.reserved_range(i)->start;
         number < message.reserved_range(i)->end; ++number) {
      lines.insert(absl::StrCat("reserved ", message.full_name(), " ", number));
    }
  }
  for (int i = 0; i < message.enum_type_count(); ++i) {
    Describe(*message.enum_type(i), lines);
  }
  for (int i = 0; i < message.nested_type_count(); ++i) {
    Describe(*message.nested_type(i), lines);
  }
}

void Describe(const FileDescriptor& file, Lines& lines) {
  for (int i = 0; i < file.message_type_count(); ++i) {
    Describe(*file.message_type(i), lines);
  }
  for (int i = 0; i < file.service_count(); ++i) {
    const auto& service = *file.service(i);
    for (int j = 0; j < service.method_count(); ++j) {
      const auto& method = *service.method(j);
      lines.insert(absl::StrCat("rpc ", method.full_name(), " ",
                                method.input_type()->full_name(), " ",
                                method.output_type()->full_name()));
    }
  }
}

Lines Built() {
  Lines lines;
  for (const Descriptor* message :
       {vizier::KeyValue::descriptor(), vizier::Study::descriptor(),
        vizier::GetStudyRequest::descriptor(),
        vizier::SuggestRequest::descriptor(),
        google::longrunning::Operation::descriptor(),
        google::rpc::Status::descriptor()}) {
    Describe(*message->file(), lines);
  }
  return lines;
}

Lines WrittenDown() {
  std::ifstream file(APOGEE_TEST_DIR "/vizier_wire.txt");
  Lines lines;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line[0] != '#') lines.insert(line);
  }
  return lines;
}

TEST(VizierWire, IsTheProtocolsToTheLetter) {
  const Lines built = Built();
  const Lines written = WrittenDown();
  ASSERT_GT(written.size(), 150u);
  for (const std::string& line : written) {
    EXPECT_EQ(built.count(line), 1u) << "the .proto files lack: " << line;
  }
  for (const std::string& line : built) {
    EXPECT_EQ(written.count(line), 1u) << "the table lacks: " << line;
  }
}

}  // namespace
}  // namespace apogee
