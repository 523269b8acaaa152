#pragma once

#include <string>
#include <utility>
#include <vector>

#include "client/import/import_sink.h"

namespace apogee {

// Keeps what a file gives. Studies and trials in one list each.
struct Collector final : ImportSink {
  std::vector<apogee::v1::StudyRecord> studies;
  std::vector<apogee::v1::TrialRecord> trials;
  std::vector<std::string> notes;
  absl::Status error;  // what TakeTrial answers

  absl::Status TakeStudy(apogee::v1::StudyRecord record) override {
    studies.push_back(std::move(record));
    return absl::OkStatus();
  }
  absl::Status TakeTrial(apogee::v1::TrialRecord record) override {
    trials.push_back(std::move(record));
    return error;
  }
  void TakeNote(std::string note) override { notes.push_back(std::move(note)); }
};

}  // namespace apogee
