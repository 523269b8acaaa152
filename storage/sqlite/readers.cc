#include "storage/sqlite/readers.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "storage/engine_rules.h"
#include "storage/sqlite/learning_tables.h"
#include "storage/sqlite/tables.h"

namespace apogee {
namespace {

constexpr int kReaders = 2;

}  // namespace

class Readers::Reader {
 public:
  static absl::StatusOr<std::unique_ptr<Reader>> Open(const std::string& path);

  absl::Status Load(const StudyName& study, StudySink& sink);
  absl::StatusOr<StudyPage> List(const ListQuery& query);
  const Connection& connection() const { return connection_; }

 private:
  // Calls `take` at each row that `select` gives.
  template <typename Take>
  static absl::Status ReadRows(Statement& select, Take take);

  Connection connection_;
  Statement begin_, end_;
  Statement load_study_, load_trials_, load_measurements_, load_operations_;
  Statement list_all_, list_owner_;
};

absl::StatusOr<std::unique_ptr<Readers::Reader>> Readers::Reader::Open(
    const std::string& path) {
  auto reader = std::make_unique<Reader>();
  ASSIGN_OR_RETURN(reader->connection_,
                   Connection::Open(path, Connection::Mode::kReader));
  const std::pair<Statement*, std::string> statements[] = {
      {&reader->begin_, "BEGIN"},
      {&reader->end_, "ROLLBACK"},
      {&reader->load_study_,
       absl::StrCat("SELECT study_key, ", kStudyColumns,
                    ", background FROM studies WHERE name = ?")},
      {&reader->load_trials_,
       absl::StrCat("SELECT ", kTrialColumns,
                    " FROM trials WHERE study_key = ? ORDER BY trial_id")},
      {&reader->load_measurements_,
       absl::StrCat(
           "SELECT ", kMeasurementColumns,
           " FROM measurements WHERE study_key = ? ORDER BY trial_id, number")},
      {&reader->load_operations_,
       absl::StrCat(
           "SELECT ", kOperationColumns,
           " FROM operations WHERE study_key = ? ORDER BY client_id, number")},
      {&reader->list_all_, absl::StrCat("SELECT study_key, ", kStudyColumns,
                                        " FROM studies WHERE study_key > ?"
                                        " ORDER BY study_key LIMIT ?")},
      {&reader->list_owner_,
       absl::StrCat("SELECT study_key, ", kStudyColumns,
                    " FROM studies WHERE study_key > ? AND owner = ?"
                    " ORDER BY study_key LIMIT ?")},
  };
  for (const auto& [statement, sql] : statements) {
    ASSIGN_OR_RETURN(*statement, reader->connection_.Prepare(sql));
  }
  return reader;
}

template <typename Take>
absl::Status Readers::Reader::ReadRows(Statement& select, Take take) {
  const absl::Cleanup reset = [&select] { select.Reset(); };
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, select.Step());
    if (!more) {
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(take(select));
  }
}

absl::Status Readers::Reader::Load(const StudyName& study, StudySink& sink) {
  RETURN_IF_ERROR(begin_.Run());  // one view of all tables
  const absl::Cleanup end = [this] { end_.Run().IgnoreError(); };

  const std::string name = study.ToString();
  const absl::StatusOr<bool> found = load_study_.BindText(name).Step();
  int64_t key = 0;
  StudyRow study_row;
  if (found.ok() && *found) {
    key = load_study_.TakeInt();
    study_row = TakeStudy(load_study_);
    study_row.background = load_study_.TakeBytes();
  }
  load_study_.Reset();
  RETURN_IF_ERROR(found.status());
  if (!*found) {
    return NoSuchStudy(study);
  }
  RETURN_IF_ERROR(sink.TakeStudy(std::move(study_row)));
  RETURN_IF_ERROR(ReadRows(load_trials_.BindInt(key), [&](Statement& row) {
    return sink.TakeTrial(TakeTrial(row));
  }));
  RETURN_IF_ERROR(
      ReadRows(load_measurements_.BindInt(key), [&](Statement& row) {
        return sink.TakeMeasurement(TakeMeasurement(row));
      }));
  return ReadRows(
      load_operations_.BindInt(key), [&](Statement& row) -> absl::Status {
        ASSIGN_OR_RETURN(OperationRow operation, TakeOperation(row));
        return sink.TakeOperation(std::move(operation));
      });
}

absl::StatusOr<StudyPage> Readers::Reader::List(const ListQuery& query) {
  ASSIGN_OR_RETURN(const int64_t after, ParsePageToken(query.page_token));
  // One more than asked for tells whether there is a next page.
  const int64_t limit = query.page_size > 0
                            ? int64_t{query.page_size} + 1
                            : std::numeric_limits<int64_t>::max();
  Statement& select = query.owner ? list_owner_ : list_all_;
  select.BindInt(after);
  if (query.owner) {
    select.BindText(*query.owner);
  }
  select.BindInt(limit);

  StudyPage page;
  std::vector<int64_t> keys;
  RETURN_IF_ERROR(ReadRows(select, [&](Statement& row) {
    keys.push_back(row.TakeInt());
    page.studies.push_back(TakeStudy(row));
    return absl::OkStatus();
  }));
  if (query.page_size > 0 && static_cast<int64_t>(keys.size()) == limit) {
    page.studies.pop_back();
    page.next_page_token = FormatPageToken(keys[keys.size() - 2]);
  }
  return page;
}

// A reader for the length of a call.
class Readers::Lease {
 public:
  explicit Lease(Readers& readers) : readers_(readers) {
    MutexLock lock(readers_.mutex_);
    while (readers_.free_.empty()) {
      readers_.returned_.Wait(readers_.mutex_);
    }
    reader_ = std::move(readers_.free_.back());
    readers_.free_.pop_back();
  }
  ~Lease() {
    {
      MutexLock lock(readers_.mutex_);
      readers_.free_.push_back(std::move(reader_));
    }
    readers_.returned_.NotifyOne();
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  Reader* operator->() const { return reader_.get(); }

 private:
  Readers& readers_;
  std::unique_ptr<Reader> reader_;
};

Readers::Readers() = default;
Readers::~Readers() = default;

absl::StatusOr<std::unique_ptr<Readers>> Readers::Open(
    const std::string& path) {
  std::unique_ptr<Readers> readers(new Readers());
  MutexLock lock(readers->mutex_);
  for (int i = 0; i < kReaders; ++i) {
    ASSIGN_OR_RETURN(std::unique_ptr<Reader> reader, Reader::Open(path));
    readers->free_.push_back(std::move(reader));
  }
  return readers;
}

absl::Status Readers::Load(const StudyName& study, StudySink& sink) {
  return Lease(*this)->Load(study, sink);
}

absl::StatusOr<StudyPage> Readers::List(const ListQuery& query) {
  return Lease(*this)->List(query);
}

absl::StatusOr<StudyOutline> Readers::Outline(const StudyName& study) {
  return ReadOutline(Lease(*this)->connection(), study);
}

absl::StatusOr<std::vector<StudyOutline>> Readers::ListShared(
    const SharedQuery& query) {
  return ReadShared(Lease(*this)->connection(), query);
}

absl::StatusOr<std::vector<std::string>> Readers::ListSharingOwners() {
  return ReadSharingOwners(Lease(*this)->connection());
}

absl::StatusOr<std::vector<TrialOutline>> Readers::ListFinished(
    const StudyName& study, int limit) {
  return ReadFinished(Lease(*this)->connection(), study, limit);
}

absl::StatusOr<int64_t> Readers::CountFinished(const StudyName& study,
                                               int limit) {
  return ReadFinishedCount(Lease(*this)->connection(), study, limit);
}

absl::StatusOr<std::vector<RegressorRow>> Readers::ListRegressors() {
  return ReadRegressors(Lease(*this)->connection());
}

absl::StatusOr<RegressorRow> Readers::LoadRegressor(int64_t version) {
  return ReadRegressor(Lease(*this)->connection(), version);
}

}  // namespace apogee
