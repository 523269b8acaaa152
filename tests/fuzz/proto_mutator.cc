#include "tests/fuzz/proto_mutator.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/stubs/common.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace apogee {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

constexpr int kDeepest = 40;
constexpr size_t kLongestString = 200;

constexpr std::array<int64_t, 12> kIntegers = {
    0,
    1,
    2,
    3,
    10,
    -1,
    10'000,
    int64_t{1} << 53,
    2147483647,
    std::numeric_limits<int32_t>::min(),
    std::numeric_limits<int64_t>::max(),
    std::numeric_limits<int64_t>::min()};
constexpr std::array<double, 12> kDoubles = {
    0,
    -0.0,
    0.5,
    1,
    -1,
    1e-5,
    1e308,
    -1e308,
    std::numeric_limits<double>::denorm_min(),
    std::numeric_limits<double>::quiet_NaN(),
    std::numeric_limits<double>::infinity(),
    -std::numeric_limits<double>::infinity()};

class Mutator {
 public:
  explicit Mutator(uint32_t seed) : random_(seed) {}

  void Mutate(Message& root) {
    messages_.clear();
    strings_.clear();
    Collect(root, 0);
    Message& message = *messages_[Below(messages_.size())];
    const int fields = message.GetDescriptor()->field_count();
    if (fields == 0) return;
    const FieldDescriptor& field = *message.GetDescriptor()->field(
        static_cast<int>(Below(static_cast<size_t>(fields))));
    if (field.is_repeated()) {
      MutateRepeated(message, field);
    } else {
      MutateSingular(message, field);
    }
  }

  size_t Below(size_t bound) { return random_() % bound; }

 private:
  // Notes every message and every string there is.
  void Collect(Message& message, int depth) {
    if (depth > kDeepest) return;
    messages_.push_back(&message);
    const Reflection& reflection = *message.GetReflection();
    std::vector<const FieldDescriptor*> fields;
    reflection.ListFields(message, &fields);
    for (const FieldDescriptor* field : fields) {
      const int count =
          field->is_repeated() ? reflection.FieldSize(message, field) : 1;
      for (int i = 0; i < count; ++i) {
        if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
          Collect(field->is_repeated()
                      ? *reflection.MutableRepeatedMessage(&message, field, i)
                      : *reflection.MutableMessage(&message, field),
                  depth + 1);
        } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
          strings_.push_back(
              field->is_repeated()
                  ? reflection.GetRepeatedString(message, field, i)
                  : reflection.GetString(message, field));
        }
      }
    }
  }

  void MutateRepeated(Message& message, const FieldDescriptor& field) {
    const Reflection& reflection = *message.GetReflection();
    const int size = reflection.FieldSize(message, &field);
    if (size > 0 && Below(4) == 0) {
      reflection.SwapElements(&message, &field, PickIndex(size), size - 1);
      reflection.RemoveLast(&message, &field);
      return;
    }
    if (size > 1 && Below(4) == 0) {
      reflection.SwapElements(&message, &field, PickIndex(size),
                              PickIndex(size));
      return;
    }
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      const std::string donated = Donate(*field.message_type());
      reflection.AddMessage(&message, &field)->ParsePartialFromString(donated);
      return;
    }
    SetValue(message, field, Below(2) == 0 && size > 0 ? PickIndex(size) : -1);
  }

  void MutateSingular(Message& message, const FieldDescriptor& field) {
    const Reflection& reflection = *message.GetReflection();
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      return Below(5) == 0 ? reflection.ClearField(&message, &field)
                           : SetValue(message, field, 0);
    }
    if (reflection.HasField(message, &field) && Below(2) == 0) {
      return reflection.ClearField(&message, &field);
    }
    // Before the change, which may end the life of others in its oneof.
    const std::string donated = Donate(*field.message_type());
    reflection.MutableMessage(&message, &field)
        ->ParsePartialFromString(donated);
  }

  // The bytes of some message of this type, or of an empty one.
  std::string Donate(const google::protobuf::Descriptor& type) {
    std::vector<const Message*> donors;
    for (const Message* message : messages_) {
      if (message->GetDescriptor() == &type) donors.push_back(message);
    }
    if (donors.empty()) return "";
    return donors[Below(donors.size())]->SerializePartialAsString();
  }

  int PickIndex(int size) {
    return static_cast<int>(Below(static_cast<size_t>(size)));
  }

  template <typename T>
  T Bytewise(T value) {
    std::array<uint8_t, sizeof(T)> bytes;
    std::memcpy(bytes.data(), &value, sizeof(T));
    LLVMFuzzerMutate(bytes.data(), bytes.size(), bytes.size());
    std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
  }

  int64_t NewInteger(int64_t old) {
    switch (Below(4)) {
      case 0:
        return kIntegers[Below(kIntegers.size())];
      case 1:
        return static_cast<int64_t>(static_cast<uint64_t>(old) + 1);
      case 2:
        return static_cast<int64_t>(Below(16));
      default:
        return Bytewise(old);
    }
  }

  double NewDouble(double old) {
    switch (Below(3)) {
      case 0:
        return kDoubles[Below(kDoubles.size())];
      case 1:
        return static_cast<double>(Below(100)) / 10;
      default:
        return Bytewise(old);
    }
  }

  std::string NewString(std::string text, bool is_bytes) {
    if (!strings_.empty() && Below(2) == 0) {
      return strings_[Below(strings_.size())];
    }
    const size_t size = std::min(text.size(), kLongestString);
    text.resize(kLongestString);
    text.resize(LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(text.data()), size,
                                 kLongestString));
    if (!is_bytes && !google::protobuf::internal::IsStructurallyValidUTF8(
                         text.data(), static_cast<int>(text.size()))) {
      // A parser would refuse the whole message.
      for (char& c : text) c = static_cast<char>(c & 0x7f);
    }
    return text;
  }

  // Sets the field, or the element of a repeated one; -1 adds an element.
  void SetValue(Message& message, const FieldDescriptor& field, int i) {
    const Reflection& r = *message.GetReflection();
    const bool repeated = field.is_repeated();
    const bool add = repeated && i < 0;
#define APOGEE_SET(Type, New)                                            \
  const auto old = add        ? decltype(r.Get##Type(message, &field))() \
                   : repeated ? r.GetRepeated##Type(message, &field, i)  \
                              : r.Get##Type(message, &field);            \
  const auto value = New;                                                \
  if (add) {                                                             \
    r.Add##Type(&message, &field, value);                                \
  } else if (repeated) {                                                 \
    r.SetRepeated##Type(&message, &field, i, value);                     \
  } else {                                                               \
    r.Set##Type(&message, &field, value);                                \
  }                                                                      \
  break
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT32: {
        APOGEE_SET(Int32, static_cast<int32_t>(NewInteger(old)));
      }
      case FieldDescriptor::CPPTYPE_INT64: {
        APOGEE_SET(Int64, NewInteger(old));
      }
      case FieldDescriptor::CPPTYPE_UINT32: {
        APOGEE_SET(UInt32, static_cast<uint32_t>(NewInteger(old)));
      }
      case FieldDescriptor::CPPTYPE_UINT64: {
        APOGEE_SET(UInt64, static_cast<uint64_t>(
                               NewInteger(static_cast<int64_t>(old))));
      }
      case FieldDescriptor::CPPTYPE_DOUBLE: {
        APOGEE_SET(Double, NewDouble(old));
      }
      case FieldDescriptor::CPPTYPE_FLOAT: {
        APOGEE_SET(Float, static_cast<float>(NewDouble(old)));
      }
      case FieldDescriptor::CPPTYPE_BOOL: {
        APOGEE_SET(Bool, !old);
      }
      case FieldDescriptor::CPPTYPE_ENUM: {
        APOGEE_SET(
            EnumValue,
            Below(10) == 0
                ? static_cast<int>(NewInteger(old))
                : field.enum_type()
                      ->value(PickIndex(field.enum_type()->value_count()))
                      ->number());
      }
      case FieldDescriptor::CPPTYPE_STRING: {
        APOGEE_SET(String,
                   NewString(old, field.type() == FieldDescriptor::TYPE_BYTES));
      }
      case FieldDescriptor::CPPTYPE_MESSAGE:
        break;
    }
#undef APOGEE_SET
  }

  std::minstd_rand random_;
  std::vector<Message*> messages_;
  std::vector<std::string> strings_;
};

}  // namespace

void MutateProto(Message& message, uint32_t seed) {
  Mutator mutator(seed);
  const size_t changes = 1 + mutator.Below(4);
  for (size_t i = 0; i < changes; ++i) mutator.Mutate(message);
}

}  // namespace apogee
