#include "proto/transfer.h"

#include <set>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/nearest.h"
#include "base/status_macros.h"
#include "proto/print.h"

namespace apogee {
namespace {

absl::Status About(absl::string_view option, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::InvalidArgumentError(
      absl::StrCat("option ", Quoted(option), ": ", status.message()));
}

}  // namespace

absl::StatusOr<Sharing> ParseSharing(absl::string_view text) {
  if (text.empty() || text == "NONE") return Sharing::kNone;
  if (text == "OWNER") return Sharing::kOwner;
  if (text == "SERVER") return Sharing::kServer;
  return absl::InvalidArgumentError(absl::StrCat(
      Quoted(text), " says nothing",
      DidYouMean(text, {"NONE", "OWNER", "SERVER"}),
      " (NONE, OWNER for the owner's studies, SERVER for everybody's)"));
}

absl::StatusOr<StudyName> ParsePrior(absl::string_view text,
                                     const std::string& owner) {
  if (!absl::StrContains(text, '/')) {
    RETURN_IF_ERROR(ValidateComponent(text, "the study"));
    return StudyName{.owner = owner, .study = std::string(text)};
  }
  ASSIGN_OR_RETURN(StudyName name, StudyName::Parse(text));
  if (owner.empty() || name.owner == owner) return name;
  return absl::InvalidArgumentError(
      absl::StrCat(Quoted(text), " is not a study of owner ", Quoted(owner),
                   "; a study learns from those of its own owner only"));
}

absl::StatusOr<RegressorChoice> ParseRegressorChoice(absl::string_view text) {
  using Kind = RegressorChoice::Kind;
  if (text.empty() || text == "latest") return RegressorChoice{};
  if (text == "none") return RegressorChoice{.kind = Kind::kNone};
  int64_t version = 0;
  if (absl::SimpleAtoi(text, &version) && version >= 1 &&
      absl::StrCat(version) == text) {
    return RegressorChoice{.kind = Kind::kNumbered, .version = version};
  }
  return absl::InvalidArgumentError(
      absl::StrCat(Quoted(text),
                   " is no regressor; write latest, none, or a version of "
                   "\"apogee regressor list\""));
}

absl::Status CheckLearningOptions(const apogee::v1::StudyOptions& options) {
  RETURN_IF_ERROR(About("share_for_training",
                        ParseSharing(options.share_for_training()).status()));
  const apogee::v1::Transfer& transfer = options.transfer();
  if (transfer.from_size() > kMaxPriors) {
    return absl::InvalidArgumentError(
        absl::StrCat("option \"transfer.from\" names ", transfer.from_size(),
                     " studies; at most ", kMaxPriors, " are allowed"));
  }
  std::set<std::string> names;
  for (const std::string& text : transfer.from()) {
    RETURN_IF_ERROR(About("transfer.from", ParsePrior(text, "").status()));
    if (!names.insert(text).second) {
      return absl::InvalidArgumentError(absl::StrCat(
          "option \"transfer.from\" names ", Quoted(text), " twice; keep one"));
    }
  }
  if (transfer.similar() < 0 || transfer.similar() > kMaxPriors) {
    return absl::InvalidArgumentError(
        absl::StrCat("option \"transfer.similar\" is ", transfer.similar(),
                     "; it must be from 0 to ", kMaxPriors));
  }
  return About("transfer.regressor",
               ParseRegressorChoice(transfer.regressor()).status());
}

}  // namespace apogee
