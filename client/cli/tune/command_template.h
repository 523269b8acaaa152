#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "vizier/study.pb.h"

namespace apogee {

// A trial as a worker's command sees it.
struct CommandContext {
  const vizier::Trial* trial = nullptr;
  std::string study;  // its display name
};

// A command line with places to fill in:
//   {lr}        the value of the parameter "lr"
//   {trial_id}  the number of the trial
//   {study}     the name of the study
//   {{ and }}   braces
//
// A parameter that the trial does not have (a conditional one, not active)
// leaves out the whole argument when that is nothing but {momentum} or
// --momentum={momentum}; with a {momentum} also a literal argument right before
// it that begins with "-" and holds no "=". Within other text it is empty.
class CommandTemplate {
 public:
  // (usage)  a name is unknown (the error names the nearest), or braces do not
  //          pair up
  static absl::StatusOr<CommandTemplate> Parse(
      absl::Span<const std::string> command, const vizier::StudySpec& spec);

  std::vector<std::string> Expand(const CommandContext& context) const;

  // The program, if it is the same for every trial; else empty.
  std::string program() const;

 private:
  struct Piece {
    bool is_place = false;
    std::string text;  // of a place: its name
  };
  struct Argument {
    std::vector<Piece> pieces;

    bool IsLiteral() const;
    // "{x}" or "--flag={x}"
    bool StandsForOne() const;
  };

  static absl::StatusOr<Argument> ParseArgument(
      absl::string_view text, const std::vector<std::string>& names);

  std::vector<Argument> arguments_;
};

// "APOGEE_PARAM_LR" for "lr": upper case, all but letters and digits "_".
std::string EnvironmentName(absl::string_view parameter);
// (usage)  two parameters of the study have the same name there
absl::Status CheckEnvironmentNames(const vizier::StudySpec& spec);

using Environment = std::vector<std::pair<std::string, std::string>>;

// APOGEE_PARAM_*, APOGEE_PARAMS, APOGEE_TRIAL_ID and APOGEE_STUDY.
Environment TrialEnvironment(const vizier::StudySpec& spec,
                             const CommandContext& context);

}  // namespace apogee
