#pragma once

#include <string>

#include "absl/status/status.h"
#include "apogee/v1/admin.pb.h"

namespace apogee {

// Takes in the studies of a file, in its order, record by record, so that
// nobody needs to hold them all. An error ends the reading; one of
// INVALID_ARGUMENT gets the place in the file before it.
class ImportSink {
 public:
  virtual ~ImportSink() = default;
  // Its name is empty where the file knows no owners.
  virtual absl::Status TakeStudy(apogee::v1::StudyRecord record) = 0;
  // Of the study before, by id. Its name is empty.
  virtual absl::Status TakeTrial(apogee::v1::TrialRecord record) = 0;
  // What of the study before can not be taken over as it was, for people.
  virtual void TakeNote(std::string note) = 0;
};

}  // namespace apogee
