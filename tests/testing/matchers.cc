#include "tests/testing/matchers.h"

#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"

namespace apogee::internal {

void ParseText(absl::string_view text, google::protobuf::Message& message) {
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(std::string(text),
                                                            &message))
      << "not a " << message.GetTypeName() << ": " << text;
}

std::string Difference(const google::protobuf::Message& actual,
                       const google::protobuf::Message& expected) {
  google::protobuf::util::MessageDifferencer differencer;
  google::protobuf::util::DefaultFieldComparator comparator;
  comparator.set_treat_nan_as_equal(true);
  differencer.set_field_comparator(&comparator);
  std::string report;
  differencer.ReportDifferencesToString(&report);
  return differencer.Compare(actual, expected) ? "" : report + " ";
}

}  // namespace apogee::internal
