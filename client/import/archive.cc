#include "client/import/archive.h"

#include <cmath>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "google/protobuf/stubs/logging.h"
#include "google/protobuf/util/json_util.h"
#include "proto/print.h"

namespace apogee {
namespace {

using apogee::v1::ArchiveLine;
using apogee::v1::StudyRecord;
using apogee::v1::TrialRecord;

constexpr char kFirstBytes[] = R"({"header":{"archive":"apogee")";
constexpr int kVersion = 1;
// No server takes a larger record.
constexpr size_t kMaxLineBytes = size_t{512} << 20;

// False where JSON has no words for something in it.
bool ToJson(const ArchiveLine& line, std::string& json) {
  const google::protobuf::LogSilencer quiet;  // of what it can not say
  json.clear();
  for (const vizier::Trial::Parameter& parameter :
       line.trial().trial().parameters()) {
    // It would come back as a text.
    if (!std::isfinite(parameter.value().number_value())) return false;
  }
  return google::protobuf::util::MessageToJsonString(line, &json).ok();
}

// Reads the next line; false at the end of the file.
absl::StatusOr<bool> ReadLine(std::istream& in, std::string& line) {
  line.clear();
  std::streambuf& buffer = *in.rdbuf();
  for (int c = buffer.sbumpc(); c != std::char_traits<char>::eof();
       c = buffer.sbumpc()) {
    if (c == '\n') return true;
    if (line.size() == kMaxLineBytes) {
      return absl::InvalidArgumentError("is too long");
    }
    line.push_back(static_cast<char>(c));
  }
  return !line.empty();
}

// The state of a reading: what has been seen, and where it goes.
class Reader {
 public:
  explicit Reader(ImportSink& sink) : sink_(sink) {}

  absl::Status Take(const std::string& text) {
    if (ended_) return Wrong("follows the end of the archive");
    ArchiveLine line;
    const auto parsed =
        google::protobuf::util::JsonStringToMessage(text, &line);
    if (!parsed.ok()) {
      return Wrong(absl::StrCat("does not parse: ", Quoted(parsed.ToString())));
    }
    if (!begun_) return TakeHeader(line);
    switch (line.line_case()) {
      case ArchiveLine::kStudy:
        return TakeStudy(std::move(*line.mutable_study()));
      case ArchiveLine::kTrial:
        return TakeTrial(std::move(*line.mutable_trial()));
      case ArchiveLine::kSerializedStudy: {
        StudyRecord record;
        if (!record.ParseFromString(line.serialized_study())) {
          return Wrong("holds a study that does not parse");
        }
        return TakeStudy(std::move(record));
      }
      case ArchiveLine::kSerializedTrial: {
        TrialRecord record;
        if (!record.ParseFromString(line.serialized_trial())) {
          return Wrong("holds a trial that does not parse");
        }
        return TakeTrial(std::move(record));
      }
      case ArchiveLine::kEnd:
        return TakeEnd(line.end());
      default:
        return Wrong("is neither a study nor a trial");
    }
  }

  bool ended() const { return ended_; }
  // The study that is being read, for errors.
  std::string Where() const {
    return study_.empty() ? "" : absl::StrCat(", study ", Quoted(study_));
  }

 private:
  static absl::Status Wrong(absl::string_view what) {
    return absl::InvalidArgumentError(what);
  }

  absl::Status TakeHeader(const ArchiveLine& line) {
    if (line.header().archive() != "apogee") {
      return Wrong("is not the header of an archive");
    }
    if (line.header().version() != kVersion) {
      return Wrong(absl::StrCat("has version ", line.header().version(),
                                " of the format; this program knows ", kVersion,
                                ": use a later one"));
    }
    begun_ = true;
    return absl::OkStatus();
  }

  absl::Status TakeStudy(StudyRecord record) {
    ++studies_;
    study_ = record.study().display_name();
    return sink_.TakeStudy(std::move(record));
  }

  absl::Status TakeTrial(TrialRecord record) {
    if (studies_ == 0) return Wrong("is a trial before any study");
    ++trials_;
    record.mutable_trial()->clear_name();
    return sink_.TakeTrial(std::move(record));
  }

  absl::Status TakeEnd(const ArchiveLine::End& end) {
    if (end.studies() != studies_ || end.trials() != trials_) {
      return Wrong(absl::StrCat("counts ", end.studies(), " studies and ",
                                end.trials(), " trials, but there are ",
                                studies_, " and ", trials_,
                                "; the archive is damaged"));
    }
    ended_ = true;
    return absl::OkStatus();
  }

  ImportSink& sink_;
  bool begun_ = false;
  bool ended_ = false;
  int64_t studies_ = 0;
  int64_t trials_ = 0;
  std::string study_;
};

}  // namespace

std::string ArchiveWriter::Header() const {
  return absl::StrCat(kFirstBytes, ",\"version\":", kVersion, "}}\n");
}

std::string ArchiveWriter::Line(const StudyRecord& record) {
  ++studies_;
  ArchiveLine line;
  *line.mutable_study() = record;
  std::string json;
  if (!ToJson(line, json)) {
    line.set_serialized_study(record.SerializeAsString());
    ToJson(line, json);
  }
  return json + "\n";
}

std::string ArchiveWriter::Line(const TrialRecord& record) {
  ++trials_;
  ArchiveLine line;
  *line.mutable_trial() = record;
  std::string json;
  if (!ToJson(line, json)) {
    line.set_serialized_trial(record.SerializeAsString());
    ToJson(line, json);
  }
  return json + "\n";
}

std::string ArchiveWriter::End() const {
  ArchiveLine line;
  line.mutable_end()->set_studies(studies_);
  line.mutable_end()->set_trials(trials_);
  std::string json;
  ToJson(line, json);
  return json + "\n";
}

bool IsArchive(absl::string_view first_bytes) {
  return absl::StartsWith(first_bytes, kFirstBytes);
}

absl::Status ReadArchive(std::istream& in, ImportSink& sink) {
  Reader reader(sink);
  std::string line;
  int64_t number = 0;
  while (true) {
    absl::StatusOr<bool> more = ReadLine(in, line);
    if (more.ok() && !*more) break;
    ++number;
    absl::Status taken = more.ok() ? reader.Take(line) : more.status();
    if (absl::IsInvalidArgument(taken)) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", number, reader.Where(), ": ", taken.message()));
    }
    RETURN_IF_ERROR(taken);
  }
  if (!reader.ended()) {
    return absl::InvalidArgumentError(
        "the archive has no end: it was cut short, export it again");
  }
  return absl::OkStatus();
}

}  // namespace apogee
