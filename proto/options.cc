#include "proto/options.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/nearest.h"
#include "base/status_macros.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/message_differencer.h"
#include "nlohmann/json.hpp"
#include "proto/linear_constraint.h"
#include "proto/print.h"
#include "proto/transfer.h"

namespace apogee {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using Json = nlohmann::json;

// A message may nest 100 deep on the wire, and a level of JSON takes up to
// three of those.
constexpr int kMaxDepth = 20;
constexpr int kMaxConstraints = 100;

std::string Text(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

absl::Status OptionError(absl::string_view option, absl::string_view message) {
  return absl::InvalidArgumentError(
      absl::StrCat("option ", Quoted(option), " ", message));
}

absl::Status WrongType(absl::string_view option, absl::string_view wanted,
                       const Json& value) {
  return OptionError(
      option, absl::StrCat("must be ", wanted, ", not ",
                           value.is_structured() ? value.type_name()
                                                 : Text(value).substr(0, 100)));
}

bool FitsInt64(const Json& value) {
  if (int64_t number; value.is_string()) {
    return absl::SimpleAtoi(value.get_ref<const std::string&>(), &number);
  }
  if (!value.is_number_unsigned()) return value.is_number_integer();
  return value.get<uint64_t>() <= std::numeric_limits<int64_t>::max();
}

bool FitsUint64(const Json& value) {
  if (uint64_t number; value.is_string()) {
    return absl::SimpleAtoi(value.get_ref<const std::string&>(), &number);
  }
  return value.is_number_unsigned();
}

absl::Status CheckDepth(const Json& value, absl::string_view option,
                        int depth) {
  if (depth > kMaxDepth) {
    return OptionError(option, absl::StrCat("is nested deeper than ", kMaxDepth,
                                            " levels; flatten it"));
  }
  if (!value.is_structured()) return absl::OkStatus();
  for (const Json& item : value) {
    RETURN_IF_ERROR(CheckDepth(item, option, depth + 1));
  }
  return absl::OkStatus();
}

absl::Status CheckObject(const Json& object, const Descriptor& type,
                         const std::string& prefix);

absl::Status CheckValue(const Json& value, const FieldDescriptor& field,
                        const std::string& option) {
  if (value.is_null()) return absl::OkStatus();  // the same as left out
  if (field.is_repeated()) {
    const bool fits =
        value.is_array() &&
        std::all_of(value.begin(), value.end(),
                    [](const Json& item) { return item.is_string(); });
    return fits ? absl::OkStatus()
                : WrongType(option, "a list of strings", value);
  }
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT64:
      return FitsInt64(value) ? absl::OkStatus()
                              : WrongType(option, "a whole number", value);
    case FieldDescriptor::CPPTYPE_UINT64:
      return FitsUint64(value)
                 ? absl::OkStatus()
                 : WrongType(option, "a whole number, 0 or more", value);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return value.is_number() ? absl::OkStatus()
                               : WrongType(option, "a number", value);
    case FieldDescriptor::CPPTYPE_BOOL:
      return value.is_boolean() ? absl::OkStatus()
                                : WrongType(option, "true or false", value);
    case FieldDescriptor::CPPTYPE_STRING:
      return value.is_string() ? absl::OkStatus()
                               : WrongType(option, "a string", value);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (!value.is_object()) return WrongType(option, "an object", value);
      return field.message_type() == google::protobuf::Struct::descriptor()
                 ? CheckDepth(value, option, 0)
                 : CheckObject(value, *field.message_type(), option + ".");
    default:
      return absl::OkStatus();
  }
}

// Says in the user's words what the conversion to a message would refuse in
// the library's.
absl::Status CheckObject(const Json& object, const Descriptor& type,
                         const std::string& prefix) {
  std::vector<std::string> known;
  known.reserve(type.field_count());
  for (int i = 0; i < type.field_count(); ++i) {
    known.push_back(prefix + type.field(i)->name());
  }
  for (const auto& item : object.items()) {
    const std::string option = prefix + item.key();
    const FieldDescriptor* field = type.FindFieldByName(item.key());
    if (field == nullptr) {
      return OptionError(option,
                         absl::StrCat("is unknown", DidYouMean(option, known)));
    }
    RETURN_IF_ERROR(CheckValue(item.value(), *field, option));
  }
  return absl::OkStatus();
}

absl::Status CheckAtLeast(absl::string_view option, int64_t value,
                          int64_t least) {
  if (value >= least) return absl::OkStatus();
  return OptionError(
      option, absl::StrCat("is ", value, "; it must be ", least, " or more"));
}

absl::Status CheckFromTo(absl::string_view option, int64_t value, int64_t least,
                         int64_t most) {
  if (value >= least && value <= most) return absl::OkStatus();
  return OptionError(option, absl::StrCat("is ", value, "; it must be from ",
                                          least, " to ", most));
}

absl::Status CheckRanges(const apogee::v1::StudyOptions& options) {
  if (options.budget().has_trials()) {
    RETURN_IF_ERROR(
        CheckAtLeast("budget.trials", options.budget().trials(), 1));
  }
  RETURN_IF_ERROR(CheckStopping(options.stopping()));
  if (options.constraints_size() > kMaxConstraints) {
    return OptionError(
        "constraints",
        absl::StrCat("has ", options.constraints_size(), " entries; at most ",
                     kMaxConstraints, " are allowed"));
  }
  for (const std::string& constraint : options.constraints()) {
    RETURN_IF_ERROR(ParseLinearConstraint(constraint).status());
  }
  RETURN_IF_ERROR(CheckLease(options.lease()));
  return CheckLearningOptions(options);
}

}  // namespace

absl::Status CheckLease(const apogee::v1::Lease& lease) {
  if (lease.has_seconds()) {
    RETURN_IF_ERROR(
        CheckFromTo("lease.seconds", lease.seconds(), 1, kMaxLeaseSeconds));
  }
  if (lease.has_trial_seconds()) {
    RETURN_IF_ERROR(CheckFromTo("lease.trial_seconds", lease.trial_seconds(), 1,
                                kMaxLeaseSeconds));
  }
  return CheckFromTo("lease.reissues", lease.reissues(), 0, kMaxReissues);
}

namespace {

// The metadata entry that holds options, or null.
absl::StatusOr<const vizier::KeyValue*> FindEntry(
    const vizier::StudySpec& spec) {
  const vizier::KeyValue* found = nullptr;
  for (const vizier::KeyValue& entry : spec.metadata()) {
    if (entry.ns() != kOptionsNamespace || entry.key() != kOptionsKey) continue;
    if (found != nullptr) {
      return absl::InvalidArgumentError(
          "the metadata holds \"options\" of namespace \":apogee\" twice; keep "
          "one");
    }
    found = &entry;
  }
  if (found != nullptr && !found->has_value()) {
    return absl::InvalidArgumentError(
        "the metadata \"options\" of namespace \":apogee\" must be JSON text");
  }
  return found;
}

}  // namespace

absl::Status CheckStopping(const apogee::v1::Stopping& stopping) {
  // What is not a number is outside every range.
  const auto check = [](bool valid, absl::string_view option, auto value,
                        absl::string_view range) {
    if (valid) return absl::OkStatus();
    return OptionError(absl::StrCat("stopping.", option),
                       absl::StrCat("is ", value, "; it must be ", range));
  };
  if (stopping.has_min_steps()) {
    RETURN_IF_ERROR(check(stopping.min_steps() >= 0, "min_steps",
                          stopping.min_steps(), "0 or more"));
  }
  if (stopping.has_min_trials()) {
    RETURN_IF_ERROR(check(stopping.min_trials() >= 1, "min_trials",
                          stopping.min_trials(), "1 or more"));
  }
  if (stopping.has_percentile()) {
    RETURN_IF_ERROR(
        check(stopping.percentile() > 0 && stopping.percentile() < 100,
              "percentile", stopping.percentile(), "between 0 and 100"));
  }
  if (stopping.has_eta()) {
    RETURN_IF_ERROR(check(stopping.eta() >= 2 && stopping.eta() <= 100, "eta",
                          stopping.eta(), "2 to 100"));
  }
  if (stopping.has_max_steps()) {
    RETURN_IF_ERROR(check(stopping.max_steps() >= 1, "max_steps",
                          stopping.max_steps(), "1 or more"));
  }
  if (stopping.has_confidence()) {
    RETURN_IF_ERROR(
        check(stopping.confidence() >= 0.5 && stopping.confidence() < 1,
              "confidence", stopping.confidence(), "0.5 to less than 1"));
  }
  if (stopping.has_fraction()) {
    RETURN_IF_ERROR(check(stopping.fraction() >= 0 && stopping.fraction() <= 1,
                          "fraction", stopping.fraction(), "0 to 1"));
  }
  return absl::OkStatus();
}

absl::StatusOr<apogee::v1::StudyOptions> ParseStudyOptions(
    absl::string_view json) {
  const Json object = Json::parse(json.begin(), json.end(), nullptr,
                                  /*allow_exceptions=*/false);
  if (!object.is_object()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the options are not a JSON object: ", Quoted(json)));
  }
  RETURN_IF_ERROR(
      CheckObject(object, *apogee::v1::StudyOptions::descriptor(), ""));
  apogee::v1::StudyOptions options;
  const auto converted =
      google::protobuf::util::JsonStringToMessage(Text(object), &options);
  if (!converted.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the options are not understood: ", converted.ToString()));
  }
  RETURN_IF_ERROR(CheckRanges(options));
  return options;
}

absl::StatusOr<apogee::v1::StudyOptions> ReadStudyOptions(
    const vizier::StudySpec& spec) {
  ASSIGN_OR_RETURN(const vizier::KeyValue* const entry, FindEntry(spec));
  if (entry == nullptr) {
    RETURN_IF_ERROR(CheckRanges(spec.apogee_options()));
    return spec.apogee_options();
  }
  ASSIGN_OR_RETURN(apogee::v1::StudyOptions options,
                   ParseStudyOptions(entry->value()));
  if (spec.has_apogee_options() &&
      !google::protobuf::util::MessageDifferencer::Equals(
          options, spec.apogee_options())) {
    return absl::InvalidArgumentError(
        "the study has options both in its field apogee_options and in its "
        "metadata, and they differ; keep one");
  }
  return options;
}

}  // namespace apogee
