// Any file is imported or refused: other programs' databases with anything in
// their cells, archives, and files of any bytes.

#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "base/check.h"
#include "client/import/import_file.h"
#include "client/import/import_plan.h"
#include "google/protobuf/util/json_util.h"
#include "sqlite3.h"
#include "tests/fuzz/proto_target.h"
#include "tests/fuzz/script.pb.h"

namespace {

using apogee::fuzz::ForeignFile;

// Tables as the other programs make them, as far as anybody reads them.
constexpr absl::string_view kVizierTables = R"sql(
  CREATE TABLE owners (owner_name PRIMARY KEY);
  CREATE TABLE studies (study_name PRIMARY KEY, owner_id, study_id,
                        serialized_study);
  CREATE TABLE trials (trial_name PRIMARY KEY, owner_id, study_id, trial_id,
                       serialized_trial);
  CREATE TABLE suggestion_operations (operation_name PRIMARY KEY);
  CREATE TABLE early_stopping_operations (operation_name PRIMARY KEY);
)sql";
constexpr absl::string_view kOptunaTables = R"sql(
  CREATE TABLE studies (study_id INTEGER PRIMARY KEY, study_name);
  CREATE TABLE version_info (version_info_id INTEGER PRIMARY KEY,
                             schema_version, library_version);
  CREATE TABLE alembic_version (version_num);
  CREATE TABLE study_directions (study_direction_id INTEGER PRIMARY KEY,
                                 direction, study_id, objective);
  CREATE TABLE study_user_attributes (study_user_attribute_id
                                      INTEGER PRIMARY KEY,
                                      study_id, key, value_json);
  CREATE TABLE study_system_attributes (study_system_attribute_id
                                        INTEGER PRIMARY KEY,
                                        study_id, key, value_json);
  CREATE TABLE trials (trial_id INTEGER PRIMARY KEY, number, study_id, state,
                       datetime_start, datetime_complete);
  CREATE TABLE trial_params (param_id INTEGER PRIMARY KEY, trial_id, param_name,
                             param_value, distribution_json);
  CREATE TABLE trial_values (trial_value_id INTEGER PRIMARY KEY, trial_id,
                             objective, value, value_type);
  CREATE TABLE trial_intermediate_values (trial_intermediate_value_id
                                          INTEGER PRIMARY KEY, trial_id, step,
                                          intermediate_value,
                                          intermediate_value_type);
  CREATE TABLE trial_heartbeats (trial_heartbeat_id INTEGER PRIMARY KEY,
                                 trial_id, heartbeat);
  CREATE TABLE trial_user_attributes (trial_user_attribute_id
                                      INTEGER PRIMARY KEY, trial_id, key,
                                      value_json);
  CREATE TABLE trial_system_attributes (trial_system_attribute_id
                                        INTEGER PRIMARY KEY, trial_id, key,
                                        value_json);
)sql";

void Bind(sqlite3_stmt* statement, int i, const ForeignFile::Cell& cell) {
  const auto blob = [&](const std::string& bytes) {
    sqlite3_bind_blob64(statement, i, bytes.data(), bytes.size(),
                        SQLITE_TRANSIENT);
  };
  switch (cell.of_case()) {
    case ForeignFile::Cell::kInteger:
      sqlite3_bind_int64(statement, i, cell.integer());
      return;
    case ForeignFile::Cell::kReal:
      sqlite3_bind_double(statement, i, cell.real());
      return;
    case ForeignFile::Cell::kText:
      sqlite3_bind_text64(statement, i, cell.text().data(), cell.text().size(),
                          SQLITE_TRANSIENT, SQLITE_UTF8);
      return;
    case ForeignFile::Cell::kBlob:
      return blob(cell.blob());
    case ForeignFile::Cell::kStudy:
      return blob(cell.study().SerializeAsString());
    case ForeignFile::Cell::kTrial:
      return blob(cell.trial().SerializeAsString());
    case ForeignFile::Cell::OF_NOT_SET:
      sqlite3_bind_null(statement, i);
      return;
  }
}

// The bytes of a database of these tables and rows; rows that do not fit are
// left out.
std::string MakeDatabase(absl::string_view tables, const ForeignFile& file) {
  sqlite3* handle = nullptr;
  APOGEE_CHECK(sqlite3_open(":memory:", &handle) == SQLITE_OK);
  const std::unique_ptr<sqlite3, int (*)(sqlite3*)> close(handle,
                                                          sqlite3_close);
  APOGEE_CHECK(sqlite3_exec(handle, std::string(tables).c_str(), nullptr,
                            nullptr, nullptr) == SQLITE_OK);
  for (const ForeignFile::Row& row : file.rows()) {
    if (row.cells().empty()) continue;
    const std::string marks =
        absl::StrJoin(std::string(static_cast<size_t>(row.cells_size()), '?'),
                      ", ", [](std::string* out, char c) { *out += c; });
    char* sql = sqlite3_mprintf("INSERT INTO \"%w\" VALUES (%s)",
                                row.table().c_str(), marks.c_str());
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(handle, sql, -1, &statement, nullptr) == SQLITE_OK) {
      for (int i = 0; i < row.cells_size(); ++i) {
        Bind(statement, i + 1, row.cells(i));
      }
      sqlite3_step(statement);
      sqlite3_finalize(statement);
    }
    sqlite3_free(sql);
  }
  sqlite3_int64 size = 0;
  unsigned char* bytes = sqlite3_serialize(handle, "main", &size, 0);
  std::string result(reinterpret_cast<const char*>(bytes),
                     static_cast<size_t>(size));
  sqlite3_free(bytes);
  return result;
}

std::string MakeArchive(const ForeignFile& file) {
  std::string text;
  for (const apogee::v1::ArchiveLine& line : file.lines()) {
    std::string json;
    if (google::protobuf::util::MessageToJsonString(line, &json).ok()) {
      absl::StrAppend(&text, json, "\n");
    }
  }
  return text;
}

std::string Bytes(const ForeignFile& file) {
  switch (file.kind()) {
    case ForeignFile::VIZIER:
      return MakeDatabase(kVizierTables, file);
    case ForeignFile::OPTUNA:
      return MakeDatabase(kOptunaTables, file);
    case ForeignFile::ARCHIVE:
      return MakeArchive(file);
    default:
      return file.raw();
  }
}

}  // namespace

APOGEE_PROTO_TARGET(ForeignFile, file) {
  static const std::string path =
      absl::StrCat(std::filesystem::exists("/dev/shm") ? "/dev/shm" : "/tmp",
                   "/apogee_import_fuzz_", getpid());
  std::ofstream(path, std::ios::binary) << Bytes(file);
  if (const auto format = apogee::RecognizeImport(path); format.ok()) {
    apogee::ImportPlanner planner(apogee::ImportChoices{.owner = "me"});
    if (apogee::ReadImport(path, *format, planner).ok()) {
      (void)planner.Finish();
    }
  }
  std::filesystem::remove(path);
}
