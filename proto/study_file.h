#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "vizier/study.pb.h"

namespace apogee {

// The study file that people write, as YAML or JSON (the same grammar; JSON is
// YAML). proto/study_file.schema.json describes it for editors, and
// proto/README.md explains it with examples.

// The study a file describes: display_name and study_spec (options in
// `apogee_options`). `filename` only appears in errors.
// INVALID_ARGUMENT  file, line, key, and the cure:
//   study.yaml:7: parameters.lr.scale: unknown scale "lgo"; did you mean "log"?
absl::StatusOr<vizier::Study> ParseStudyFile(absl::string_view text,
                                             absl::string_view filename);

// The file that describes `study`, as YAML. Parsing it gives an equal spec;
// only the children of one parent may come in another order. UNIMPLEMENTED  the
// spec holds something the file has no word for
absl::StatusOr<std::string> FormatStudyFile(const vizier::Study& study);

}  // namespace apogee
