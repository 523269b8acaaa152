#include "server/training/shared_studies.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "algorithms/regressor/tokens.h"
#include "base/status_macros.h"
#include "proto/names.h"
#include "server/engine/named_study.h"
#include "vizier/study.pb.h"

namespace apogee {
namespace {

constexpr int kMostStudies = 20'000;
constexpr int kMostTrials = 1000;
constexpr int kTrialsRead = 10'000;

std::vector<NamedTrial> Spread(std::vector<NamedTrial> trials, size_t most) {
  if (trials.size() <= most) return trials;
  std::vector<NamedTrial> spread;
  spread.reserve(most);
  for (size_t i = 0; i < most; ++i) {
    spread.push_back(std::move(trials[i * trials.size() / most]));
  }
  return spread;
}

// Whether there is something to tell apart.
bool Varies(absl::Span<const NamedTrial> trials) {
  const NamedTrial* first = nullptr;
  for (const NamedTrial& trial : trials) {
    if (!trial.value) continue;
    if (first == nullptr) {
      first = &trial;
    } else if (*trial.value != *first->value) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::string StudyHash(absl::string_view name) {
  return absl::StrCat(absl::Hex(StableHash(name), absl::kZeroPad16));
}

absl::StatusOr<SharedStudies> ReadSharedStudies(
    StudyReader& reader, const std::optional<std::string>& owner,
    int64_t most_trials) {
  ASSIGN_OR_RETURN(const std::vector<StudyOutline> outlines,
                   reader.ListShared({.owner = owner, .limit = kMostStudies}));
  SharedStudies shared;
  for (const StudyOutline& outline : outlines) {
    if (shared.trials >= most_trials) break;
    vizier::Study proto;
    if (!proto.ParseFromString(outline.proto)) continue;
    const absl::StatusOr<StudyName> name = StudyName::Parse(proto.name());
    if (!name.ok()) continue;
    NamedStudy study{.text = DescribeStudy(proto.study_spec()), .trials = {}};
    if (study.text.metric.empty()) continue;
    const absl::StatusOr<std::vector<TrialOutline>> trials =
        reader.ListFinished(*name, kTrialsRead);
    if (absl::IsNotFound(trials.status())) continue;  // deleted meanwhile
    RETURN_IF_ERROR(trials.status());
    study.trials = Spread(ReadTrials(*trials, study.text.metric), kMostTrials);
    if (study.trials.size() < kLeastTrials || !Varies(study.trials)) continue;
    shared.trials += static_cast<int64_t>(study.trials.size());
    shared.studies.push_back(std::move(study));
    shared.hashes.push_back(StudyHash(proto.name()));
  }
  return shared;
}

absl::StatusOr<SharedCount> CountSharedStudies(
    StudyReader& reader, const std::optional<std::string>& owner) {
  ASSIGN_OR_RETURN(const std::vector<StudyOutline> outlines,
                   reader.ListShared({.owner = owner, .limit = kMostStudies}));
  SharedCount count;
  count.hashes.reserve(outlines.size());
  for (const StudyOutline& outline : outlines) {
    vizier::Study proto;
    if (!proto.ParseFromString(outline.proto)) continue;
    const absl::StatusOr<StudyName> name = StudyName::Parse(proto.name());
    if (!name.ok()) continue;
    const absl::StatusOr<int64_t> trials =
        reader.CountFinished(*name, kMostTrials);
    if (absl::IsNotFound(trials.status())) continue;
    RETURN_IF_ERROR(trials.status());
    count.hashes.push_back(StudyHash(proto.name()));
    if (*trials >= kLeastTrials) count.trials += *trials;
  }
  return count;
}

}  // namespace apogee
