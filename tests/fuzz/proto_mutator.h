#pragma once

#include <cstdint>

#include "google/protobuf/message.h"

namespace apogee {

// Makes one or a few small changes: fields added, removed, copied from
// elsewhere in the message, or given other values. What comes out is still a
// message of the type, so that most of it gets past the parser. Values come
// from libFuzzer, which knows what the program has compared them with.
void MutateProto(google::protobuf::Message& message, uint32_t seed);

}  // namespace apogee
