#include "server/engine/background.h"

#include <algorithm>
#include <cstddef>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "proto/options.h"
#include "proto/print.h"
#include "proto/transfer.h"
#include "proto/validate.h"
#include "server/engine/likeness.h"
#include "server/engine/named_study.h"

namespace apogee {
namespace {

using apogee::v1::StudyBackground;

// Trials of one prior study that are kept, and that are looked at to find them.
constexpr int kMostTrials = 200;
constexpr int kTrialsRead = 10'000;
// Shared studies that are compared, the newest ones, and of those in order of
// likeness, whose trials are read: many may have none yet.
constexpr int kMostCompared = 1000;
constexpr int kReadsPerPrior = 4;
// The study's row holds them all.
constexpr size_t kMostBytes = size_t{16} << 20;

struct Candidate {
  StudyName name;
  StudyText text;
  double likeness = 0;
};

absl::StatusOr<NamedStudy> ReadPrior(StudyReader& reader, const StudyName& name,
                                     StudyText text) {
  ASSIGN_OR_RETURN(const std::vector<TrialOutline> outlines,
                   reader.ListFinished(name, kTrialsRead));
  NamedStudy study{.text = std::move(text), .trials = {}};
  study.trials = Sample(ReadTrials(outlines, study.text.metric),
                        study.text.maximize, kMostTrials);
  return study;
}

absl::Status AboutPrior(absl::string_view study, absl::string_view what) {
  return FieldError("study.study_spec.apogee_options.transfer.from",
                    absl::StrCat("option \"transfer.from\": study ",
                                 Quoted(study), " ", what));
}

absl::StatusOr<NamedStudy> ReadNamedPrior(StudyReader& reader,
                                          const StudyName& name) {
  const absl::StatusOr<StudyOutline> outline = reader.Outline(name);
  if (absl::IsNotFound(outline.status())) {
    return absl::NotFoundError(
        absl::StrCat("option \"transfer.from\": ", outline.status().message()));
  }
  RETURN_IF_ERROR(outline.status());
  vizier::Study proto;
  if (!proto.ParseFromString(outline->proto)) {
    return absl::DataLossError("a stored study does not parse");
  }
  StudyText text = DescribeStudy(proto.study_spec());
  if (text.metric.empty()) {
    return AboutPrior(name.ToString(),
                      "has no objective to learn from; leave it out");
  }
  ASSIGN_OR_RETURN(NamedStudy study, ReadPrior(reader, name, std::move(text)));
  if (study.trials.size() < kLeastTrials) {
    return AboutPrior(
        name.ToString(),
        absl::StrCat("has ", study.trials.size(), " finished trials; at least ",
                     kLeastTrials, " are needed to learn from it"));
  }
  return study;
}

// The owner's shared studies, the most similar first, then the newest.
absl::StatusOr<std::vector<Candidate>> FindSimilar(
    StudyReader& reader, const StudyName& name, const vizier::StudySpec& spec,
    const StudyText& text) {
  ASSIGN_OR_RETURN(
      const std::vector<StudyOutline> outlines,
      reader.ListShared({.owner = name.owner, .limit = kMostCompared}));
  const std::set<std::string> parameters = ParameterNames(spec);
  std::vector<Candidate> candidates;
  for (const StudyOutline& outline : outlines) {
    vizier::Study proto;
    if (!proto.ParseFromString(outline.proto)) continue;
    absl::StatusOr<StudyName> other = StudyName::Parse(proto.name());
    if (!other.ok() || *other == name) continue;
    StudyText other_text = DescribeStudy(proto.study_spec());
    const double likeness = Likeness(
        parameters, text, ParameterNames(proto.study_spec()), other_text);
    if (likeness == 0 || other_text.metric.empty()) continue;
    candidates.push_back({*std::move(other), std::move(other_text), likeness});
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) {
                     return a.likeness > b.likeness;
                   });
  return candidates;
}

absl::Status AddSimilar(StudyReader& reader, const StudyName& name,
                        const vizier::StudySpec& spec, const StudyText& text,
                        int wanted, std::set<std::string> known,
                        StudyBackground& background) {
  if (wanted == 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(std::vector<Candidate> candidates,
                   FindSimilar(reader, name, spec, text));
  int reads = kReadsPerPrior * wanted;
  for (Candidate& candidate : candidates) {
    if (wanted == 0 || reads == 0) break;
    const std::string other = candidate.name.ToString();
    if (!known.insert(other).second) continue;
    --reads;
    const absl::StatusOr<NamedStudy> study =
        ReadPrior(reader, candidate.name, std::move(candidate.text));
    if (absl::IsNotFound(study.status())) continue;  // deleted meanwhile
    RETURN_IF_ERROR(study.status());
    if (study->trials.size() < kLeastTrials) continue;
    apogee::v1::NamedStudy prior = ToProto(other, *study);
    if (background.ByteSizeLong() + prior.ByteSizeLong() > kMostBytes) continue;
    *background.add_priors() = std::move(prior);
    --wanted;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<StudyBackground> GatherBackground(
    StudyReader& reader, const StudyName& name, const vizier::StudySpec& spec,
    const apogee::v1::StudyOptions& options) {
  const apogee::v1::Transfer& transfer = options.transfer();
  const StudyText text = DescribeStudy(spec);
  StudyBackground background;
  *background.mutable_study() =
      ToProto(name.ToString(), {.text = text, .trials = {}});
  std::set<std::string> known;
  for (const std::string& from : transfer.from()) {
    const absl::StatusOr<StudyName> other = ParsePrior(from, name.owner);
    if (!other.ok()) return AboutPrior(from, other.status().message());
    if (!known.insert(other->ToString()).second) continue;
    ASSIGN_OR_RETURN(const NamedStudy study, ReadNamedPrior(reader, *other));
    *background.add_priors() = ToProto(other->ToString(), study);
  }
  if (background.ByteSizeLong() > kMostBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("option \"transfer.from\" names studies of more than ",
                     kMostBytes, " bytes in all; name fewer"));
  }
  const auto similar = static_cast<int>(
      transfer.has_similar() ? transfer.similar() : kUsualSimilar);
  RETURN_IF_ERROR(AddSimilar(reader, name, spec, text, similar,
                             std::move(known), background));
  ASSIGN_OR_RETURN(const RegressorChoice choice,
                   ParseRegressorChoice(transfer.regressor()));
  ASSIGN_OR_RETURN(const int64_t version,
                   PickRegressor(reader, name.owner, choice));
  background.set_regressor_version(version);
  return background;
}

absl::StatusOr<std::shared_ptr<const Background>> ReadBackground(
    const StudyBackground& proto, Regressors* regressors) {
  auto background = std::make_shared<Background>();
  ASSIGN_OR_RETURN(const NamedStudy study, FromProto(proto.study()));
  background->text = study.text;
  background->priors.reserve(proto.priors_size());
  for (const apogee::v1::NamedStudy& prior : proto.priors()) {
    ASSIGN_OR_RETURN(NamedStudy read, FromProto(prior));
    background->priors.push_back({prior.name(), std::move(read)});
  }
  const int64_t version = proto.regressor_version();
  if (version != 0) background->regressor_version = absl::StrCat(version);
  if (regressors == nullptr) return background;
  if (proto.remote_regressor()) {
    background->remote_regressor = regressors->remote();
  }
  if (version == 0) return background;
  absl::StatusOr<TrainedRegressors> trained = regressors->Load(version);
  if (absl::IsNotFound(trained.status())) return background;
  RETURN_IF_ERROR(trained.status());
  background->text_regressor = std::move(trained->text);
  background->context_regressor = std::move(trained->context);
  return background;
}

absl::StatusOr<std::shared_ptr<const Background>> MakeBackground(
    StudyReader& reader, const StudyName& name, const vizier::StudySpec& spec,
    Regressors* regressors) {
  ASSIGN_OR_RETURN(const apogee::v1::StudyOptions options,
                   ReadStudyOptions(spec));
  ASSIGN_OR_RETURN(StudyBackground gathered,
                   GatherBackground(reader, name, spec, options));
  const apogee::v1::Transfer& transfer = options.transfer();
  gathered.set_remote_regressor(!transfer.has_remote() || transfer.remote());
  if (transfer.remote() && regressors->remote() == nullptr) {
    return absl::NotFoundError(
        "option \"transfer.remote\" is true, and this server has no remote "
        "regressor; leave it out, or start apogeed with --remote-regressor");
  }
  return ReadBackground(gathered, regressors);
}

StudyBackground ToProto(const StudyName& name, const Background& background) {
  StudyBackground proto;
  *proto.mutable_study() =
      ToProto(name.ToString(), {.text = background.text, .trials = {}});
  for (const PriorStudy& prior : background.priors) {
    *proto.add_priors() = ToProto(prior.name, prior.study);
  }
  int64_t version = 0;
  if (absl::SimpleAtoi(background.regressor_version, &version)) {
    proto.set_regressor_version(version);
  }
  proto.set_remote_regressor(background.remote_regressor != nullptr);
  return proto;
}

}  // namespace apogee
