#pragma once

namespace apogee {

// The version of the SQLite tables and views that this program writes; the
// number of files in storage/sqlite/migrations.
inline constexpr int kSchemaVersion = 2;

}  // namespace apogee
